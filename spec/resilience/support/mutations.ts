import { eventsOf, sseOf, type SseOfOptions } from 'rxjs-anthropic/testing';
import type { Random } from './random.js';
import { answers } from './streams.js';

/** Any JSON value. */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The depth of values that would exhaust the stack of a recursive function. */
const DEEP = 100_000;

const encoder = new TextEncoder();

/** An event, or text that is written unchanged. */
interface Part {
  readonly value: Json;
  /** Its text on the wire, if it has not been changed. */
  readonly text?: string;
}

/** The streams that inputs are derived from, in several formats; short ones more often. */
const bases: readonly Part[][] = [{}, {}, { eventLines: false }, { crlf: true, padding: 3 }].flatMap(
  (way: SseOfOptions) =>
    answers.flatMap(({ message }, place) => {
      const events = eventsOf(message, { deltaLength: 80, pingEvery: 5 });
      const parts = events.map((event) => ({ value: plain(event), text: sseOf([event], way) }));
      return Array<Part[]>(Math.max(1, 4 - place)).fill(parts);
    }),
);

/** Returns the bytes of a stream with up to three changes of its events and up to three of its bytes. */
export function mutatedStream(random: Random): Uint8Array {
  let parts = random.pick(bases);
  for (let n = random.below(4); n > 0; n -= 1) parts = mutatedParts(parts, random);
  let bytes: Uint8Array = encoder.encode(parts.map(({ value, text }) => text ?? frameOf(value)).join(''));
  for (let n = random.below(4); n > 0; n -= 1) bytes = mutatedBytes(bytes, random);
  return bytes;
}

