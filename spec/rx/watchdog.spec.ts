import type { Observable } from 'rxjs';
import {
  APIConnectionTimeoutError,
  APITimeoutError,
  fromResponse,
  InvalidEventError,
  serverSentEvents,
  streamMessage,
  type MessageCreateParams,
  type MessageStreamEvent,
  type TimeoutOptions,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { eventStream, terminated, writtenBody, type WrittenBody } from '../source/support/bodies.js';
import { virtualClock, type Clock } from '../source/support/clock.js';
import { errorOf, settle, watch, type Watched } from '../source/support/outcome.js';

const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};
const message = buildMessage({ content: 'Hello, world. How are you?' });
const events = eventsOf(message);
const sse = sseOf(events);
const [start = '', blockStart = '', delta = '', secondDelta = ''] = events.map((event) => sseOf([event]));
const ping = sseOf([{ type: 'ping' }]);
const minute = 60_000;

/** A request whose answer the spec writes, in virtual time. */
interface Conversation extends Clock {
  readonly seen: Watched<MessageStreamEvent>;
  readonly body: WrittenBody;
  /** The signal that `fetch` was given. */
  readonly signal: AbortSignal;
  /** Sends the headers. */
  answer(init?: ResponseInit): Promise<void>;
  /** Sends bytes, after a wait. */
  write(text: string, afterMs?: number): Promise<void>;
}

function converse(timeout: TimeoutOptions | undefined): Conversation {
  const clock = virtualClock();
  const body = writtenBody();
  let respond: (response: Response) => void = () => undefined;
  let signal: AbortSignal | undefined;
  const fetch = (_url: unknown, init?: RequestInit) => {
    signal = init?.signal ?? undefined;
    return new Promise<Response>((resolve) => {
      respond = resolve;
    });
  };
  const options = { apiKey: 'k', fetch, scheduler: clock.scheduler, ...(timeout !== undefined && { timeout }) };
  const seen = watch(streamMessage(params, options));
  if (signal === undefined) throw new Error('fetch was given no signal');
  return {
    get timers() {
      return clock.timers;
    },
    scheduler: clock.scheduler,
    advance: (ms) => {
      clock.advance(ms);
    },
    seen,
    body,
    signal,
    async answer(init) {
      respond(eventStream(body.stream, init));
      await settle();
    },
    async write(text, afterMs = 0) {
      clock.advance(afterMs);
      body.write(text);
      await settle();
    },
  };
}

/** The error of a conversation, once it has ended and left nothing. */
async function timedOut({ seen, signal, timers, body }: Conversation, isAnswered = true) {
  await settle();

  expect(seen.ended).toBe('failed');
  expect(seen.error).toBeInstanceOf(APIConnectionTimeoutError);
  expect(seen.error).toBeInstanceOf(APITimeoutError);
  expect(seen.error).toMatchObject({ name: 'APIConnectionTimeoutError', retryable: true });
  expect(timers).toBe(0);
  expect(signal.aborted).toBe(true);
  expect(body.isCancelled).toBe(isAnswered);
  return seen.error as APIConnectionTimeoutError;
}

describe('headersMs', () => {
  it('ends the wait for the headers', async () => {
    const conversation = converse({ headersMs: 1000 });
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation, false);

    expect(error).toMatchObject({ timeout: 'headersMs', ms: 1000, phase: 'connect', lastEvent: undefined });
    expect(error.message).toBe('No response headers within 1000 ms (timeout.headersMs), before the first event.');
  });

  it('says nothing once they have come', async () => {
    const conversation = converse({ headersMs: 1000 });
    conversation.advance(999);
    await conversation.answer();
    conversation.advance(100_000);

    expect(conversation.seen.ended).toBeUndefined();
    conversation.seen.subscription.unsubscribe();
  });
});

