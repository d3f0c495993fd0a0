/**
 * Generates the streams that are measured. They are the same each time, and are split and padded as the API's streams are.
 * Texts and tool inputs are ASCII with escapes, which cost the floor the least; mixed streams have other characters as well.
 */
import type { BetaContentBlock, MessageStreamEvent } from 'rxjs-anthropic';
import { buildMessage, eventsOf, sseOf, textBlock, thinkingBlock, toolUseBlock } from 'rxjs-anthropic/testing';

/** Length of a delta, in UTF-16 code units. */
export const DELTA_LENGTH = 12;
const CHUNK_BYTES = 16_384;
/** The API pads the JSON of an event with up to this number of spaces. */
const MOST_PADDING = 15;

export const SHAPES = ['text', 'thinking', 'tool JSON', 'mixed'] as const;
export type Shape = (typeof SHAPES)[number];

export const ARRIVALS = ['16 KB chunks', 'one event per chunk'] as const;
export type Arrival = (typeof ARRIVALS)[number];

export type Chunks = readonly Uint8Array[];

const PROSE =
  'The tide turned at noon, and "everyone" on the pier knew it.\nNobody said a word; the boats, 14 of them, lay still (for now). ';
const MORE_PROSE = 'Um café às três — 三時のコーヒー、いい天気ですね。 The ferry 🚢 leaves at 13:30, they said… ';
export const SOURCE = {
  type: 'char_location' as const,
  cited_text: 'The tide turned at noon.',
  document_index: 0,
  document_title: 'Tides',
  start_char_index: 0,
  end_char_index: 24,
  file_id: null,
};

/** The events of a message with about that number of deltas. */
export function eventsFor(shape: Shape, deltas: number): MessageStreamEvent[] {
  const length = deltas * DELTA_LENGTH;
  return eventsOf(buildMessage({ content: CONTENT[shape](length) }), {
    deltaLength: DELTA_LENGTH,
    ...(shape === 'mixed' && { pingEvery: 50 }),
  });
}

const CONTENT: Readonly<Record<Shape, (length: number) => BetaContentBlock[]>> = {
  text: (length) => [textBlock(repeated(PROSE, length))],
  thinking: (length) => [thinkingBlock(repeated(PROSE, length)), textBlock('It turned.')],
  'tool JSON': (length) => [toolUseBlock('list', listOf(length))],
  // Rounds of thinking, text with a citation and a tool call: as many blocks as in a long turn of an agent.
  mixed: (length) =>
    Array.from({ length: MIXED_ROUNDS }, (_, round) => [
      thinkingBlock(repeated(PROSE, (0.3 * length) / MIXED_ROUNDS)),
      textBlock(repeated(MORE_PROSE, (0.4 * length) / MIXED_ROUNDS), round % 3 === 0 ? { citations: [SOURCE] } : {}),
      toolUseBlock('list', listOf((0.3 * length) / MIXED_ROUNDS), { id: `toolu_${round}` }),
    ]).flat(),
};

const MIXED_ROUNDS = 10;

/** An object with an array of small objects, whose JSON has about that length. */
export function listOf(length: number): unknown {
  return {
    items: Array.from({ length: Math.floor(length / 38) }, (_, id) => ({ id, name: `item ${id}`, ok: true })),
  };
}

/** Prose of that length. */
export function proseOf(length: number): string {
  return repeated(PROSE, length);
}

/** Splits a text into deltas. */
export function fragmentsOf(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${DELTA_LENGTH}}`, 'g')) ?? [];
}

/** The bytes of a stream, in the chunks in which they arrive. */
export function chunksOf(events: readonly MessageStreamEvent[], arrival: Arrival): Chunks {
  const frames = framesOf(events);
  return arrival === 'one event per chunk' ? frames : cut(concat(frames));
}

/** The bytes of a stream: a chunk of the first two events, then chunks of `size` events. */
export function groupedChunks(shape: Shape, deltas: number, size: number): Chunks {
  const frames = framesOf(eventsFor(shape, deltas));
  const groups = Array.from({ length: Math.ceil((frames.length - 2) / size) }, (_, i) =>
    frames.slice(2 + i * size, 2 + (i + 1) * size),
  );
  return [frames.slice(0, 2), ...groups].map(concat);
}

/** A text so long that its bytes are repeated: all chunks but the first and last share the same memory. */
export function longTextChunks(deltas: number): Chunks {
  const { head, body, tail } = repeatableText();
  return [head, ...Array.from({ length: deltas / REPEATABLE_DELTAS }, () => body).flat(), tail];
}

const REPEATABLE_DELTAS = 10_000;

/** A text of 10,000 deltas: the events before them, the deltas, and the events after. The deltas may be repeated. */
export function repeatableText(): { head: Uint8Array; body: Chunks; tail: Uint8Array } {
  const frames = framesOf(eventsFor('text', REPEATABLE_DELTAS));
  const head = concat(frames.slice(0, 2));
  const body = cut(concat(frames.slice(2, 2 + REPEATABLE_DELTAS)));
  return { head, body, tail: concat(frames.slice(2 + REPEATABLE_DELTAS)) };
}

/** A response as `fetch` returns it, with a new body each time. */
export function responseOf(chunks: Chunks): Response {
  let next = 0;
  return responseFrom((controller) => {
    const chunk = chunks[next];
    next += 1;
    if (chunk === undefined) controller.close();
    else controller.enqueue(chunk);
  });
}

/** A response whose body comes from a function, which is called whenever the reader wants more. */
export function responseFrom(
  pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | PromiseLike<void>,
): Response {
  return new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/event-stream' } });
}

/** The bytes of each event, as views of the same memory, one after the other. */
function framesOf(events: readonly MessageStreamEvent[]): Uint8Array[] {
  const encoder = new TextEncoder();
  let seed = 1;
  const encoded = events.map((event) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return encoder.encode(sseOf([event], { padding: (seed >>> 16) % (MOST_PADDING + 1) }));
  });
  const bytes = concat(encoded);
  let start = 0;
  return encoded.map(({ length }) => {
    start += length;
    return bytes.subarray(start - length, start);
  });
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let start = 0;
  for (const part of parts) {
    bytes.set(part, start);
    start += part.length;
  }
  return bytes;
}

function repeated(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