/** Splits bytes into pieces at random places. */
export function piecesOf(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const longest = random.pick([3, 60, 1000, Infinity, Infinity, Infinity]);
  // A few pieces find as much as thousands, in a hundredth of the time.
  const least = Math.max(1, Math.ceil(bytes.length / 40));
  for (let from = 0; from < bytes.length;) {
    const to = longest === Infinity ? bytes.length : from + least + random.below(longest);
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}

function plain(event: object): Json {
  return JSON.parse(JSON.stringify(event)) as Json;
}

function frameOf(event: Json): string {
  if (typeof event === 'string') return event;
  const type = isObject(event) ? event['type'] : undefined;
  if (typeof type !== 'string' || /[\r\n]/.test(type)) return `data: ${JSON.stringify(event)}\n\n`;
  return sseOf([{ ...(event as object), type }]);
}

/** Makes one random change to the events. */
function mutatedParts(parts: Part[], random: Random): Part[] {
  const at = random.below(parts.length);
  const other = random.below(parts.length);
  const part = parts[at] ?? { value: null };
  const another = parts[other] ?? part;
  const changed = parts.slice();
  switch (random.below(10)) {
    case 0: // removed
      changed.splice(at, 1 + random.below(3));
      break;
    case 1: // repeated
      changed.splice(at, 0, ...parts.slice(at, at + 1 + random.below(4)));
      break;
    case 2: // swapped
      changed[at] = another;
      changed[other] = part;
      break;
    case 3: // inserted, as by a gateway
      changed.splice(at, 0, { value: random.pick(NOISE) });
      break;
    case 4: // followed by another stream
      changed.splice(at, Infinity, ...random.pick(bases).slice(random.below(6)));
      break;
    case 5:
      if (random.chance(0.01)) changed.splice(at, 0, { value: random.pick(Object.values(hugeEvents)) });
      else changed[at] = { value: withUnusualIndex(part.value, random) };
      break;
    default:
      changed[at] = { value: mutatedValue(part.value, random) };
  }
  return changed;
}

const NOISE: readonly Json[] = [
  { type: 'ping' },
  { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  { type: 'error', error: { type: 'invalid_request_error', message: 'No' } },
  { type: 'error' },
  { type: 'vertex_event', a: 1 },
  { type: 'message_restart' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text', text: 5 } }, // has the type of a block
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking' } },
  { type: 'content_block_start', index: 9, content_block: { type: 'fallback', to: { model: 'm' } } },
  {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', id: 'a', name: 'get_tide', input: { a: 1 } },
  },
  { type: 'message_delta', delta: { stop_reason: 'refusal' }, usage: { output_tokens: 1 } },
  { type: 'message_delta', delta: {}, usage: {} },
  { type: 'message_stop' },
  'data: [DONE]\n\n',
  ': comment\n\n',
  'data: {oops\n\n',
  'event: error\ndata: {}\n\n',
  'event: ping\ndata: {}\n\n',
  'id: 1\nretry: 1\n\n',
  '\ufeffdata: {"type":"ping"}\r\r',
  '\n\n\n',
];

/** Events so long or so deeply nested that naive code fails on them. */
export const hugeEvents: Readonly<Record<string, string>> = (() => {
  const deep = (open: string, close: string): string => `${open.repeat(DEEP)}${close.repeat(DEEP)}`;
  const data = (json: string): string => `data: ${json}\n\n`;
  const toolJson = (json: string): string =>
    data(
      `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}}`,
    );
  const start = (block: string): string => data(`{"type":"content_block_start","index":7,"content_block":${block}}`);
  const lists = deep('[', ']');
  const objects = `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`;
  return {
    'lists in the input of a call': toolJson('['.repeat(DEEP)),
    'objects in the input of a call': toolJson('{"a":'.repeat(DEEP)),
    'the complete input of a call': toolJson(`{"a":${lists}}`),
    'the input that a call starts with': start(`{"type":"tool_use","id":"t","name":"get_tide","input":{"a":${lists}}}`),
    citations: start(`{"type":"text","text":"","citations":${lists}}`),
    'the result of a tool': start(`{"type":"web_search_tool_result","tool_use_id":"t","content":${lists}}`),
    'container and usage': data(
      `{"type":"message_delta","delta":{"stop_reason":null,"container":${objects}},"usage":{"output_tokens":1,"iterations":${lists}}}`,
    ),
    'a delta of an unknown type': data(
      `{"type":"content_block_delta","index":0,"delta":{"type":"new_delta","text":${lists},"a":${objects}}}`,
    ),
    'a delta without a block': data(
      `{"type":"content_block_delta","index":99,"delta":{"type":"new_delta","text":${lists}}}`,
    ),
    'an event of an unknown type': data(`{"type":"new_event","a":${objects}}`),
    'an error event': data(`{"type":"error","error":${lists}}`),
    'no event': data(lists),
    'no JSON': data('['.repeat(DEEP)),
    'a long ping': data(`{"type":"ping","a":"${'x'.repeat(300_000)}"}`),
    'a long line': `data: ${'x'.repeat(300_000)}`,
  };
})();

function withUnusualIndex(event: Json, random: Random): Json {
  if (!isObject(event)) return event;
  return {
    ...event,
    index: random.pick<Json>([-1, 0, 1, 2, 0.5, 65_535, 65_536, 2 ** 31, 2 ** 53, 1e300, '0', null, []]),
  };
}

/** Makes one random change to a value, at any depth. */
function mutatedValue(value: Json, random: Random): Json {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.8)) {
    const at = random.below(value.length);
    return value.map((item, i) => (i === at ? mutatedValue(item, random) : item));
  }
  if (isObject(value) && random.chance(0.9)) {
    const names = Object.keys(value);
    const name = names[random.below(names.length)] ?? 'type';
    const fields = Object.entries(value);
    if (random.chance(0.1)) return objectOf(fields.filter(([key]) => key !== name));
    if (random.chance(0.1)) return objectOf([...fields, [random.pick(NAMES), random.pick(VALUES)]]);
    return objectOf(fields.map(([key, item]) => [key, key === name ? mutatedValue(item, random) : item]));
  }
  if (typeof value === 'string' && random.chance(0.4)) {
    const at = random.below(value.length + 1);
    return (
      value.slice(0, at) +
      random.pick(['\ud83d', '\udc4b', '\u0000', '"', '\\', '}', ']', ' ', '\n', '1e9', ',']) +
      value.slice(at)
    );
  }
  return random.pick(VALUES);
}

const NAMES = ['__proto__', 'constructor', 'toString', 'type', 'index', 'text', 'input', 'length', 'then', ''] as const;

const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  'text',
  'tool_use',
  'message_start',
  'x'.repeat(500),
  '\ud800',
  [],
  [null],
  [[[]]],
  {},
  { type: 'text' },
  { type: 'text', text: 'y' },
  { type: 'tool_use', id: 't', name: 'get_tide', input: {} },
  { __proto__: null, a: { b: [] } },
];

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with these fields as its own properties, including `__proto__`. */
function objectOf(fields: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries<Json>(fields);
}

function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(random.pick([2, 20, 400]));
  switch (random.below(6)) {
    case 0: {
      const flipped = bytes.slice();
      for (let n = 1 + random.below(3); n > 0; n -= 1) {
        const place = random.below(bytes.length);
        flipped[place] = (flipped[place] ?? 0) ^ (1 << random.below(8));
      }
      return flipped;
    }
    case 1: // truncated
      return bytes.subarray(0, at);
    case 2: // removed
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 3: // repeated
      return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length), at), bytes.subarray(at - 1));
    case 4: // not UTF-8
      return joined(bytes.subarray(0, at), Uint8Array.from(random.pick(NOT_UTF8)), bytes.subarray(at));
    default: {
      const noise = Uint8Array.from({ length }, () => random.below(256));
      return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
    }
  }
}

/** A continuation byte without a start, starts without a continuation, an overlong form, a surrogate, an invalid byte, a BOM, a NUL. */
const NOT_UTF8: readonly number[][] = [
  [0x80],
  [0xe4, 0xbd],
  [0xf0, 0x9f, 0x98],
  [0xc0, 0x8a],
  [0xed, 0xa0, 0xbd],
  [0xff],
  [0xef, 0xbb, 0xbf],
  [0],
];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
