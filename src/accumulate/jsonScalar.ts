import { isHighSurrogate } from '../surrogates.js';

/** Returned in place of an index: the character cannot stand where it stands. */
export const REJECTED = -1;

// What an open scalar expects next: the states of the reader, in the words that an error message uses.
const CHARACTER = 'a string without control characters';
const ESCAPE = 'one of "\\/bfnrtu after a backslash';
const HEX_DIGIT = 'four hexadecimal digits after \\u';
const KEYWORD = "'true', 'false' or 'null'";
const AFTER_MINUS = "a digit after '-'";
const AFTER_ZERO = "'.', 'e' or the end of the number";
const IN_INTEGER = "a digit, '.', 'e' or the end of the number";
const AFTER_POINT = "a digit after '.'";
const IN_FRACTION = "a digit, 'e' or the end of the number";
const AFTER_E = "a digit or a sign after 'e'";
const AFTER_SIGN = 'a digit after the sign';
const IN_EXPONENT = 'a digit or the end of the number';
const NUMBER = 'a number';

/** The states of a number: what each goes on to with the character that comes. */
const NUMBER_STEPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [NUMBER]: { '-': AFTER_MINUS, 0: AFTER_ZERO, digit: IN_INTEGER },
  [AFTER_MINUS]: { 0: AFTER_ZERO, digit: IN_INTEGER },
  [AFTER_ZERO]: { '.': AFTER_POINT, e: AFTER_E },
  [IN_INTEGER]: { digit: IN_INTEGER, '.': AFTER_POINT, e: AFTER_E },
  [AFTER_POINT]: { digit: IN_FRACTION },
  [IN_FRACTION]: { digit: IN_FRACTION, e: AFTER_E },
  [AFTER_E]: { digit: IN_EXPONENT, '+': AFTER_SIGN, '-': AFTER_SIGN },
  [AFTER_SIGN]: { digit: IN_EXPONENT },
  [IN_EXPONENT]: { digit: IN_EXPONENT },
};
const NUMBER_END = ' \t\n\r,]}';
const KEYWORDS = ['true', 'false', 'null'];
/** The characters that follow a backslash and, at the same places, those that they stand for. */
const ESCAPES = '"\\/bfnrt';
const ESCAPED = '"\\/\b\f\n\r\t';
const SPACE_CODE = 0x20;
const QUOTE_CODE = 0x22;
const BACKSLASH_CODE = 0x5c;

/** Reads a string, number or keyword at a time, each from fragments that are cut anywhere. */
export class JsonScalar {
  #expected: string | undefined;
  #value: unknown;
  /** The open string so far. */
  #text = '';
  /** The high surrogate at its end, until it is known what follows. */
  #heldBack = '';
  /** The open number, keyword or `\u` escape so far. */
  #token = '';

  /** What can come next in the open scalar; `undefined` when none is open. */
  get expected(): string | undefined {
    return this.#expected;
  }

  /** The scalar that ended last. */
  get value(): unknown {
    return this.#value;
  }

  /** The text so far, without half an escape or surrogate pair, if a string is open. */
  get openText(): string | undefined {
    const isString = this.#expected === CHARACTER || this.#expected === ESCAPE || this.#expected === HEX_DIGIT;
    return isString ? this.#text : undefined;
  }

  /** Opens the scalar that begins with `char`; false if none does. */
  open(char: string): boolean {
    this.#text = '';
    this.#token = char;
    this.#expected = char === '"' ? CHARACTER : stepInNumber(NUMBER, char);
    if (this.#expected === undefined && KEYWORDS.some((word) => word.startsWith(char))) this.#expected = KEYWORD;
    return this.#expected !== undefined;
  }

  /**
   * Reads on in the open scalar, a character or a run of them.
   *
   * @returns The index after what was read, or `REJECTED`. The end of a number is not read: the scalar is closed then.
   */
  read(fragment: string, at: number): number {
    switch (this.#expected) {
      case CHARACTER:
        return this.#readText(fragment, at);
      case ESCAPE:
      case HEX_DIGIT:
      case KEYWORD:
        return this.#accept(fragment.charAt(at)) ? at + 1 : REJECTED;
      default:
        return this.#readNumber(fragment, at);
    }
  }

  /** Closes a number that has no character missing; false for any other scalar. */
  endNumber(): boolean {
    if (NUMBER_STEPS[this.#expected ?? ''] === undefined || !isDigit(this.#token.slice(-1))) return false;
    this.#close(Number(this.#token));
    return true;
  }

  #close(value: unknown): void {
    this.#value = value;
    this.#expected = undefined;
  }

  #readText(fragment: string, start: number): number {
    let at = start;
    while (at < fragment.length && isPlain(fragment.charCodeAt(at))) at++;
    if (at > start) {
      this.#append(fragment.slice(start, at));
      return at;
    }
    const code = fragment.charCodeAt(at);
    if (code < SPACE_CODE) return REJECTED;
    if (code === BACKSLASH_CODE) {
      this.#expected = ESCAPE;
    } else {
      this.#close(this.#text + this.#heldBack);
      this.#heldBack = '';
    }
    return at + 1;
  }

  #append(characters: string): void {
    const text = this.#heldBack + characters;
    const length = text.length - (isHighSurrogate(text.charCodeAt(text.length - 1)) ? 1 : 0);
    this.#text += text.slice(0, length);
    this.#heldBack = text.slice(length);
    this.#expected = CHARACTER;
  }

  /** Takes a character of an escape or keyword; false if it cannot stand there. */
  #accept(char: string): boolean {
    const token = this.#token + char;
    if (this.#expected === KEYWORD) {
      const keyword = KEYWORDS.find((word) => word.startsWith(token));
      if (keyword === token) this.#close(JSON.parse(token));
      else if (keyword === undefined) return false;
    } else if (this.#expected === HEX_DIGIT) {
      if (!/[\da-f]/i.test(char)) return false;
      if (token.length === 4) this.#append(String.fromCharCode(Number.parseInt(token, 16)));
    } else {
      const place = ESCAPES.indexOf(char);
      if (place >= 0) this.#append(ESCAPED.charAt(place));
      else if (char === 'u') this.#expected = HEX_DIGIT;
      else return false;
      this.#token = '';
      return true;
    }
    this.#token = token;
    return true;
  }

  #readNumber(fragment: string, start: number): number {
    let at = start;
    for (let next; at < fragment.length; at++) {
      next = stepInNumber(this.#expected, fragment.charAt(at));
      if (next === undefined) break;
      this.#expected = next;
    }
    this.#token += fragment.slice(start, at);
    if (at > start) return at;
    return NUMBER_END.includes(fragment.charAt(at)) && this.endNumber() ? at : REJECTED;
  }
}

/** Whether a string holds this character as it is: no quote, backslash or control character. */
function isPlain(code: number): boolean {
  return code >= SPACE_CODE && code !== QUOTE_CODE && code !== BACKSLASH_CODE;
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

/** The state after one more character of a number; `undefined` if the number does not go on with it. */
function stepInNumber(state = '', char: string): string | undefined {
  const steps = NUMBER_STEPS[state];
  return steps?.[char] ?? steps?.[isDigit(char) ? 'digit' : char.toLowerCase()];
}
