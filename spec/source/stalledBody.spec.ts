import { fromResponse, serverSentEvents, type ResponseOptions } from '../../src/index.js';
import { writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { settle, watch } from './support/outcome.js';

const overloaded = '{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}';

/** Subscribes to a response whose body the spec writes, in virtual time. */
function follow(init: ResponseInit, options: ResponseOptions = {}, read = fromResponse) {
  const clock = virtualClock();
  const body = writtenBody();
  const seen = watch(read(new Response(body.stream, init), { scheduler: clock.scheduler, ...options }));
  const write = async (text: string, afterMs = 0) => {
    clock.advance(afterMs);
    body.write(text);
    await settle();
  };
  return { clock, body, seen, write };
}

const typed = (type: string, status = 200): ResponseInit => ({ status, headers: { 'content-type': type } });

describe('a body that explains an error, and then is silent', () => {
  it.each([
    ['the JSON of a 529', typed('application/json', 529), overloaded, 'OverloadedError', 'Busy'],
    [
      'half the JSON of a 529',
      typed('application/json', 529),
      overloaded.slice(0, 30),
      'OverloadedError',
      '529: {"type"',
    ],
    ['the page of a 502', typed('text/html', 502), '<h1>Bad gateway</h1>', 'InternalServerError', 'Bad gateway'],
    ['a 401 without a type', { status: 401 }, 'No key', 'AuthenticationError', 'No key'],
    ['a page', typed('text/html'), '<h1>Sign in</h1>', 'InvalidEventError', 'Sign in'],
    ['a text', typed('text/plain'), 'upstream', 'InvalidEventError', 'upstream'],
    ['the JSON of an error in a 200', typed('application/json'), overloaded, 'OverloadedError', 'Busy'],
    ['JSON that is something else', typed('application/json'), '{"ok":true}\n', 'InvalidEventError', '{"ok":true}'],
    ['half a page', typed('text/html'), '<h1>Sign', 'InvalidEventError', '<h1>Sign'],
  ])('is reported after 5 s: %s', async (_, init, text, name, quote) => {
    for (const read of [fromResponse, serverSentEvents] as const) {
      const { clock, body, seen, write } = follow(init, {}, read as typeof fromResponse);
      await settle();
      await write(text, 4000);
      clock.advance(4999);

      expect(seen.ended).toBeUndefined();

      clock.advance(1);
      await settle();

      expect(seen.error).toMatchObject({ name });
      expect(String(seen.error)).toContain(quote);
      expect(clock.timers).toBe(0);
      expect(body.isCancelled).toBe(true);
    }
  });

  it('is reported after 5 s without a byte', async () => {
    for (const [init, name] of [
      [typed('text/html'), 'InvalidEventError'],
      [{ status: 503 }, 'ServiceUnavailableError'],
    ] as const) {
      const { clock, seen } = follow(init);
      await settle();
      clock.advance(5000);

      expect(seen.error).toMatchObject({ name });
    }
  });

  it('is read as long as bytes arrive', async () => {
    const { body, seen, write } = follow({ status: 500 });
    for (const word of ['a', 'b', 'c', 'd']) await write(word, 4999);
    body.end();
    await settle();

    expect(seen.error).toMatchObject({ name: 'InternalServerError' });
    expect(String(seen.error)).toContain('500: abcd');
  });

  it('is reported earlier if idleMs is shorter', async () => {
    const { clock, seen, write } = follow({ status: 500 }, { timeout: { idleMs: 1000 } });
    await write('Down');
    clock.advance(1000);

    expect(String(seen.error)).toContain('500: Down');
  });

  it('is reported when totalMs expires', async () => {
    const { clock, seen, write } = follow({ status: 500 }, { timeout: { totalMs: 3000 } });
    await write('Down');
    clock.advance(3000);

    expect(String(seen.error)).toContain('500: Down');
  });
});
