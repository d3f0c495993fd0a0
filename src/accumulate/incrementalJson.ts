import { expectAtLeast } from '../expectAtLeast.js';
import { JsonScalar, REJECTED } from './jsonScalar.js';
import { JsonTree } from './jsonTree.js';

export interface JsonParserOptions {
  /**
   * Most containers open at once; one more makes the text invalid. Default 1000: far deeper than a tool's input is
   * nested, and shallow enough for what recurses over the value later, as `JSON.stringify` does.
   */
  maxDepth?: number;
  /**
   * Longest text, in UTF-16 code units with white space; one more makes the text invalid. Default 16 777 216 (16 Mi):
   * about thirty times what a model writes in one message.
   */
  maxLength?: number;
}

/**
 * - `partial`: the text can go on.
 * - `complete`: the value has ended; only white space can follow.
 * - `truncated`: the text ended before its value did.
 * - `invalid`: no JSON text begins like this, or a limit is passed; `error` says where.
 */
export type JsonParserState = 'partial' | 'complete' | 'truncated' | 'invalid';

const EXCERPT_LENGTH = 32;

/** A text that is not JSON, or passes a limit: the first character that cannot stand where it stands. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  /**
   * @param found - The character, as the message names it.
   * @param position - Its offset in the whole text, in UTF-16 code units.
   * @param expected - What could have stood there.
   * @param excerpt - The text up to and with the character, the last 32 code units of it at most.
   */
  constructor(
    found: string,
    readonly position: number,
    expected: string,
    readonly excerpt: string,
  ) {
    const ellipsis = position < EXCERPT_LENGTH ? '' : '…';
    super(`Unexpected ${found} at position ${position}, expected ${expected}: ${ellipsis}${excerpt}`);
  }
}

// What the parser expects outside of a scalar: its states, in the words that an error message uses.
const VALUE = 'a value';
const VALUE_OR_END = "a value or ']'";
const KEY = 'a key in double quotes';
const KEY_OR_END = "a key in double quotes or '}'";
const COLON = "':'";
const AFTER_ITEM = "',' or ']'";
const AFTER_PROPERTY = "',' or '}'";
const WHITE_SPACE = 'only white space after the value';