describe('firstEventMs', () => {
  it('ends the wait for the first event, from the headers on', async () => {
    const conversation = converse({ headersMs: 5000, firstEventMs: 1000 });
    conversation.advance(3000);
    await conversation.answer({ headers: { 'request-id': 'req_1' } });
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(error).toMatchObject({ timeout: 'firstEventMs', ms: 1000, phase: 'before-content', lastEvent: undefined });
    expect(error.requestID).toBe('req_1');
    expect(error.message).toBe('No event within 1000 ms (timeout.firstEventMs), before the first event.');
  });

  it('is not put off by bytes that are no event', async () => {
    const conversation = converse({ firstEventMs: 1000 });
    await conversation.answer();
    await conversation.write(': comment\n\n', 500);
    await conversation.write('event: message_start\n', 499);
    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'firstEventMs' });
  });

  it.each([
    ['message_start', start],
    ['a ping', ping],
  ])('says nothing after one: %s', async (_, first) => {
    const conversation = converse({ firstEventMs: 1000 });
    await conversation.answer();
    await conversation.write(first, 999);
    conversation.advance(100_000);

    expect(conversation.seen.ended).toBeUndefined();
    conversation.seen.subscription.unsubscribe();
  });
});

describe('idleMs', () => {
  it('ends a silence, after what had come', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(start + blockStart + delta, 900);
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(conversation.seen.values).toEqual(events.slice(0, 3));
    expect(error).toMatchObject({
      timeout: 'idleMs',
      ms: 1000,
      phase: 'mid-content',
      lastEvent: 'content_block_delta',
    });
    expect(error.message).toBe('No bytes within 1000 ms (timeout.idleMs), after content_block_delta.');
  });

  it('ends a silence that follows the headers', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    conversation.advance(1000);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'idleMs', lastEvent: undefined });
  });

  it.each([
    ['pings', ping],
    ['comments', ': still here\n\n'],
    ['single bytes', ':'],
  ])('is put off by %s', async (_, text) => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(start);
    for (let beat = 0; beat < 50; beat += 1) await conversation.write(text, 999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1000);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'idleMs' });
  });

  it('gives out a last event that lacks its blank line', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(start + blockStart + delta.trimEnd());

    expect(conversation.seen.values).toHaveLength(2);

    conversation.advance(1000);

    expect(await timedOut(conversation)).toMatchObject({ phase: 'mid-content', lastEvent: 'content_block_delta' });
    expect(conversation.seen.values).toEqual(events.slice(0, 3));
  });

  it('is the end of the message if that event is message_stop', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(sse.trimEnd());

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1000);

    expect(conversation.seen).toMatchObject({ values: events, ended: 'completed' });
    expect(conversation.timers).toBe(0);
  });

  it('is told after what is wrong with that event, if it is at fault', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write('data: {"type":"message_start"}');
    conversation.advance(1000);

    expect(conversation.seen.error).toBeInstanceOf(InvalidEventError);
    expect(conversation.timers).toBe(0);
  });
});

