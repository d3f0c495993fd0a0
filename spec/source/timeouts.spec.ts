import { InvalidEventError } from '../../src/index.js';
import { sseOf } from '../../src/testing/index.js';
import { settle } from './support/outcome.js';
import {
  blockStartSse,
  converse,
  deltaSse,
  events,
  pingSse,
  secondDeltaSse,
  sse,
  startSse,
  timedOut,
  type Conversation,
} from './support/timedRequest.js';

const minute = 60_000;

describe('headersMs', () => {
  it('fails if the headers do not arrive in time', async () => {
    const conversation = converse({ headersMs: 1000 });
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation, false);

    expect(error).toMatchObject({ timeout: 'headersMs', ms: 1000, phase: 'connect', lastEvent: undefined });
    expect(error.message).toBe(
      'No response headers arrived within 1000 ms (timeout.headersMs), before the first event.',
    );
  });

  it('does not fail once the headers have arrived', async () => {
    const conversation = converse({ headersMs: 1000 });
    conversation.advance(999);
    await conversation.answer();
    conversation.advance(100_000);

    expect(conversation.seen.ended).toBeUndefined();
    conversation.seen.subscription.unsubscribe();
  });
});

describe('firstEventMs', () => {
  it('fails if the first event does not arrive in time after the headers', async () => {
    const conversation = converse({ headersMs: 5000, firstEventMs: 1000 });
    conversation.advance(3000);
    await conversation.answer({ headers: { 'request-id': 'req_1' } });
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(error).toMatchObject({ timeout: 'firstEventMs', ms: 1000, phase: 'before-content', lastEvent: undefined });
    expect(error.requestID).toBe('req_1');
    expect(error.message).toBe('No event arrived within 1000 ms (timeout.firstEventMs), before the first event.');
  });

  it('is not postponed by bytes that are not an event', async () => {
    const conversation = converse({ firstEventMs: 1000 });
    await conversation.answer();
    await conversation.write(': comment\n\n', 500);
    await conversation.write('event: message_start\n', 499);
    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'firstEventMs' });
  });

  it.each([
    ['message_start', startSse],
    ['a ping', pingSse],
  ])('does not fail after a first event: %s', async (_, first) => {
    const conversation = converse({ firstEventMs: 1000 });
    await conversation.answer();
    await conversation.write(first, 999);
    conversation.advance(100_000);

    expect(conversation.seen.ended).toBeUndefined();
    conversation.seen.subscription.unsubscribe();
  });
});

describe('idleMs', () => {
  it('fails after a silence, once everything that arrived has been emitted', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(startSse + blockStartSse + deltaSse, 900);
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
    expect(error.message).toBe('No bytes arrived within 1000 ms (timeout.idleMs), after content_block_delta.');
  });

  it('fails after a silence that follows the headers', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    conversation.advance(1000);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'idleMs', lastEvent: undefined });
  });

  it.each([
    ['pings', pingSse],
    ['comments', ': still here\n\n'],
    ['single bytes', ':'],
  ])('is postponed by %s', async (_, text) => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(startSse);
    for (let beat = 0; beat < 50; beat += 1) await conversation.write(text, 999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1000);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'idleMs' });
  });

  it('emits a last event that lacks its blank line before it fails', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(startSse + blockStartSse + deltaSse.trimEnd());

    expect(conversation.seen.values).toHaveLength(2);

    conversation.advance(1000);

    expect(await timedOut(conversation)).toMatchObject({ phase: 'mid-content', lastEvent: 'content_block_delta' });
    expect(conversation.seen.values).toEqual(events.slice(0, 3));
  });

  it('completes instead if that event is message_stop', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write(sse.trimEnd());

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1000);

    expect(conversation.seen).toMatchObject({ values: events, ended: 'completed' });
    expect(conversation.timers).toBe(0);
  });

  it('reports what is wrong with that event instead, if it is invalid', async () => {
    const conversation = converse({ idleMs: 1000 });
    await conversation.answer();
    await conversation.write('data: {"type":"message_start"}');
    conversation.advance(1000);

    expect(conversation.seen.error).toBeInstanceOf(InvalidEventError);
    expect(conversation.timers).toBe(0);
  });
});

