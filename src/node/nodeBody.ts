import { finished, type Readable } from 'node:stream';
import type { BodyReader, ReadableBody } from '../source/responseLike.js';
import { Fifo } from '../utils/fifo.js';

/** How many bytes may wait to be read before the stream is paused. */
const HIGH_WATER_MARK = 65_536;

/** A chunk, or the end. */
type Result = Awaited<ReturnType<BodyReader['read']>>;

/**
 * A Node stream as the body of a response, with the one reader that it can have.
 *
 * The stream flows: a chunk is passed on inside its `data` event if it is waited for, which costs one promise. The
 * stream's own async iterator would keep the chunk until a later tick.
 */
export class NodeBody implements ReadableBody, BodyReader {
  readonly #stream: Readable;
  readonly #chunks = new Fifo<Uint8Array>();
  /** How many bytes wait to be read. */
  #bytes = 0;
  /** Resolves the read that waits. */
  #resolve: ((result: Result | Promise<Result>) => void) | undefined;
  #isFlowing = false;
  #end: { readonly error: Error | undefined } | undefined;
  #isLocked = false;

  /**
   * @param toError - Returns what a read rejects with if the stream fails.
   * @param onClose - Called when the stream has ended, in whatever way.
   */
  constructor(stream: Readable, toError: (cause: Error) => Error, onClose: () => void) {
    this.#stream = stream;
    // Its listeners remain, so an error that nobody waits for is not thrown.
    finished(stream, { writable: false }, (cause) => {
      this.#end = { error: cause ? toError(cause) : undefined };
      onClose();
      this.#resolve?.(this.#result());
    });
  }

  /** Whether a reader was taken, so that the body cannot be read again. */
  get locked(): boolean {
    return this.#isLocked;
  }

  getReader(): BodyReader {
    this.#isLocked = true;
    return this;
  }

  read(): Promise<Result> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.value.byteLength;
      if (this.#bytes === 0) this.#stream.resume();
      return Promise.resolve(chunk);
    }
    if (this.#end !== undefined) return this.#result();
    if (!this.#isFlowing) {
      this.#isFlowing = true;
      this.#stream.on('data', this.#onData);
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Destroys the stream, which closes its connection unless the response has ended. */
  cancel(): Promise<void> {
    this.#isLocked = true;
    this.#stream.destroy();
    return Promise.resolve();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    const resolve = this.#resolve;
    if (resolve !== undefined) {
      this.#resolve = undefined;
      resolve({ value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes >= HIGH_WATER_MARK) this.#stream.pause();
  };

  /** What a read returns once the stream has ended. */
  #result(): Promise<Result> {
    const error = this.#end?.error;
    return error === undefined ? Promise.resolve({ done: true }) : Promise.reject(error);
  }
}