describe('contentMs', () => {
  it('ends a stream that only pings', async () => {
    const conversation = converse({ contentMs: 1000 });
    await conversation.answer();
    await conversation.write(start + blockStart, 100);
    await conversation.write(ping, 500);
    await conversation.write(': comment\n\n', 399);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(error).toMatchObject({ timeout: 'contentMs', ms: 1000, phase: 'before-content', lastEvent: 'ping' });
    expect(error.message).toBe('No content within 1000 ms (timeout.contentMs), after ping.');
  });

  it('is put off by content', async () => {
    const conversation = converse({ contentMs: 1000 });
    await conversation.answer();
    await conversation.write(start + blockStart, 900);
    await conversation.write(delta, 99);
    await conversation.write(secondDelta, 999);
    await conversation.write(ping, 999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'contentMs', phase: 'mid-content' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['thinking', { type: 'thinking', thinking: '', signature: '' }],
    ['a tool call', { type: 'tool_use', id: 'toolu_1', name: 'get', input: {} }],
  ])('is put off by the start of a block only if that brings something: %s', async (_, block) => {
    const conversation = converse({ contentMs: 1000 });
    await conversation.answer();
    await conversation.write(start);
    await conversation.write(sseOf([{ type: 'content_block_start', index: 0, content_block: block } as never]), 900);
    conversation.advance(100);

    expect(conversation.seen.ended).toBe(block['type'] === 'thinking' ? 'failed' : undefined);
    conversation.seen.subscription.unsubscribe();
  });
});

describe('totalMs', () => {
  it('ends a stream that goes on and on', async () => {
    const conversation = converse({ totalMs: 10_000 });
    conversation.advance(2000);
    await conversation.answer();
    await conversation.write(start + blockStart + delta, 1000);
    for (let beat = 0; beat < 6; beat += 1) await conversation.write(secondDelta, 1000);
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(error).toMatchObject({ timeout: 'totalMs', ms: 10_000, phase: 'mid-content' });
    expect(error.message).toBe('No end of the response within 10000 ms (timeout.totalMs), after content_block_delta.');
  });

  it('counts from the request on', async () => {
    const conversation = converse({ totalMs: 1000 });
    conversation.advance(1000);

    expect(await timedOut(conversation, false)).toMatchObject({ timeout: 'totalMs', phase: 'connect' });
  });

  it('is no failure once the message is whole', async () => {
    const conversation = converse({ totalMs: 1000 });
    await conversation.answer();
    await conversation.write(sse);
    conversation.advance(1000);

    expect(conversation.seen).toMatchObject({ values: events, ended: 'completed' });
    expect(conversation.timers).toBe(0);
  });
});

describe('of several waits', () => {
  it('the first that runs out counts', async () => {
    const conversation = converse({ firstEventMs: 3000, idleMs: 2000, contentMs: 1000, totalMs: 4000 });
    await conversation.answer();
    conversation.advance(5000);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'contentMs', ms: 1000 });
  });

  it('one that begins anew does not put off the others', async () => {
    const conversation = converse({ idleMs: 1000, totalMs: 1500 });
    await conversation.answer();
    await conversation.write(start, 900);
    await conversation.write(ping, 500);
    conversation.advance(99);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'totalMs' });
  });

  it('there is one timer', async () => {
    const conversation = converse({
      headersMs: 9000,
      firstEventMs: 8000,
      idleMs: 7000,
      contentMs: 6000,
      totalMs: 5000,
    });

    expect(conversation.timers).toBe(1);

    await conversation.answer();
    for (const event of events) {
      await conversation.write(sseOf([event]), 10);

      expect(conversation.timers).toBe(1);
    }
    conversation.body.end();
    await settle();

    expect(conversation.timers).toBe(0);
    expect(conversation.seen.ended).toBe('completed');
  });
});

describe('by default', () => {
  it.each<[string, number, number, (conversation: Conversation) => Promise<void>]>([
    ['headersMs', 10, 0, () => Promise.resolve()],
    ['firstEventMs', 5, 0, ({ answer }) => answer()],
    [
      'idleMs',
      5,
      1,
      async ({ answer, write }) => {
        await answer();
        await write(start);
      },
    ],
  ])('%s is %p minutes', async (timeout, minutes, count, begin) => {
    const conversation = converse(undefined);
    await begin(conversation);
    conversation.advance(minutes * minute - 1);

    expect(conversation.seen).toMatchObject({ ended: undefined, values: { length: count } });

    conversation.advance(1);

    expect(await timedOut(conversation, timeout !== 'headersMs')).toMatchObject({ timeout, ms: minutes * minute });
  });

  it('a day of pings is healthy, and so is one of content', async () => {
    const conversation = converse(undefined);
    await conversation.answer();
    await conversation.write(start + blockStart);
    for (let pings = 0; pings < 24 * 15; pings += 1) await conversation.write(ping, 4 * minute);
    for (let deltas = 0; deltas < 24 * 15; deltas += 1) await conversation.write(delta, 4 * minute);

    expect(conversation.seen.ended).toBeUndefined();
    expect(conversation.scheduler.now()).toBe(2 * 24 * 60 * minute);
    conversation.seen.subscription.unsubscribe();

    expect(conversation.timers).toBe(0);
  });
});