describe('contentMs', () => {
  it('fails a stream that only pings', async () => {
    const conversation = converse({ contentMs: 1000 });
    await conversation.answer();
    await conversation.write(startSse + blockStartSse, 100);
    await conversation.write(pingSse, 500);
    await conversation.write(': comment\n\n', 399);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(error).toMatchObject({ timeout: 'contentMs', ms: 1000, phase: 'before-content', lastEvent: 'ping' });
    expect(error.message).toBe('No content arrived within 1000 ms (timeout.contentMs), after ping.');
  });

  it('is postponed by content', async () => {
    const conversation = converse({ contentMs: 1000 });
    await conversation.answer();
    await conversation.write(startSse + blockStartSse, 900);
    await conversation.write(deltaSse, 99);
    await conversation.write(secondDeltaSse, 999);
    await conversation.write(pingSse, 999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'contentMs', phase: 'mid-content' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['thinking', { type: 'thinking', thinking: '', signature: '' }],
    ['a tool call', { type: 'tool_use', id: 'toolu_1', name: 'get', input: {} }],
  ])('is postponed by the start of a block only if the block has content: %s', async (_, block) => {
    const conversation = converse({ contentMs: 1000 });
    await conversation.answer();
    await conversation.write(startSse);
    await conversation.write(sseOf([{ type: 'content_block_start', index: 0, content_block: block } as never]), 900);
    conversation.advance(100);

    expect(conversation.seen.ended).toBe(block['type'] === 'thinking' ? 'failed' : undefined);
    conversation.seen.subscription.unsubscribe();
  });
});

describe('totalMs', () => {
  it('fails a stream that never ends', async () => {
    const conversation = converse({ totalMs: 10_000 });
    conversation.advance(2000);
    await conversation.answer();
    await conversation.write(startSse + blockStartSse + deltaSse, 1000);
    for (let beat = 0; beat < 6; beat += 1) await conversation.write(secondDeltaSse, 1000);
    conversation.advance(999);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);
    const error = await timedOut(conversation);

    expect(error).toMatchObject({ timeout: 'totalMs', ms: 10_000, phase: 'mid-content' });
    expect(error.message).toBe(
      'The response did not end within 10000 ms (timeout.totalMs), after content_block_delta.',
    );
  });

  it('starts with the request', async () => {
    const conversation = converse({ totalMs: 1000 });
    conversation.advance(1000);

    expect(await timedOut(conversation, false)).toMatchObject({ timeout: 'totalMs', phase: 'connect' });
  });

  it('completes instead once the message is complete', async () => {
    const conversation = converse({ totalMs: 1000 });
    await conversation.answer();
    await conversation.write(sse);
    conversation.advance(1000);

    expect(conversation.seen).toMatchObject({ values: events, ended: 'completed' });
    expect(conversation.timers).toBe(0);
  });
});

describe('several timeouts', () => {
  it('report the first that expires', async () => {
    const conversation = converse({ firstEventMs: 3000, idleMs: 2000, contentMs: 1000, totalMs: 4000 });
    await conversation.answer();
    conversation.advance(5000);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'contentMs', ms: 1000 });
  });

  it('are not postponed when another one restarts', async () => {
    const conversation = converse({ idleMs: 1000, totalMs: 1500 });
    await conversation.answer();
    await conversation.write(startSse, 900);
    await conversation.write(pingSse, 500);
    conversation.advance(99);

    expect(conversation.seen.ended).toBeUndefined();

    conversation.advance(1);

    expect(await timedOut(conversation)).toMatchObject({ timeout: 'totalMs' });
  });

  it('share one timer', async () => {
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
        await write(startSse);
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

  it('a day of pings or of content is accepted', async () => {
    const conversation = converse(undefined);
    await conversation.answer();
    await conversation.write(startSse + blockStartSse);
    for (let pings = 0; pings < 24 * 15; pings += 1) await conversation.write(pingSse, 4 * minute);
    for (let deltas = 0; deltas < 24 * 15; deltas += 1) await conversation.write(deltaSse, 4 * minute);

    expect(conversation.seen.ended).toBeUndefined();
    expect(conversation.scheduler.now()).toBe(2 * 24 * 60 * minute);
    conversation.seen.subscription.unsubscribe();

    expect(conversation.timers).toBe(0);
  });
});

describe('Infinity', () => {
  it('disables a timeout, without a timer', async () => {
    const never = { headersMs: Infinity, firstEventMs: Infinity, idleMs: Infinity };
    const conversation = converse(never);

    expect(conversation.timers).toBe(0);

    await conversation.answer();
    await conversation.write(startSse);

    expect(conversation.timers).toBe(0);
    conversation.seen.subscription.unsubscribe();
  });

  it('differs from a timeout above 2^31 - 1 ms, the longest delay of a timer', async () => {
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

it('a timeout that is undefined has its default', async () => {
  const conversation = converse({ headersMs: undefined });
  conversation.advance(10 * minute);

  expect(await timedOut(conversation, false)).toMatchObject({ timeout: 'headersMs', ms: 10 * minute });
});
