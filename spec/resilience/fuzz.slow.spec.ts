/** Whatever a server sends, a stream soon emits events or a typed error, and buffers at most `maxBufferSize`. */
import { fromResponse, InvalidEventError } from '../../src/index.js';
import { eventsOf, sseOf } from '../../src/testing/index.js';
import { eventStream } from '../source/support/bodies.js';
import { outcomeOf } from '../source/support/outcome.js';
import { consumers, fuzz, watched } from './support/fuzz.js';
import { hugeEvents } from './support/mutations.js';
import { answers } from './support/streams.js';

const INPUTS = 16_000;
/** The most that an input may take on a slow machine, in ms. Inputs that hang or take quadratic time exceed it. */
const LONGEST_MS = 5000;

it(`${INPUTS} corrupted streams emit only events and errors of the package`, async () => {
  const wrong: string[] = [];
  const ends = new Map<string, number>();
  for (let seed = 0; seed < INPUTS; seed += 1) {
    const result = await fuzz(seed);
    for (const end of result.ends) ends.set(end, (ends.get(end) ?? 0) + 1);
    if (result.wrong !== undefined) wrong.push(`${seed}: ${result.wrong}`);
    if (result.ms > LONGEST_MS) wrong.push(`${seed}: ${result.ms} ms for ${result.bytes} bytes`);
  }

  expect(wrong.slice(0, 5)).toEqual([]);
  // The inputs covered valid streams and every kind of error.
  expect(ends.get('complete')).toBeGreaterThan(1000);
  for (const name of ['InvalidEventError', 'IncompleteMessageError', 'APIConnectionError', 'InvalidOutputError']) {
    expect([name, (ends.get(name) ?? 0) > 100]).toEqual([name, true]);
  }
});

describe('an event that is huge or deeply nested', () => {
  const begin = sseOf([
    ...eventsOf(answers[0].message, { cutAt: 2 }),
    {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 'a', name: 'get_tide', input: {} },
    } as { type: string },
  ]);
  const next = sseOf([
    { type: 'content_block_stop', index: 7 } as { type: string },
    { type: 'content_block_start', index: 8, content_block: { type: 'text', text: '' } } as { type: string },
  ]);

  it.each(Object.entries(hugeEvents))('ends with an event or a typed error: %s', async (_, event) => {
    for (const consumer of consumers) {
      const source = fromResponse(() => eventStream(begin + event + next));
      const { wrong, ends } = await watched(source, [consumer]);

      expect(wrong).toBeUndefined();
      expect(ends).toHaveLength(2);
    }
  });
});

it.each(['data: ', ': ', 'id: ', 'event: ', ''])(
  'an endless line that starts with %p is buffered only up to maxBufferSize',
  async (start) => {
    const maxBufferSize = 100_000;
    const piece = new TextEncoder().encode('x'.repeat(1000));
    let sent = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          controller.enqueue(new TextEncoder().encode(start));
        },
        pull(controller) {
          sent += piece.length;
          if (sent > 100 * maxBufferSize) controller.close();
          else controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
    const { error } = await outcomeOf(fromResponse(() => eventStream(body), { maxBufferSize }));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(sent).toBeLessThanOrEqual(maxBufferSize + 2 * piece.length);
  },
);

it('an endless event is buffered only up to maxBufferSize', async () => {
  const maxBufferSize = 100_000;
  const line = new TextEncoder().encode(`data: ${'x'.repeat(1000)}\n`);
  let lines = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        lines += 1;
        if (lines > 10_000) controller.close();
        else controller.enqueue(line);
      },
    },
    { highWaterMark: 0 },
  );
  const { error } = await outcomeOf(fromResponse(() => eventStream(body), { maxBufferSize }));

  expect(error).toBeInstanceOf(InvalidEventError);
  expect(lines).toBeLessThan(110);
});