describe('Infinity', () => {
  it('waits as long as it takes, without a timer', async () => {
    const never = { headersMs: Infinity, firstEventMs: Infinity, idleMs: Infinity };
    const conversation = converse(never);

    expect(conversation.timers).toBe(0);

    await conversation.answer();
    await conversation.write(start);

    expect(conversation.timers).toBe(0);
    conversation.seen.subscription.unsubscribe();
  });

  it('is not what a wait of more than 2^31 - 1 ms is, the longest that a timer can', async () => {
    const days30 = 30 * 24 * 60 * minute;
    const conversation = converse({ headersMs: days30 });
    const delays = conversation.scheduler.actions.map(({ delay }) => delay);
    conversation.advance(days30 - 1);

    expect(delays).toEqual([2 ** 31 - 1]);
    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation, false)).toMatchObject({ timeout: 'headersMs', ms: days30 });
  });
});

describe('a number that makes no sense', () => {
  const sources: [string, (options: { timeout: TimeoutOptions }) => Observable<unknown>][] = [
    ['streamMessage', (options) => streamMessage(params, { apiKey: 'k', ...options })],
    ['fromResponse', (options) => fromResponse(eventStream(sse), options)],
    ['serverSentEvents', (options) => serverSentEvents(eventStream(sse), options)],
  ];

  it.each(sources)('is refused by %s at the call', (name, create) => {
    for (const timeout of ['headersMs', 'firstEventMs', 'idleMs', 'contentMs', 'totalMs']) {
      for (const ms of [0, -1, NaN, -Infinity, '1000', null]) {
        const call = () => create({ timeout: { [timeout]: ms } });

        expect(call).toThrow(RangeError);
        expect(call).toThrow(`${name}: timeout.${timeout} must be a number of ms above 0, got ${String(ms)}.`);
      }
    }
  });

  it.each(sources)('or of no wait is refused by %s at the call', (name, create) => {
    const call = () => create({ timeout: { idle: 1000 } as TimeoutOptions });

    expect(call).toThrow(TypeError);
    expect(call).toThrow(`${name}: timeout has no idle.`);
  });

  it.each(sources)('is not one that %s is not given', (_, create) => {
    const none = { timeout: { idleMs: undefined, totalMs: 1 } as unknown as TimeoutOptions };

    expect(() => create(none)).not.toThrow();
  });
});

it('a wait that is undefined has its default', async () => {
  const conversation = converse({ headersMs: undefined } as unknown as TimeoutOptions);
  conversation.advance(10 * minute);

  expect(await timedOut(conversation, false)).toMatchObject({ timeout: 'headersMs', ms: 10 * minute });
});

describe('once message_stop has come', () => {
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

  it('or 5 s later if they do not, and hangs up', async () => {
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

  it('bytes that still come do not put that off', async () => {
    const conversation = await stopped();
    for (let beat = 0; beat < 4; beat += 1) await conversation.write(ping, 1000);
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(conversation.seen.ended).toBe('completed');
    expect(conversation.seen.values).toHaveLength(events.length + 4);
  });

  it.each([{ idleMs: 1000 }, { contentMs: 1000 }, { firstEventMs: 1000 }, { headersMs: 1000 }])(
    'no wait that runs out is a failure: %p',
    async (timeout) => {
      const conversation = await stopped(timeout);
      conversation.advance(4999);

      expect(conversation.seen.ended).toBeUndefined();

      conversation.advance(1);

      expect(conversation.seen.ended).toBe('completed');
    },
  );

  it('a reset is no failure', async () => {
    const { seen, body, ...conversation } = await stopped();
    body.fail(terminated());
    await settle();

    expect(seen).toMatchObject({ values: events, ended: 'completed' });
    expect(conversation.scheduler.actions).toHaveLength(0);
  });

  it('another message may begin, whose waits are those of a first one', async () => {
    const conversation = await stopped({ idleMs: 10_000 });
    await conversation.write(start, 4000);
    conversation.advance(9999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'idleMs', lastEvent: 'message_start' });
  });

  it('of the second message, it completes as after one', async () => {
    const conversation = await stopped();
    await conversation.write(start, 4000);
    await conversation.write(sseOf(events.slice(1)), 60_000);
    conversation.advance(4999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(conversation.seen).toMatchObject({ values: [...events, ...events], ended: 'completed' });
  });
});

it('a wait that runs out while an error’s body is read leaves it, and the error says what the status does', async () => {
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
