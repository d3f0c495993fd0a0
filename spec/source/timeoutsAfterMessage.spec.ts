import { fromResponse, type TimeoutOptions } from '../../src/index.js';
import { sseOf } from '../../src/testing/index.js';
import { terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { errorOf, settle } from './support/outcome.js';
import { converse, events, pingSse, sse, startSse, timedOut } from './support/timedRequest.js';

describe('after message_stop', () => {
  async function stopped(timeout?: TimeoutOptions) {
    const conversation = converse(timeout);
    await conversation.answer();
    await conversation.write(sse, 100);
    return conversation;
  }

  it('the stream completes when the bytes end', async () => {
    const { seen, body, ...conversation } = await stopped();

    expect(seen).toMatchObject({ values: events, ended: undefined });

    body.end();
    await settle();

    expect(seen.ended).toBe('completed');
    expect(conversation.signal.aborted).toBe(false);
  });

  it('the stream completes 5 s later if the bytes do not end, and the request is aborted', async () => {
    const conversation = await stopped();
    conversation.advance(4999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(conversation.seen.ended).toBe('completed');
    expect(conversation.timers).toBe(0);
    expect(conversation.signal.aborted).toBe(true);
    await settle();
    expect(conversation.body.isCancelled).toBe(true);
  });

  it('further bytes postpone that', async () => {
    const conversation = await stopped();
    for (let beat = 0; beat < 9; beat += 1) await conversation.write(pingSse, 1000);
    conversation.advance(4999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(conversation.seen.ended).toBe('completed');
    expect(conversation.seen.values).toHaveLength(events.length + 9);
  });

  it.each([{ idleMs: 1000 }, { contentMs: 1000 }, { firstEventMs: 1000 }, { headersMs: 1000 }])(
    'a timeout that expires is not a failure: %p',
    async (timeout) => {
      const conversation = await stopped(timeout);
      conversation.advance(4999);

      expect(conversation.seen.ended).toBeUndefined();

      conversation.advance(1);

      expect(conversation.seen.ended).toBe('completed');
    },
  );

  it('a connection reset is not a failure', async () => {
    const { seen, body, ...conversation } = await stopped();
    body.fail(terminated());
    await settle();

    expect(seen).toMatchObject({ values: events, ended: 'completed' });
    expect(conversation.scheduler.actions).toHaveLength(0);
  });

  it('another message can start, with the same timeouts as the first', async () => {
    const conversation = await stopped({ idleMs: 10_000 });
    await conversation.write(startSse, 4000);
    conversation.advance(9999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'idleMs', lastEvent: 'message_start' });
  });

  it('the stream completes after a second message as after the first', async () => {
    const conversation = await stopped();
    await conversation.write(startSse, 4000);
    await conversation.write(sseOf(events.slice(1)), 60_000);
    conversation.advance(4999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(conversation.seen).toMatchObject({ values: [...events, ...events], ended: 'completed' });
  });
});

it('a timeout that expires while the body of an error is read cancels the body, and the error is that of the status', async () => {
  const clock = virtualClock();
  const body = writtenBody();
  const failing = errorOf(
    fromResponse(new Response(body.stream, { status: 500 }), { scheduler: clock.scheduler, timeout: { idleMs: 1000 } }),
  );
  await settle();
  clock.advance(1000);

  expect(await failing).toMatchObject({ name: 'InternalServerError', status: 500 });
  expect(body.isCancelled).toBe(true);
});
