/**
 * `JSON.parse` and the parser are the oracles: `parseEventData` has the same result for every data, or the same error, and
 * `readDeltaFrame` for every stream.
 */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { InvalidEventError } from '../../src/index.js';
import { parseEventData, readDeltaFrame } from '../../src/source/deltaPattern.js';
import { createSseDecoder, type ReadFrame, type ServerSentEvent } from '../../src/source/sseDecoder.js';
import { streams } from '../fixtures/streams.js';
import { bytesOf } from './support/bodies.js';

/** What a function returns, with the order of all fields, or the error that it throws. */
function outcome(parse: (data: string) => unknown, data: string) {
  try {
    const value = parse(data);
    return { value, json: JSON.stringify(value) };
  } catch (error) {
    return { error: String(error) };
  }
}

function expectSame(data: string): void {
  expect(outcome(parseEventData, data)).toEqual(outcome(JSON.parse, data));
}

/** The data of the events of a recorded stream. */
function dataOf(sse: string): string[] {
  const found: string[] = [];
  const decoder = createSseDecoder(({ data }) => found.push(data));
  decoder.push(bytesOf(sse));
  decoder.flush();
  return found;
}

/** The data of a delta, as the API writes it. `literal` is a JSON string. */
const deltaOf = (type: string, field: string, literal: string, index = '0', padding = '') =>
  `{"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":${literal}}${padding}}`;

const KINDS = [
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['input_json_delta', 'partial_json'],
] as const;

/** Strings of everything that JSON treats differently, including halves of surrogate pairs. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'word ', '"', '\\', '/', '\n', '\u2028', '\ud83d', '\ude00', '😀', '\0', '\x7f', '{}'),
      fc.string(),
    ),
    {
      maxLength: 20,
    },
  )
  .map((pieces) => pieces.join(''));

/** JSON strings: with the usual escapes, with an escape for each character, and with what may or may not be valid. */
const literal = fc.oneof(
  text.map((value) => JSON.stringify(value)),
  text.map((value) => `"${value.replace(/[^]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`),
  text.map((value) => `"${value}"`),
  fc.constantFrom(
    '""',
    '"\\/"',
    '"\\x"',
    '"\\u12"',
    '"\\u00e9"',
    '"\t"',
    'null',
    '7',
    '{"a":1}',
    `"${'long '.repeat(120)}"`,
  ),
);

const delta = fc
  .record({
    kind: fc.constantFrom(...KINDS, ['text_delta', 'thinking'] as const, ['signature_delta', 'signature'] as const),
    literal,
    index: fc.constantFrom('0', '7', '10', '65535', '99999', '100000', '00', '01', '-1', '1.5', '1e2', 'null', '"0"'),
    padding: fc.constantFrom('', ' ', '         ', '\t', ',"extra":1', ',"type":"other"'),
  })
  .map(({ kind: [type, field], literal, index, padding }) => deltaOf(type, field, literal, index, padding));

/** A delta in which something was inserted, deleted or replaced. */
const damaged = fc
  .tuple(
    delta,
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom('', ' ', '"', '\\', '}', '{', ',', '\n', '0', 'é', '__proto__'),
  )
  .map(([data, place, deleted, inserted]) => {
    const at = place % (data.length + 1);
    return data.slice(0, at) + inserted + data.slice(at + deleted);
  });

describe('parseEventData', () => {
  it.each(streams)('parses the recorded stream "$name" as JSON.parse does', ({ sse }) => {
    const found = dataOf(sse);

    expect(found.length).toBeGreaterThan(5);
    found.forEach(expectSame);
  });

  it('parses every delta as JSON.parse does', () => {
    fc.assert(fc.property(delta, expectSame), { seed: 11, numRuns: 4000 });
  });

  it('parses every damaged delta as JSON.parse does, or throws the same error', () => {
    fc.assert(fc.property(damaged, expectSame), { seed: 13, numRuns: 4000 });
  });

  it.each(['', 'null', '[]', '{"type":"ping"}', '{oops', '\ufeff{}', deltaOf('text_delta', 'text', '"a"').repeat(2)])(
    'parses other data as JSON.parse does: %j',
    (data) => {
      expect(outcome(parseEventData, data)).toEqual(outcome(JSON.parse, data));
    },
  );

  it.each(KINDS)('recognises a %s, so that JSON.parse sees at most its string', (type, field) => {
    const parse = jest.spyOn(JSON, 'parse');
    parseEventData(deltaOf(type, field, '"twelve chars"', '12', '   '));

    expect(parse).not.toHaveBeenCalled();

    parseEventData(deltaOf(type, field, '"thirteen char"'));
    parseEventData(deltaOf(type, field, String.raw`"a\n"`));

    expect(parse.mock.calls).toEqual([['"thirteen char"'], [String.raw`"a\n"`]]);
    parse.mockRestore();
  });

  it('leaves a long text to JSON.parse, which is faster then', () => {
    const long = deltaOf('text_delta', 'text', `"${'a'.repeat(512)}"`);
    const parse = jest.spyOn(JSON, 'parse');
    parseEventData(long);

    expect(parse.mock.calls).toEqual([[long]]);
    parse.mockRestore();
  });

  it('creates objects of the hidden class that those of JSON.parse have', () => {
    setFlagsFromString('--allow-natives-syntax');
    const haveSameMap = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: unknown, b: unknown) => boolean;
    for (const [type, field] of KINDS) {
      for (const literal of ['""', '"short"', '"longer than twelve"', String.raw`"\"😀\""`]) {
        const data = deltaOf(type, field, literal, '3');
        const [ours, theirs] = [parseEventData(data), JSON.parse(data)] as { delta: object }[];

        expect(haveSameMap(ours, theirs)).toBe(true);
        expect(haveSameMap(ours?.delta, theirs?.delta)).toBe(true);
      }
    }
    setFlagsFromString('--no-allow-natives-syntax');
  });
});

