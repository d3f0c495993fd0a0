import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import {
  accumulateMessage,
  fromResponse,
  IncompleteMessageError,
  textDeltas,
  type Message,
  type MessageStreamEvent,
} from '../../src/index.js';
import { sseOf } from '../../src/testing/index.js';
import { streams, type StreamFixture } from '../fixtures/streams.js';
import { bodyOf, bytesOf, eventStream } from './support/bodies.js';
import { outcomeOf } from './support/outcome.js';

/** Reads pieces of a stream's bytes as a response. */
const read = (pieces: readonly Uint8Array[]) => fromResponse(eventStream(bodyOf(pieces)));

/** Cuts bytes at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

/**
 * Where each event's data is whole, in bytes from the start of the stream: behind its closing brace. Worked out from how
 * the stream was written, without reading it.
 */
function endsOfData({ events, options }: StreamFixture): number[] {
  let start = 0;
  return events.map((event) => {
    const frame = sseOf([event], options);
    const end = start + Buffer.byteLength(frame.trimEnd());
    start += Buffer.byteLength(frame);
    return end;
  });
}

/** The text of events, joined. */
function textOf(events: readonly MessageStreamEvent[]): string {
  const pieces = events.map((event) =>
    event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
  );
  return pieces.join('');
}

function textOfMessage(message: Message | undefined): string {
  return (message?.content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join('');
}

describe.each(streams)('$name', (stream) => {
  const bytes = bytesOf(stream.sse);

  it('is read the same one byte at a time', async () => {
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));

    expect(await lastValueFrom(read(single).pipe(toArray()))).toEqual(stream.events);
  });

  it('is read the same however its bytes are split', async () => {
    const anywhere = fc.integer({ min: 0, max: bytes.length });

    await fc.assert(
      fc.asyncProperty(fc.array(anywhere, { maxLength: 40 }), async (places) => {
        expect(await lastValueFrom(read(cut(bytes, places)).pipe(toArray()))).toEqual(stream.events);
      }),
      { seed: 20_261_121, numRuns: 40 },
    );
  });
});

describe.each(streams.filter(({ name }) => ['a short answer', 'a pair of surrogates in two deltas'].includes(name)))(
  'the bytes of $name, ended after every byte',
  (stream) => {
    const { events } = stream;
    const bytes = bytesOf(stream.sse);
    const ends = endsOfData(stream);
    const needed = ends.at(-1) ?? Infinity;
    const lengths = Array.from({ length: bytes.length + 1 }, (_, n) => n);
    /** The events whose data is within the first `n` bytes. */
    const arrived = (n: number) => events.slice(0, ends.filter((end) => end <= n).length);
    const readFirst = (n: number) => read([bytes.subarray(0, n)]);

    it('form a complete message from the closing brace of message_stop on', async () => {
      const complete = await lastValueFrom(read([bytes]).pipe(accumulateMessage()));

      expect(textOfMessage(complete)).toBe(textOf(events));
      expect(complete.stop_reason).toBe('end_turn');

      for (const n of lengths.filter((length) => length >= needed)) {
        expect(await outcomeOf(readFirst(n))).toEqual({ values: events, ended: 'completed', error: undefined });
        expect(await lastValueFrom(readFirst(n).pipe(accumulateMessage()))).toEqual(complete);
      }
    });

    it('fail before it with IncompleteMessageError, which has the text of the complete events', async () => {
      for (const n of lengths.filter((length) => length < needed)) {
        const whole = arrived(n);
        const { error } = await outcomeOf(readFirst(n).pipe(accumulateMessage()));
        const { partial, message } = error as IncompleteMessageError;

        expect(error).toBeInstanceOf(IncompleteMessageError);
        expect(textOfMessage(partial)).toBe(textOf(whole));
        expect(partial?.id).toBe(whole.length === 0 ? undefined : 'msg_0001');
        expect(message).toContain(whole.length === 0 ? 'before the first event' : `after ${whole.length} event`);
      }
    });

    it('emit exactly the complete events, and their text, before it', async () => {
      for (const n of lengths) {
        const end = n < needed ? 'failed' : 'completed';
        const all = await outcomeOf(readFirst(n));
        const text = await outcomeOf(readFirst(n).pipe(textDeltas()));

        expect([all.values, all.ended]).toEqual([arrived(n), end]);
        expect([text.values.join(''), text.ended]).toEqual([textOf(arrived(n)), end]);
      }
    });
  },
);
