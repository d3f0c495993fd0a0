import { Fifo } from '../../../utils/fifo.js';
import { isHighSurrogate } from '../../../utils/text.js';
import { LONGEST_CHARACTER, type FindCharacter } from '../findCharacter.js';

/** How much of the text that waits is to be emitted. */
export interface Portion {
  /** The units whose turn has come: at least 1. */
  readonly due: number;
  /** The units that would be late otherwise. */
  readonly overdue: number;
  /** Whether no more text follows. */
  readonly isLast: boolean;
}

/** Text that waits until it is emitted. It is counted in units, of which the pace emits so many per ms. */
export interface WaitingText {
  /** The number of units that wait. */
  readonly size: number;
  /** Adds text that is not empty. Returns its number of units. */
  add(text: string): number;
  /** Removes the next text, and returns it with its number of units; undefined if it has to wait for more text. */
  take(portion: Portion): { readonly text: string; readonly size: number } | undefined;
  /** Removes everything, and returns it. */
  takeAll(): readonly string[];
}

/** Fragments that are emitted as they are. A unit is a fragment. */
export class WaitingFragments implements WaitingText {
  #fragments = new Fifo<string>();

  get size(): number {
    return this.#fragments.length;
  }

  add(text: string): number {
    this.#fragments.push(text);
    return 1;
  }

  take(): { readonly text: string; readonly size: number } | undefined {
    const first = this.#fragments.shift();
    return first === undefined ? undefined : { text: first.value, size: 1 };
  }

  takeAll(): readonly string[] {
    const all: string[] = [];
    for (let next = this.#fragments.shift(); next !== undefined; next = this.#fragments.shift()) all.push(next.value);
    return all;
  }
}

/** Characters that are emitted in any number, but never split. A unit is a UTF-16 code unit. */
export class WaitingCharacters implements WaitingText {
  readonly #find: FindCharacter;
  /** The text that comes next. Starts with a character. */
  #head = '';
  /** The fragments after it. */
  readonly #rest = new Fifo<string>();
  #size = 0;

  constructor(find: FindCharacter) {
    this.#find = find;
  }

  get size(): number {
    return this.#size;
  }

  add(text: string): number {
    this.#rest.push(text);
    this.#size += text.length;
    return text.length;
  }

  take({ due, overdue, isLast }: Portion): { readonly text: string; readonly size: number } | undefined {
    const wanted = Math.max(due, overdue);
    this.#fillHead(wanted + LONGEST_CHARACTER); // to find the end of the last character
    // Half a surrogate pair at the end of the text waits for the other half, however long that takes.
    const hasHalf = !isLast && isHighSurrogate(this.#head.charCodeAt(this.#size - 1));
    const text = hasHalf ? this.#head.slice(0, -1) : this.#head;
    const isComplete = isLast || this.#rest.length > 0;
    const size = Math.max(this.#endAt(text, wanted, isComplete), this.#endAt(text, overdue, true));
    if (size === 0) return undefined;
    this.#head = this.#head.slice(size);
    this.#size -= size;
    return { text: text.slice(0, size), size };
  }

  takeAll(): readonly string[] {
    this.#fillHead(Infinity);
    const text = this.#head;
    this.#head = '';
    this.#size = 0;
    return text === '' ? [] : [text];
  }

  /**
   * The end of the character that reaches this number of units. If it is at the end of the text, and the text is not
   * complete, the next fragment may belong to it: then its start.
   */
  #endAt(text: string, units: number, isComplete: boolean): number {
    const last = Math.min(units, text.length) - 1;
    if (last < 0) return 0;
    const { start, end } = this.#find(text, last);
    return end === text.length && !isComplete ? start : end;
  }

  /** Moves fragments to the head until it has this length. They are joined in one step. */
  #fillHead(length: number): void {
    if (this.#head.length >= length || this.#rest.length === 0) return;
    const texts = [this.#head];
    let filled = this.#head.length;
    for (let next = this.#rest.shift(); next !== undefined; next = filled < length ? this.#rest.shift() : undefined) {
      texts.push(next.value);
      filled += next.value.length;
    }
    this.#head = texts.join('');
  }
}
