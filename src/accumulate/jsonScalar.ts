/** Returned in place of an index: the character cannot stand where it stands. */
export const REJECTED = -1;

// What a scalar expects next: the states of the reader, in the words that an error message uses.
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

const CAN_END: ReadonlySet<string> = new Set([AFTER_ZERO, IN_INTEGER, IN_FRACTION, IN_EXPONENT]);
const KEYWORDS = ['true', 'false', 'null'];
const NUMBER_END = ' \t\n\r,]}';
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const SPACE_CODE = 0x20;
const QUOTE_CODE = 0x22;
const BACKSLASH_CODE = 0x5c;

/** Reads a string, number or keyword at a time, each from fragments that are cut anywhere. */
export class JsonScalar {
  #expected: string | undefined;
  #value: string | number | boolean | null = null;
  /** The open string so far. */
  #text = '';
  /** The high surrogate at its end, until it is known what follows. */
  #heldBack = '';
  /** The open number, keyword or `\u` escape so far. */
  #token = '';
  #keyword = '';

  isOpen(): boolean {
    return this.#expected !== undefined;
  }

  /** What can come next in the open scalar; `undefined` when none is open. */
  get expected(): string | undefined {
    return this.#expected;
  }

  /** The scalar that ended last. */
  get value(): string | number | boolean | null {
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
    if (char === '"') this.#expected = CHARACTER;
    else if (char === '-') this.#expected = AFTER_MINUS;
    else if (char === '0') this.#expected = AFTER_ZERO;
    else if (isDigit(char)) this.#expected = IN_INTEGER;
    else {
      const keyword = KEYWORDS.find((word) => word.startsWith(char));
      if (keyword === undefined) return false;
      this.#keyword = keyword;
      this.#expected = KEYWORD;
    }
    return true;
  }

  /**
   * Reads on in the open scalar, a character or a run of them.
   *
   * @returns The index after what was read, or `REJECTED`. The end of a number is not read: the scalar is closed then.
   */
  read(fragment: string, at: number, end: number): number {
    switch (this.#expected) {
      case CHARACTER:
        return this.#readText(fragment, at, end);
      case ESCAPE:
        return this.#acceptEscape(fragment.charAt(at)) ? at + 1 : REJECTED;
      case HEX_DIGIT:
        return this.#acceptHexDigit(fragment.charAt(at)) ? at + 1 : REJECTED;
      case KEYWORD:
        return this.#acceptLetter(fragment.charAt(at)) ? at + 1 : REJECTED;
      default:
        return this.#readNumber(fragment, at, end);
    }
  }

  /** Closes a number that has no character missing; false for any other scalar. */
  endNumber(): boolean {
    if (!CAN_END.has(this.#expected ?? '')) return false;
    this.#close(Number(this.#token));
    return true;
  }

  #close(value: string | number | boolean | null): void {
    this.#value = value;
    this.#expected = undefined;
  }

  #readText(fragment: string, start: number, end: number): number {
    let at = start;
    while (at < end && isPlain(fragment.charCodeAt(at))) at++;
    if (at > start) {
      this.#append(fragment.slice(start, at));
      return at;
    }
    switch (fragment.charCodeAt(at)) {
      case QUOTE_CODE:
        this.#close(this.#text + this.#heldBack);
        this.#heldBack = '';
        return at + 1;
      case BACKSLASH_CODE:
        this.#expected = ESCAPE;
        return at + 1;
      default:
        return REJECTED;
    }
  }

  #append(characters: string): void {
    const text = this.#heldBack + characters;
    const last = text.charCodeAt(text.length - 1);
    const length = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
    this.#text += text.slice(0, length);
    this.#heldBack = text.slice(length);
  }

  #acceptEscape(char: string): boolean {
    if (char === 'u') {
      this.#token = '';
      this.#expected = HEX_DIGIT;
      return true;
    }
    const character = ESCAPED.get(char);
    if (character === undefined) return false;
    this.#append(character);
    this.#expected = CHARACTER;
    return true;
  }

  #acceptHexDigit(char: string): boolean {
    if (!/[\da-f]/i.test(char)) return false;
    this.#token += char;
    if (this.#token.length === 4) {
      this.#append(String.fromCharCode(Number.parseInt(this.#token, 16)));
      this.#expected = CHARACTER;
    }
    return true;
  }

  #acceptLetter(char: string): boolean {
    if (char !== this.#keyword.charAt(this.#token.length)) return false;
    this.#token += char;
    if (this.#token === this.#keyword) this.#close(this.#keyword === 'null' ? null : this.#keyword === 'true');
    return true;
  }

  #readNumber(fragment: string, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const next = nextInNumber(this.#expected, fragment.charAt(at));
      if (next === undefined) {
        this.#token += fragment.slice(start, at);
        if (at > start) return at;
        return NUMBER_END.includes(fragment.charAt(at)) && this.endNumber() ? at : REJECTED;
      }
      this.#expected = next;
    }
    this.#token += fragment.slice(start, end);
    return end;
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
function nextInNumber(state: string | undefined, char: string): string | undefined {
  switch (state) {
    case AFTER_MINUS:
      if (char === '0') return AFTER_ZERO;
      return isDigit(char) ? IN_INTEGER : undefined;
    case AFTER_POINT:
      return isDigit(char) ? IN_FRACTION : undefined;
    case AFTER_E:
      if (char === '+' || char === '-') return AFTER_SIGN;
      return isDigit(char) ? IN_EXPONENT : undefined;
    case AFTER_SIGN:
      return isDigit(char) ? IN_EXPONENT : undefined;
  }
  if (isDigit(char)) return state === AFTER_ZERO ? undefined : state;
  if (char === '.' && (state === AFTER_ZERO || state === IN_INTEGER)) return AFTER_POINT;
  return (char === 'e' || char === 'E') && state !== IN_EXPONENT ? AFTER_E : undefined;
}
