import type { TextBuffer } from '../bufferText.js';
import { LineBuffer } from '../lineBuffer.js';
import type { GraphemeCutter } from '../segments/graphemes.js';
import { BlockParser } from './blockParser.js';

const LINE_END = /\r?\n$|\r$/;
const NOT_BLANK = /[^ \t\r\n]/;

/**
 * The longest beginning of an incomplete line that is parsed, in UTF-16 code units. It is parsed again with each
 * fragment, and is kept of a line that was emitted in parts, because it is longer than a block may be.
 */
const LONGEST_BEGINNING = 256;

/** Splits Markdown into blocks, each with the blank lines after it. */
export class MarkdownBuffer implements TextBuffer {
  readonly #maxLength: number;
  readonly #emit: (block: string) => void;
  readonly #lines: LineBuffer;
  #parser = new BlockParser();
  /** The complete lines of the block so far. */
  #held = '';
  #lastLineLength = 0;
  /** Whether the lines held back are blank. */
  #isBlank = true;
  /** The beginning of the current line, if it was emitted in parts. */
  #beginning = '';

  /** @param emit - Called with each block. */
  constructor(maxLength: number, cut: GraphemeCutter, emit: (block: string) => void) {
    this.#maxLength = maxLength;
    this.#emit = emit;
    this.#lines = new LineBuffer(maxLength, cut, (text, endsLine) => {
      if (endsLine) this.#addLine(text);
      else this.#emitPart(text);
    });
  }

  add(text: string): void {
    this.#lines.add(text);
    const { line } = this.#lines;
    this.#emitIfFull(line.length);
    if (!this.#isBlank && this.#startsBlock(line)) this.#emitHeld();
  }

  endText(): void {
    this.emitRest();
  }

  emitRest(): void {
    this.#lines.emitRest();
    this.#emitHeld();
    this.drop();
  }

  drop(): void {
    this.#lines.drop();
    this.#parser = new BlockParser();
    this.#held = '';
    this.#lastLineLength = 0;
    this.#isBlank = true;
    this.#beginning = '';
  }

  #addLine(line: string): void {
    this.#emitIfFull(line.length);
    const text = this.#beginning + line.replace(LINE_END, '');
    const start = this.#parser.addLine(text);
    if (start !== 'none' && !this.#isBlank) this.#emitHeld(start === 'previous-line' ? this.#lastLineLength : 0);
    this.#held += line;
    this.#lastLineLength = line.length;
    this.#isBlank &&= !NOT_BLANK.test(line);
    this.#beginning = '';
  }

  /** Whether an incomplete line certainly starts a block. */
  #startsBlock(line: string): boolean {
    if (this.#beginning !== '' || line.length > LONGEST_BEGINNING) return false;
    return !line.endsWith('\r') && this.#parser.startsWith(line);
  }

  /** Emits a part of a line that is longer than a block may be. */
  #emitPart(text: string): void {
    if (this.#beginning === '') this.#beginning = text.slice(0, LONGEST_BEGINNING);
    this.#emitHeld();
    this.#emit(text);
  }

  /** Emits the lines held back if text of that length does not fit into the same piece. */
  #emitIfFull(length: number): void {
    if (this.#held.length + length > this.#maxLength) this.#emitHeld();
  }

  /** Emits the lines held back, except the last `kept` code units. */
  #emitHeld(kept = 0): void {
    const block = this.#held.slice(0, Math.max(0, this.#held.length - kept));
    this.#held = this.#held.slice(block.length);
    this.#isBlank = this.#held === '';
    if (block !== '') this.#emit(block);
  }
}