/**
 * The server-sent events of a stream, those that `readDeltaFrame` read, and the position of the error: that of the first event
 * longer than `maxBufferSize`, which is added at the end.
 */
function decode(chunks: readonly Uint8Array[], useFrames: boolean, maxBufferSize = 5000) {
  const events: ServerSentEvent[] = [];
  const read: ServerSentEvent[] = [];
  const readFrame: ReadFrame = (text, start) =>
    readDeltaFrame(text, start, (event, data) => {
      expect(JSON.stringify(event)).toBe(JSON.stringify(JSON.parse(data)));
      const serverEvent = { event: event.type, data };
      events.push(serverEvent);
      read.push(serverEvent);
    });
  const decoder = createSseDecoder((event) => events.push(event), maxBufferSize, useFrames ? readFrame : undefined);
  let position: unknown;
  try {
    for (const chunk of chunks) decoder.push(chunk);
    decoder.flush();
    decoder.push(bytesOf('x'.repeat(maxBufferSize + 1)));
  } catch (error) {
    position = error instanceof InvalidEventError ? error.position : error;
  }
  return { events, read, position };
}

/** Cuts bytes into chunks of the given lengths, again and again. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = lengths[chunks.length % lengths.length] ?? 1;
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

function expectSameEvents(chunks: readonly Uint8Array[], maxBufferSize?: number): void {
  const { events, position } = decode(chunks, true, maxBufferSize);
  const parsed = decode(chunks, false, maxBufferSize);

  expect(events).toEqual(parsed.events);
  expect(position).toBe(parsed.position);
}

const frameOf = (data: string) => `event: content_block_delta\ndata: ${data}\n\n`;

/** Frames of the API, and others that differ in one place. */
const frame = fc.oneof(
  { weight: 4, arbitrary: delta.map(frameOf) },
  damaged.map(frameOf),
  fc
    .tuple(delta.map(frameOf), fc.nat(), fc.nat({ max: 2 }), fc.constantFrom('', ' ', '\n', '\r', ':', 'id: 1\n', 'x'))
    .map(([text, place, deleted, inserted]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + inserted + text.slice(at + deleted);
    }),
  fc.constantFrom(
    'event: ping\ndata: {"type":"ping"}\n\n',
    'event: error\n\n',
    'event: error\r\n\r\n',
    ': comment\n\n',
    '\n',
    '\r',
    'id: 7\n',
    '\ufeff',
  ),
);

describe('readDeltaFrame', () => {
  it('has the events of the parser, however a stream is cut', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), lengths, (frames, chunkLengths) => {
        expectSameEvents(cut(bytesOf(frames.join('')), chunkLengths));
      }),
      { seed: 17, numRuns: 4000 },
    );
  });

  it('has the error of the parser if an event is longer than maxBufferSize', () => {
    const maxBufferSize = fc.integer({ min: 20, max: 300 });
    const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), lengths, maxBufferSize, (frames, chunkLengths, limit) => {
        expectSameEvents(cut(bytesOf(frames.join('')), chunkLengths), limit);
      }),
      { seed: 23, numRuns: 2000 },
    );
  });

  it('has the events of the parser if each frame is a chunk', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        expectSameEvents(frames.map(bytesOf));
      }),
      { seed: 19, numRuns: 4000 },
    );
  });

  const first = 'event: message_start\ndata: {}\n\n';
  const plain = frameOf(deltaOf('text_delta', 'text', '"twelve chars"'));

  it('reads all deltas if each chunk is a frame', () => {
    expect(decode([first, plain, plain, plain].map(bytesOf), true).read).toHaveLength(3);
  });

  it('reads all deltas of a long stream, except for those at the ends of chunks', () => {
    const chunks = cut(bytesOf(first + plain.repeat(1000)), [16_384]);

    expect(decode(chunks, true).read).toHaveLength(1000 - (chunks.length - 1));
  });

  it('leaves a frame of more than 512 characters to the parser', () => {
    const overhead = deltaOf('text_delta', 'text', '""').length + 'event: content_block_delta\ndata: '.length;
    const frameOfLength = (length: number) =>
      frameOf(deltaOf('text_delta', 'text', `"${'a'.repeat(length - overhead)}"`));
    const chunks = [first, frameOfLength(512), frameOfLength(513), frameOfLength(513) + plain, plain].map(bytesOf);
    const { events, read } = decode(chunks, true);

    expect(events).toHaveLength(6);
    expect(read).toHaveLength(2);
  });

  it('leaves a long frame that has not ended to the parser', () => {
    const [text = ''] = frameOf(deltaOf('text_delta', 'text', `"${'a\\n'.repeat(8_000_000)}"`)).split('"}');

    expect(readDeltaFrame(text, 0, () => undefined)).toBe(0);
  });
});
