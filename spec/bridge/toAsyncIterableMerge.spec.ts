import type { ContentBlockDeltaEvent, ToAsyncIterableOptions } from '../../src/index.js';
import { LONGEST_JOINED } from '../../src/accumulate/joinDeltas.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { blockDelta, inputJsonDelta, ping, restart, textDelta, thinkingDelta } from '../support/events.js';
import { createSource, failOnUnhandledRejections, readRest, startBusyLoop } from './support/loops.js';

failOnUnhandledRejections();

describe("toAsyncIterable, whenFull: 'merge'", () => {
  /** Returns what a loop receives of values that all arrived while it was busy. */
  async function queue<T>(values: readonly T[], options: ToAsyncIterableOptions = { highWaterMark: 1 }) {
    const source = createSource<T | 'first'>();
    const iterator = await startBusyLoop(source, 'first', options);
    for (const value of values) source.push(value);
    source.complete();
    return (await readRest(iterator)).values;
  }

  it('joins strings once highWaterMark values are queued, and none before', async () => {
    expect(await queue(['a', 'b', 'c', 'd', 'e'], { highWaterMark: 3 })).toEqual(['a', 'b', 'cde']);
    expect(await queue(['a', 'b', 'c'], { highWaterMark: 3 })).toEqual(['a', 'b', 'c']);
    expect(await queue(['a', '', 'c'], { highWaterMark: 1, whenFull: 'merge' })).toEqual(['ac']);
    expect(await queue(['a', 'b'], { highWaterMark: Infinity })).toEqual(['a', 'b']);
  });

  it('is the default, with 1024 values', async () => {
    const strings = Array.from({ length: 3000 }, (_, i) => `${i},`);
    const values = await queue(strings, {});

    expect(values).toHaveLength(1024);
    expect(values.slice(0, 1023)).toEqual(strings.slice(0, 1023));
    expect(values.join('')).toBe(strings.join(''));
  });

  it('stops joining once the loop has caught up', async () => {
    const source = createSource<string>();
    const iterator = await startBusyLoop(source, '', { highWaterMark: 2 });
    source.push('a', 'b', 'c');

    expect(await iterator.next()).toEqual({ done: false, value: 'a' });

    source.push('d', 'e');
    source.complete();

    expect((await readRest(iterator)).values).toEqual(['bc', 'de']);
  });

  it.each<[string, typeof textDelta]>([
    ['text', textDelta],
    ['thinking', thinkingDelta],
    ['JSON', inputJsonDelta],
  ])('joins %s deltas of the same block, as new events', async (_, delta) => {
    const values = deepFreeze([delta('a', 1), delta('b', 1), delta('c', 1), delta('d', 2), delta('e', 2)]);

    expect(await queue(values)).toEqual([delta('abc', 1), delta('de', 2)]);
    expect(values).toEqual([delta('a', 1), delta('b', 1), delta('c', 1), delta('d', 2), delta('e', 2)]);
  });

  it('adds the estimates of thinking tokens', async () => {
    const grows = (estimated_tokens: number | null, thinking = '') =>
      blockDelta(0, { type: 'thinking_delta', thinking, estimated_tokens });

    expect(await queue([grows(50), grows(null, 'Hm.'), grows(100), thinkingDelta('!')])).toEqual([grows(150, 'Hm.!')]);
  });

  it.each<[string, readonly unknown[]]>([
    ['deltas of different blocks', [textDelta('a', 0), textDelta('b', 1), textDelta('c', 0)]],
    [
      'deltas of different kinds',
      [textDelta('a', 0), thinkingDelta('b', 0), inputJsonDelta('c', 0), textDelta('d', 0)],
    ],
    ['text around another event', [textDelta('a', 0), ping, textDelta('b', 0)]],
    ['text around a restart', ['a', restart(), 'b']],
    ['strings and deltas', ['a', textDelta('b', 0), 'c']],
    ['a delta with an unknown field', [textDelta('a', 0), { ...textDelta('b', 0), extra: 1 }, textDelta('c', 0)]],
    [
      'text with an unknown field',
      [textDelta('a', 0), { ...textDelta('', 0), delta: { type: 'text_delta', text: 'b', extra: 1 } }],
    ],
    ['deltas without an index', Array(2).fill({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' }, at: 0 })], // prettier-ignore
    ['deltas without text', Array(2).fill({ ...textDelta('', 0), delta: { type: 'text_delta', string: 'a' } })],
    [
      'deltas whose text is not a string',
      Array(2).fill({ ...textDelta('', 0), delta: { type: 'text_delta', text: 1 } }),
    ],
    ['events whose delta is null', Array(2).fill({ type: 'content_block_delta', index: 0, delta: null })],
    ['signatures', Array(2).fill({ ...textDelta('', 0), delta: { type: 'signature_delta', signature: 'a' } })],
    ['unknown deltas', Array(2).fill({ ...textDelta('', 0), delta: { type: 'new_delta', text: 'a' } })],
    ['unknown events', Array(2).fill({ ...textDelta('a', 0), type: 'new_event' })],
    ['numbers', [1, 2, 3]],
    ['undefined and null', [undefined, null, undefined]],
  ])('queues values that are not the same text: %s', async (_, values) => {
    expect(await queue(values)).toEqual(values);
  });

  it('never joins more text than an engine supports', async () => {
    const half = 'x'.repeat(LONGEST_JOINED / 2);
    const lengths = (await queue([half, half, 'y', half, half])).map(({ length }) => length);

    expect(lengths).toEqual([LONGEST_JOINED, LONGEST_JOINED / 2 + 1, LONGEST_JOINED / 2]);
  });

  it('reads each event equally often, however many are joined', async () => {
    let reads = 0;
    const counted = (event: ContentBlockDeltaEvent) =>
      new Proxy(event, {
        get: (target, key) => {
          reads += 1;
          return Reflect.get(target, key) as unknown;
        },
      });
    const joining = async (n: number) => {
      reads = 0;
      await queue(Array.from({ length: n }, () => counted(textDelta('x', 0))));
      return reads;
    };
    const once = await joining(1000);

    expect(once).toBeGreaterThan(0);
    expect(await joining(2000)).toBeLessThanOrEqual(2 * once + 10);
  });

  it('joins a million fragments', async () => {
    const values = await queue(Array.from({ length: 1_000_000 }, (_, i) => (i % 10 === 0 ? 'ten' : 'x')));

    expect(values).toHaveLength(1);
    expect(values[0]).toHaveLength(1_200_000);
    expect(values[0]?.slice(0, 24)).toBe('tenxxxxxxxxxtenxxxxxxxxx');
  });
});
