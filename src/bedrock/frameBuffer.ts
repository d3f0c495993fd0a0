/** The length of a frame is in its first bytes, and a frame is at least this long: prelude, checksum of it, checksum. */
const LENGTH_BYTES = 4;
const LEAST_BYTES = 16;

/** Splits bytes, which may begin and end anywhere, into the frames of an AWS event stream. */
export class FrameBuffer {
  readonly #maxBytes: number;
  /** What has arrived of the frame that is not complete. */
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds bytes. Yields each frame that is complete now. Linear in the length, however small the pieces are.
   *
   * @throws {RangeError} If a frame says that it is longer than the limit, or too short to be one.
   */
  *push(bytes: Uint8Array): Generator<Uint8Array, void> {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    while (this.#length >= LENGTH_BYTES) {
      const length = this.#frameLength();
      if (this.#length < length) return;
      const all = this.#joined();
      const rest = all.subarray(length);
      this.#pieces = rest.length === 0 ? [] : [rest];
      this.#length = rest.length;
      yield all.subarray(0, length);
    }
  }

  #frameLength(): number {
    let [first = new Uint8Array()] = this.#pieces;
    if (first.length < LENGTH_BYTES) first = this.#joined();
    const length = new DataView(first.buffer, first.byteOffset, first.byteLength).getUint32(0);
    if (length < LEAST_BYTES || length > this.#maxBytes) {
      throw new RangeError(`A frame says that it is ${length} bytes long, not ${LEAST_BYTES} to ${this.#maxBytes}.`);
    }
    return length;
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    if (only !== undefined && this.#pieces.length === 1) return only;
    const all = new Uint8Array(this.#length);
    let offset = 0;
    for (const piece of this.#pieces) {
      all.set(piece, offset);
      offset += piece.length;
    }
    this.#pieces = [all];
    return all;
  }
}
