import { isHighSurrogate } from '../../utils/text.js';
import type { TextBuffer } from './bufferText.js';
import type { GraphemeCutter } from './segments/graphemes.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Splits text into lines, each with its line end. */
export class LineBuffer implements TextBuffer {
  readonly #maxLength: number;
  readonly #cut: GraphemeCutter;
  readonly #emit: (text: string, endsLine: boolean) => void;
  /** The line so far, which may end with a carriage return. */
  #line = '';
  #endsWithReturn = false;

  /**
   * @param emit - Called with each line. A line longer than `maxLength` is emitted in several parts, of which only the
   * last one ends it.
   */
  constructor(maxLength: number, cut: GraphemeCutter, emit: (text: string, endsLine: boolean) => void) {
    this.#maxLength = maxLength;
    this.#cut = cut;
    this.#emit = emit;
  }

  /** The line so far, without the parts that were emitted. */
  get line(): string {
    return this.#line;
  }

  add(text: string): void {
    if (text === '') return;
    let start = 0;
    if (this.#endsWithReturn) {
      start = text.startsWith('\n') ? 1 : 0;
      this.#endLine(text.slice(0, start));
    }
    for (let end = findLineEnd(text, start); end > 0; end = findLineEnd(text, start)) {
      this.#endLine(text.slice(start, end));
      start = end;
    }
    const rest = text.slice(start);
    this.#line += rest;
    this.#endsWithReturn = rest.endsWith('\r');
    if (this.#line.length > this.#maxLength) this.#emitParts(rest);
  }

  endText(): void {
    this.emitRest();
  }

  emitRest(): void {
    if (this.#line !== '') this.#endLine('');
  }

  drop(): void {
    this.#line = '';
    this.#endsWithReturn = false;
  }

  #endLine(rest: string): void {
    let line = this.#line + rest;
    this.drop();
    while (line.length > this.#maxLength) {
      const end = this.#cut(line, this.#maxLength);
      this.#emit(line.slice(0, end), false);
      line = line.slice(end);
    }
    this.#emit(line, true);
  }

  /** Emits the parts of the line that are full. A surrogate pair after a part decides with it where the part ends. */
  #emitParts(added: string): void {
    const isHalf = isHighSurrogate(added.charCodeAt(added.length - 1));
    while (this.#line.length > this.#maxLength + (isHalf ? 1 : 0)) {
      const end = this.#cut(this.#line, this.#maxLength);
      const part = this.#line.slice(0, end);
      this.#line = this.#line.slice(end);
      this.#emit(part, false);
    }
  }
}

/** Where the line ends, or 0 if it does not: a carriage return at the end of the text waits for what follows it. */
function findLineEnd(text: string, start: number): number {
  for (let i = start; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === LINE_FEED) return i + 1;
    if (code !== CARRIAGE_RETURN || i + 1 === text.length) continue;
    return text.charCodeAt(i + 1) === LINE_FEED ? i + 2 : i + 1;
  }
  return 0;
}
