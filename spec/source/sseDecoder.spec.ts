import fc from 'fast-check';
import { InvalidEventError } from '../../src/index.js';
import { createSseDecoder, type ServerSentEvent } from '../../src/source/sseDecoder.js';
import { streams } from '../fixtures/streams.js';
import { bytesOf } from './support/bodies.js';

/** Decodes pieces of a stream to its end. */
function decode(pieces: readonly (string | Uint8Array)[], maxBufferSize = 1000): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const decoder = createSseDecoder((event) => events.push(event), maxBufferSize);
  for (const piece of pieces) decoder.push(bytesOf(piece));
  decoder.flush();
  return events;
}

const a = { data: 'a' };
const b = { data: 'b' };

describe('createSseDecoder', () => {
  it.each<[string, string, ServerSentEvent[]]>([
    ['nothing', '', []],
    ['blank lines', '\n\n\n', []],
    ['LF', 'data: a\n\ndata: b\n\n', [a, b]],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', [a, b]],
    ['CR', 'data: a\r\rdata: b\r\r', [a, b]],
    ['all of them', 'data: a\r\n\ndata: b\n\r', [a, b]],
    ['event and id', 'event: x\nid: 7\ndata: a\n\ndata: b\n\n', [{ event: 'x', id: '7', data: 'a' }, b]],
    ['data over lines', 'data: a\ndata:\ndata:  b\n\n', [{ data: 'a\n\n b' }]],
    ['no space after the colon', 'event:x\ndata:a\n\n', [{ event: 'x', data: 'a' }]],
    ['a field without a colon', 'data\n\ndata: a\n\n', [{ data: '' }, a]],
    ['comments', ': hi\n:\n\n:x\ndata: a\n: y\n\n', [a]],
    ['fields that are not known', 'x: 1\nretry: 10\nretry: soon\ndata: a\nnonsense\n\n', [a]],
    ['an event without data', 'event: x\n\ndata: a\n\n', [a]],
    ['a byte order mark', '\ufeffdata: a\n\n', [a]],
    ['a byte order mark that is not at the start', 'data: a\n\ndata: \ufeffb\n\n', [a, { data: '\ufeffb' }]],
    ['white space of other kinds', 'data: \u2028\u0085\v\f\u00a0\n\n', [{ data: '\u2028\u0085\v\f\u00a0' }]],
  ])('reads %s', (_, text, events) => {
    expect(decode([text])).toEqual(events);
    expect(decode(Array.from(bytesOf(text), (byte) => Uint8Array.of(byte)))).toEqual(events);
  });

  it('calls back synchronously with the byte that ends the event', () => {
    const events: ServerSentEvent[] = [];
    const decoder = createSseDecoder((event) => events.push(event), 1000);
    decoder.push(bytesOf('data: a\n'));

    expect(events).toEqual([]);

    decoder.push(bytesOf('\n'));

    expect(events).toEqual([a]);
  });

  it.each(['data: a\n\ndata: b\n', 'data: a\n\ndata: b', 'data: a\r\n\r\ndata: b\r\n', 'data: a\r\rdata: b\r'])(
    'marks an event whose blank line is missing: %j',
    (text) => {
      expect(decode([text])).toEqual([a, { ...b, unterminated: true }]);
    },
  );

  it.each(['data: a\r\n\r', 'data: a\r\r', 'data: a\n\r'])(
    'does not mark a last event that has its blank line: %j',
    (text) => {
      expect(decode([text])).toEqual([a]);
      expect(decode([text, ''])).toEqual([a]);
    },
  );

  it.each(['event: x', 'dat', ': comment', 'id: 1\n'])('ignores an end without data: %j', (end) => {
    expect(decode(['data: a\n\n', end])).toEqual([a]);
  });

  it('replaces bytes that are not UTF-8 with the replacement character, also at the end', () => {
    expect(decode([Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xf0, 0x9f)])).toEqual([
      { data: '\ufffd\ufffd', unterminated: true },
    ]);
  });

  it('fails as soon as an event that has not ended is longer than maxBufferSize', () => {
    expect(decode(['data: a\n\n', 'data: 4567', '890\n\n'], 10)).toEqual([a, { data: '4567890' }]);

    const long = () => decode(['data: a\n\n', 'data: 45678'], 10);

    expect(long).toThrow(InvalidEventError);
    expect(long).toThrow(/longer than maxBufferSize, 10 UTF-16 code units/);
    expect(() => decode(['data: 45\ndata: 78\ndata: 01\n', 'data: 34\n', 'x'], 10)).toThrow(InvalidEventError);
  });

  it('reports the position of that event', async () => {
    const decoder = createSseDecoder(() => undefined, 10);
    const thrown = new Promise((resolve) => {
      decoder.push(bytesOf('data: a\n\ndata: b\n\ndata: too long'));
      resolve('nothing');
    });

    await expect(thrown).rejects.toMatchObject({ position: 2, cause: { type: 'max-buffer-size-exceeded' } });
  });

  it('passes on an error that its callback throws', () => {
    const failure = new Error('of the callback');
    const decoder = createSseDecoder(() => {
      throw failure;
    }, 1000);

    expect(() => {
      decoder.push(bytesOf('data: a\n\n'));
    }).toThrow(failure);
  });

  it.each(streams)('reads $name the same however it is split', ({ sse }) => {
    const bytes = bytesOf(sse);
    const whole = decode([bytes], 1_000_000);
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: bytes.length }), { maxLength: 30 });

    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...places].sort((x, y) => x - y);
        const pieces = [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        expect(decode(pieces, 1_000_000)).toEqual(whole);
      }),
      { seed: 7, numRuns: 50 },
    );
  });
});
