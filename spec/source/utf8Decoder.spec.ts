/** A `TextDecoder` with `{ stream: true }` is the oracle. */
import fc from 'fast-check';
import { Utf8Decoder } from '../../src/source/utf8Decoder.js';
import { streams } from '../fixtures/streams.js';
import { bytesOf } from './support/bodies.js';

function decode(chunks: readonly Uint8Array[]): string[] {
  const decoder = new Utf8Decoder();
  return [...chunks.map((chunk) => decoder.push(chunk)), decoder.flush()];
}

function decodeAsStream(chunks: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder();
  return [...chunks.map((chunk) => decoder.decode(chunk, { stream: true })), decoder.decode()];
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Chunks that begin and end with parts of characters, valid or not, and with byte order marks. */
const chunk = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'data: {}\n\n', '', 'é', '世界', '😀').map((text) => [...bytesOf(text)]),
      fc.constantFrom([0xe4], [0xb8, 0x96], [0xf0, 0x9f], [0x98], [0x80], [0xff], [0xc0, 0xaf], BYTE_ORDER_MARK),
      fc.constantFrom([0xef], [0xbb], [0xbf]),
    ),
    { maxLength: 5 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

describe('Utf8Decoder', () => {
  it('decodes each of any chunks as a streaming TextDecoder does', () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
        expect(decode(chunks)).toEqual(decodeAsStream(chunks));
      }),
      { seed: 5, numRuns: 5000 },
    );
  });

  it.each(streams)('decodes the recorded stream "$name", split at any two places', ({ sse }) => {
    const bytes = bytesOf(sse);
    const place = fc.nat({ max: bytes.length });

    fc.assert(
      fc.property(place, place, (one, other) => {
        const [first, second] = one < other ? [one, other] : [other, one];
        const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(decode(chunks)).toEqual(decodeAsStream(chunks));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('removes a byte order mark at the start of the stream only, also after ASCII', () => {
    const mark = Uint8Array.from(BYTE_ORDER_MARK);
    const marked = Uint8Array.from([...BYTE_ORDER_MARK, 0x61]);

    expect(decode([mark, marked, marked])).toEqual(['', '\ufeffa', '\ufeffa', '']);
    expect(decode([bytesOf('a'), marked])).toEqual(['a', '\ufeffa', '']);
  });
});
