import { mapCharacters } from './mapCharacters.js';
import type { Token } from './token.js';

/** Which part of a number was read last. */
type NumberState =
  'start' | 'minus' | 'zero' | 'integer' | 'point' | 'fraction' | 'exponentLetter' | 'exponentSign' | 'exponent';

const DIGITS = '0123456789';
const FIRST_DIGITS = '123456789';

/** The state after each accepted character. */
const NEXT: Readonly<Record<NumberState, ReadonlyMap<string, NumberState>>> = {
  start: mapCharacters<NumberState>(['-', 'minus'], ['0', 'zero'], [FIRST_DIGITS, 'integer']),
  minus: mapCharacters<NumberState>(['0', 'zero'], [FIRST_DIGITS, 'integer']),
  zero: mapCharacters<NumberState>(['.', 'point'], ['eE', 'exponentLetter']),
  integer: mapCharacters<NumberState>([DIGITS, 'integer'], ['.', 'point'], ['eE', 'exponentLetter']),
  point: mapCharacters<NumberState>([DIGITS, 'fraction']),
  fraction: mapCharacters<NumberState>([DIGITS, 'fraction'], ['eE', 'exponentLetter']),
  exponentLetter: mapCharacters<NumberState>([DIGITS, 'exponent'], ['+-', 'exponentSign']),
  exponentSign: mapCharacters<NumberState>([DIGITS, 'exponent']),
  exponent: mapCharacters<NumberState>([DIGITS, 'exponent']),
};

/** The states in which a number may end. */
const POSSIBLE_ENDS: ReadonlySet<NumberState> = new Set(['zero', 'integer', 'fraction', 'exponent'] as const);

/** The characters that end a number. They are not part of it. */
const DELIMITERS: ReadonlySet<string> = new Set(' \t\n\r,]}');

/** A number. Only the character after it shows that it has ended. */
export class NumberToken implements Token {
  readonly description = 'a number, true, false or null';
  hasEnded = false;
  #text = '';
  #state: NumberState = 'start';

  /** Whether the text may end after what has been read. */
  get canEnd(): boolean {
    return POSSIBLE_ENDS.has(this.#state);
  }

  get value(): number {
    return Number(this.#text);
  }

  read(fragment: string, from: number): number {
    let at = from;
    let char = fragment.charAt(at);
    let next = NEXT[this.#state].get(char);
    while (next !== undefined) {
      this.#state = next;
      at += 1;
      char = fragment.charAt(at); // empty at the end of the fragment
      next = NEXT[next].get(char);
    }
    this.#text += fragment.slice(from, at);
    this.hasEnded = DELIMITERS.has(char) && this.canEnd;
    return at;
  }
}
