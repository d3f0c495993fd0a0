/**
 * Inputs of any length for `growth.slow.spec.ts`. They consist of repeated parts, so that an input of twice the length has exactly
 * twice of everything. The numbers of blocks and citations do not grow, because each snapshot copies these lists when one of
 * their items changes.
 */
import {
  buildMessage,
  eventsOf,
  sseOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import type { Message, MessageStreamEvent, TextCitation } from '../../src/index.js';

/** Length of a delta, in UTF-16 code units. */
const DELTA_LENGTH = 12;
const CHUNK_BYTES = 16_384;

const PROSE = 'The tide turned at noon, and “everyone” knew it.\nBoats lay still: 14 of them 🚢, e.g. at 3.14 kn. ';

/** Text of that number of deltas. */
export function proseOf(deltas: number): string {
  const length = deltas * DELTA_LENGTH;
  return PROSE.repeat(Math.ceil(length / PROSE.length)).slice(0, length);
}

/** Text of that number of deltas, without a place to split it. */
export function unbrokenOf(deltas: number): string {
  return 'x'.repeat(deltas * DELTA_LENGTH);
}

/** Small objects whose JSON has about that number of deltas. */
export function itemsOf(deltas: number): unknown[] {
  return Array.from({ length: (deltas * DELTA_LENGTH) / 36 }, (_, i) => ({ id: 1e6 + i, name: 'an item', ok: true }));
}

/** An object with many properties, whose JSON has about that number of deltas. */
export function propertiesOf(deltas: number): unknown {
  return Object.fromEntries(itemsOf(2 * deltas).map((_, i) => [`key${1e6 + i}`, i % 10]));
}

/** Splits a text into deltas. */
export function fragmentsOf(text: string): string[] {
  return text.match(/[^]{1,12}/g) ?? [];
}

const CITATION: TextCitation = {
  type: 'char_location',
  cited_text: 'The tide turned at noon.',
  document_index: 0,
  document_title: 'Tides',
  start_char_index: 0,
  end_char_index: 24,
  file_id: null,
};

/** A message of about that number of deltas, of all kinds. */
export function mixedMessage(deltas: number): Message {
  const quarter = deltas / 4;
  return buildMessage({
    content: [
      thinkingBlock(proseOf(quarter)),
      textBlock(proseOf(quarter), { citations: [CITATION, CITATION] }),
      toolUseBlock('list', { items: itemsOf(quarter) }),
      toolUseBlock('write', { path: 'a.txt', text: proseOf(quarter) }),
    ],
  });
}

/** The events of {@link mixedMessage}, with pings. */
export function mixedEvents(deltas: number): MessageStreamEvent[] {
  return eventsOf(mixedMessage(deltas), { deltaLength: DELTA_LENGTH, pingEvery: 10 });
}

/** The events of a message with these blocks. */
export function eventsWith(...content: (string | AnyContentBlock)[]): MessageStreamEvent[] {
  return eventsOf(buildMessage({ content }), { deltaLength: DELTA_LENGTH });
}

/** The events of an answer that is JSON. */
export function jsonEvents(value: unknown): MessageStreamEvent[] {
  return eventsWith(JSON.stringify(value));
}

/** A short message that reports its usage that number of times. */
export function usageEvents(count: number): MessageStreamEvent[] {
  const events = eventsWith('Hello.');
  const reports = Array.from({ length: count }, (_, i): MessageStreamEvent => ({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: i },
  }));
  return [...events.slice(0, -2), ...reports, ...events.slice(-1)];
}

/** A short message with that number of pings. */
export function pingEvents(count: number): MessageStreamEvent[] {
  const events = eventsWith('Hello.');
  const pings = Array.from({ length: count }, (): MessageStreamEvent => ({ type: 'ping' }));
  return [...events.slice(0, 3), ...pings, ...events.slice(3)];
}

/** A message with that number of blocks, of a few words each. */
export function manyBlocks(count: number): MessageStreamEvent[] {
  return eventsWith(...Array.from({ length: count }, () => 'A few words.'));
}

/** The events of a message with two texts whose deltas alternate, of about that number of deltas together. */
export function interleavedEvents(deltas: number): MessageStreamEvent[] {
  const [start, ...others] = eventsWith(proseOf(deltas / 2), proseOf(deltas / 2));
  const of = (index: number): MessageStreamEvent[] =>
    others.filter((event) => 'index' in event && event.index === index);
  const second = of(1);
  const blocks = of(0).flatMap((event, i) => [event, ...second.slice(i, i + 1)]);
  return [...(start === undefined ? [] : [start]), ...blocks, ...others.filter((event) => !('index' in event))];
}

/** A text with that number of citations. */
export function citedEvents(count: number): MessageStreamEvent[] {
  return eventsWith(textBlock('Cited.', { citations: Array.from({ length: count }, () => CITATION) }));
}

/** Returns a function that creates a response, as `fetch` returns it, in chunks of that number of bytes. */
export function responseOf(events: readonly MessageStreamEvent[], chunkBytes = CHUNK_BYTES): () => Response {
  return responseOfText(sseOf(events), chunkBytes);
}

/** The same, of events whose `id` is their position. */
export function numberedResponseOf(events: readonly MessageStreamEvent[]): () => Response {
  return responseOfText(events.map((event, index) => `id: ${index + 1}\n${sseOf([event])}`).join(''), CHUNK_BYTES);
}

function responseOfText(text: string, chunkBytes: number): () => Response {
  const bytes = new TextEncoder().encode(text);
  return () => {
    let start = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytes.subarray(start, start + chunkBytes));
        start += chunkBytes;
        if (start >= bytes.length) controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}
