import { pipeline, Transform, type Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { readPath } from '../utils/inspect.js';

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;

/** Emits at once what can be decoded, and accepts a body that ends early: the decoder of the events reports that. */
const GZIP = { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH };
const BROTLI = { flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH };

/** The values of `content-encoding` that can be decoded. */
const DECODERS: ReadonlyMap<string, () => Transform | undefined> = new Map([
  ['gzip', () => zlib.createGunzip(GZIP)],
  ['x-gzip', () => zlib.createGunzip(GZIP)],
  ['deflate', () => zlib.createInflate(GZIP)],
  ['br', () => zlib.createBrotliDecompress(BROTLI)],
  ['zstd', createZstdDecoder],
]);

/**
 * Decodes a body.
 *
 * @param encoding - The `content-encoding` header. A body with an unknown coding is returned as it is, as `fetch` does.
 */
export function decompress(body: Readable, encoding: string | null): Readable {
  const codings = (encoding ?? '').toLowerCase().split(',').reverse();
  let decoded = body;
  for (const coding of codings) {
    const decoder = DECODERS.get(coding.trim())?.();
    if (decoder === undefined) return decoded;
    decoded = pipeline(decoded, decoder, ignore);
  }
  return decoded;
}

/** Returns undefined before Node 22.15. */
function createZstdDecoder(): Transform | undefined {
  const create = readPath(zlib, 'createZstdDecompress');
  const decoder: unknown = typeof create === 'function' ? Reflect.apply(create, zlib, []) : undefined;
  return decoder instanceof Transform ? decoder : undefined;
}

/** Handles the error of a pipeline, which is also an error of its last stream. */
function ignore(): void {
  // The reader of that stream reports it.
}