/**
 * Reads a JSON text from fragments that are cut anywhere, and has its value at any moment.
 *
 *     push      '{"id":1,"na'   'me":"An'            'na","tags":[1'                   '2]}'
 *     value     { id: 1 }       { id: 1, name: 'An' }  { id: 1, name: 'Anna', tags: [] }  { …, tags: [12] }
 *
 * A string is shown while it grows, but never half an escape or half a surrogate pair; a number or keyword when it has
 * ended; an array or object when it opens; a property when something of its value is shown. What is shown only grows,
 * except where a key comes twice: its last value counts. `JSON.parse` takes the same texts and has the same values.
 *
 * Values are immutable and share what they have in common: a reference differs from the one before exactly where the
 * content does. A fragment costs what it is long. Reading `value` copies, one level deep, the open containers that
 * changed since the last reading; a wide one (16 properties, 64 items) only when it is looked at: the property that holds
 * it is a getter until it closes. A wide value that is itself the whole text is copied each time.
 *
 * @throws {RangeError} When constructed, if `maxDepth` or `maxLength` is below 1 or not a number.
 * @example
 * const parser = new JsonParser();
 * parser.push('{"city":"Pa');
 * parser.value; // { city: 'Pa' }
 * parser.push('ris"}');
 * parser.end();
 * parser.state; // 'complete'
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export class JsonParser {
  readonly #maxDepth: number;
  readonly #maxLength: number;
  readonly #tree = new JsonTree();
  readonly #scalar = new JsonScalar();
  #expected = VALUE;
  #text = '';
  #hasEnded = false;
  #error: JsonTextError | undefined;

  constructor({ maxDepth = 1000, maxLength = 16_777_216 }: JsonParserOptions = {}) {
    expectAtLeast(1, 'JsonParser', { maxDepth, maxLength });
    this.#maxDepth = maxDepth;
    this.#maxLength = maxLength;
  }

  get state(): JsonParserState {
    if (this.#error !== undefined) return 'invalid';
    if (this.#expected === WHITE_SPACE) return 'complete';
    return this.#hasEnded ? 'truncated' : 'partial';
  }

  /** The text as it came, also after its end or a fault. */
  get text(): string {
    return this.#text;
  }

  /** Why the state is `invalid`. */
  get error(): JsonTextError | undefined {
    return this.#error;
  }

  /** The value so far, `undefined` before anything of it is certain. When truncated or invalid: what was certain. */
  get value(): unknown {
    const text = this.#scalar.openText;
    if (text !== undefined && !this.#isAtKey()) this.#tree.set(text);
    return this.#tree.value;
  }

  /**
   * The items of the array at `path` that have ended, from the one at index `from` on: whole and never changed again.
   * Costs what they are many, where reading `value` copies the array.
   */
  endedItems(path: readonly (string | number)[], from: number): unknown[] {
    return this.#tree.endedItems(path, from, this.#expected === AFTER_ITEM);
  }

  /** Reads on. Once the text is invalid or has ended, what comes is only kept in `text`. */
  push(fragment: string): void {
    const start = this.#text.length;
    this.#text += fragment;
    if (this.#hasEnded || this.#error !== undefined) return;
    const allowed = fragment.slice(0, this.#maxLength - start);
    let at = 0;
    while (at < allowed.length) {
      const next = this.#read(allowed, at);
      if (next === REJECTED) {
        this.#reject(start + at, this.#scalar.expected ?? this.#expected);
        return;
      }
      at = next;
    }
    if (allowed.length < fragment.length) {
      this.#reject(this.#maxLength, `no more than ${this.#maxLength} code units (maxLength)`);
    }
  }

  /** Says that the text has ended: so does a number that is the whole value; any other open value is truncated. */
  end(): void {
    if (this.#error !== undefined) return;
    this.#hasEnded = true;
    if (this.#tree.depth === 0 && this.#scalar.endNumber()) this.#endScalar();
  }

  #reject(position: number, expected: string): void {
    const char = this.#text.charAt(position);
    const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const found = char >= ' ' && char <= '~' ? `'${char}'` : `U+${code}`;
    const excerpt = this.#text.slice(0, position + 1).slice(-EXCERPT_LENGTH);
    this.#error = new JsonTextError(found, position, expected, excerpt);
  }

  /** Reads one character or a run of them; returns the index after them, or `REJECTED`. */
  #read(fragment: string, at: number): number {
    const { expected } = this.#scalar;
    if (expected === undefined) return this.#accept(fragment.charAt(at)) ? at + 1 : REJECTED;
    const next = this.#scalar.read(fragment, at);
    if (this.#scalar.expected === undefined) this.#endScalar();
    return next;
  }

  /** Takes one character outside of a scalar; false if it cannot stand there. */
  #accept(char: string): boolean {
    const expected = this.#expected;
    switch (char) {
      case ' ':
      case '\n':
      case '\t':
      case '\r':
        return true;
      case ']':
        return (expected === VALUE_OR_END || expected === AFTER_ITEM) && this.#close();
      case '}':
        return (expected === KEY_OR_END || expected === AFTER_PROPERTY) && this.#close();
      case ':':
        return expected === COLON && this.#expect(VALUE);
      case ',':
        if (expected === AFTER_ITEM) this.#tree.moveTo();
        else if (expected !== AFTER_PROPERTY) return false;
        return this.#expect(expected === AFTER_ITEM ? VALUE : KEY);
    }
    if (expected === VALUE || expected === VALUE_OR_END) return this.#open(char);
    return this.#isAtKey() && char === '"' && this.#scalar.open(char);
  }

  #open(char: string): boolean {
    if (char !== '[' && char !== '{') return this.#scalar.open(char);
    if (this.#tree.depth >= this.#maxDepth) {
      this.#expected = `no more than ${this.#maxDepth} open containers (maxDepth)`;
      return false;
    }
    this.#tree.open(char === '[');
    return this.#expect(char === '[' ? VALUE_OR_END : KEY_OR_END);
  }

  #close(): true {
    this.#tree.close();
    return this.#expectAfterValue();
  }

  #endScalar(): void {
    const { value } = this.#scalar;
    if (this.#isAtKey()) {
      this.#tree.moveTo(String(value));
      this.#expect(COLON);
    } else {
      this.#tree.set(value);
      this.#expectAfterValue();
    }
  }

  #isAtKey(): boolean {
    return this.#expected === KEY || this.#expected === KEY_OR_END;
  }

  #expectAfterValue(): true {
    if (this.#tree.depth === 0) return this.#expect(WHITE_SPACE);
    return this.#expect(this.#tree.isInArray ? AFTER_ITEM : AFTER_PROPERTY);
  }

  #expect(expected: string): true {
    this.#expected = expected;
    return true;
  }
}
