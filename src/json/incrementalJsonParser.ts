import { createAppender } from '../utils/text.js';
import { STATES, type Action, type State } from './grammar.js';
import { unexpectedCharacter, unexpectedEnd, type JsonTextError } from './jsonTextError.js';
import { KeywordToken } from './keywordToken.js';
import { force } from './lazyValue.js';
import { NumberToken } from './numberToken.js';
import { OpenArray, OpenObject, type OpenContainer } from './openContainer.js';
import { StringToken } from './stringToken.js';
import type { Token } from './token.js';

/**
 * Most containers open at once. One more makes the text invalid. The input of a tool is never nested as deeply, and code
 * that recurses over the value later, as `JSON.stringify` does, does not overflow its stack.
 */
const MAX_DEPTH = 1000;

/**
 * Longest text, in UTF-16 code units, including white space. One more makes the text invalid. 16 Mi is about thirty times
 * what a model writes in one message.
 */
const MAX_LENGTH = 16_777_216;

/**
 * - `partial`: the text so far is the beginning of a JSON text.
 * - `complete`: the text is JSON. Only white space can follow.
 * - `truncated`: the text ended before its value did.
 * - `invalid`: no JSON text begins like this, or a limit is exceeded.
 */
export type JsonTextStatus = 'partial' | 'complete' | 'truncated' | 'invalid';

/**
 * Parses a JSON text from fragments that may be split anywhere, and provides its value at any moment.
 *
 *     push      '{"id":1,"na'   'me":"An'            'na","tags":[1'                     '2]}'
 *     value     { id: 1 }       { id: 1, name: 'An' }  { id: 1, name: 'Anna', tags: [] }  { …, tags: [12] }
 *
 * A string is shown as it grows, but never half an escape or half a surrogate pair. A number or keyword is shown once it
 * has ended, an array or object once it opens, and a property once anything of its value is shown. A shown value only
 * grows, unless a key is repeated: then its last value counts. The complete value equals that of `JSON.parse`, which
 * accepts the same texts.
 *
 * Values are immutable and share their unchanged parts: a reference differs from the one before exactly if its content
 * does. Parsing is linear in the length of the text. Reading `value` copies the open containers that have changed since
 * the last reading, one level deep. A wide one (at least 16 properties or 64 items) is copied only when it is looked at:
 * until it closes, the property that holds it is a getter. If the outermost container is wide, each reading copies it.
 *
 * @example
 * const parser = new IncrementalJsonParser();
 * parser.push('{"city":"Pa');
 * parser.value; // { city: 'Pa' }
 * parser.push('ris"}');
 * parser.end();
 * parser.status; // 'complete'
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export class IncrementalJsonParser {
  #text = '';
  readonly #appendToText = createAppender();
  #hasEnded = false;
  /** Why the text is invalid. */
  #fault: JsonTextError | undefined;
  /** Why the text is truncated. */
  #truncation: JsonTextError | undefined;

  /** The outermost container: its only item is the whole value. */
  readonly #root = new OpenArray();
  #innermost: OpenContainer = this.#root;
  #state: State = 'value';

  /** The key, string, number or keyword that has begun and not ended. */
  #token: Token | undefined;

  /** The fragment that is being read. */
  #fragment = '';
  /** The offset of the next character in the fragment. */
  #at = 0;
  /** The offset of the fragment in the text. */
  #fragmentStart = 0;

  get status(): JsonTextStatus {
    if (this.#fault !== undefined) return 'invalid';
    if (this.#state === 'end') return 'complete';
    return this.#hasEnded ? 'truncated' : 'partial';
  }

  /** Whether the text is JSON as far as it has come. */
  get isComplete(): boolean {
    return this.status === 'complete';
  }

  /** Why the text is invalid or truncated. */
  get error(): JsonTextError | undefined {
    return this.#fault ?? this.#truncation;
  }

  /** The text so far, including what was pushed after its end or after an error. */
  get text(): string {
    return this.#text;
  }

  /** The value so far; undefined before anything of it is certain. If truncated or invalid, what was certain before. */
  get value(): unknown {
    const token = this.#token;
    if (token instanceof StringToken && !token.isKey) this.#innermost.setCurrent(token.beginning);
    // The parser only writes to the innermost container, so the containers around an unchanged one are unchanged too.
    for (let inner = this.#innermost; inner.outer !== undefined && inner.hasChanged; inner = inner.outer) {
      inner.outer.setCurrent(inner.snapshot());
    }
    return force(this.#root.read(0));
  }

  /** The innermost open container. The outermost one around it is an array with the whole value as its only item. */
  get innermost(): OpenContainer {
    return this.#innermost;
  }

  /** Continues the text. After an error or `end()`, the fragment is only added to `text`. */
  push(fragment: string): void {
    this.#fragmentStart = this.#text.length;
    this.#text = this.#appendToText(this.#text, fragment);
    if (this.#hasEnded || this.status === 'invalid') return;
    this.#fragment = fragment.slice(0, MAX_LENGTH - this.#fragmentStart);
    this.#at = 0;
    while (this.#at < this.#fragment.length && this.#fault === undefined) {
      if (this.#token === undefined) this.#readBetweenTokens();
      else this.#readToken(this.#token);
    }
    if (this.#text.length > MAX_LENGTH) this.#reject(`no more than ${MAX_LENGTH} UTF-16 code units`);
  }

  /** Ends the text. A number that is the whole value ends with it; any other open value is truncated. */
  end(): void {
    if (this.#hasEnded || this.#fault !== undefined) return;
    this.#hasEnded = true;
    const token = this.#token;
    if (token instanceof NumberToken && token.canEnd && this.#innermost === this.#root) this.#endValue(token.value);
    if (this.#state !== 'end') this.#truncation = unexpectedEnd(this.#text);
  }

  /** Makes the text invalid at the next character, unless it is already. */
  #reject(expected: string): void {
    this.#fault ??= unexpectedCharacter(this.#text, this.#fragmentStart + this.#at, expected);
  }

  #readToken(token: Token): void {
    this.#at = token.read(this.#fragment, this.#at);
    if (token.hasEnded) this.#endToken(token);
    else if (this.#at < this.#fragment.length) this.#reject(token.description);
  }

  #readBetweenTokens(): void {
    const { actions, description } = STATES[this.#state];
    const action = actions.get(this.#fragment.charAt(this.#at));
    if (action === undefined) this.#reject(description);
    else this.#perform(action);
  }

  #perform(action: Action): void {
    switch (action) {
      case 'skip':
        break;
      case 'startKey':
        this.#token = new StringToken(true);
        break;
      case 'startString':
        this.#token = new StringToken(false);
        break;
      case 'startNumber':
        this.#token = new NumberToken();
        return; // the character belongs to the number
      case 'startKeyword':
        this.#token = new KeywordToken();
        return; // the character belongs to the keyword
      case 'openArray':
      case 'openObject':
        if (this.#innermost.depth === MAX_DEPTH) {
          this.#reject(`no more than ${MAX_DEPTH} open arrays and objects`);
          return;
        }
        this.#open(action);
        break;
      case 'closeContainer':
        this.#close();
        break;
      case 'expectKey':
        this.#state = 'key';
        break;
      case 'expectValue':
        this.#state = 'value';
    }
    this.#at += 1;
  }

  #open(action: 'openArray' | 'openObject'): void {
    if (action === 'openArray') {
      this.#innermost = new OpenArray(this.#innermost);
      this.#state = 'valueOrArrayEnd';
    } else {
      this.#innermost = new OpenObject(this.#innermost);
      this.#state = 'keyOrObjectEnd';
    }
  }

  #close(): void {
    const value = this.#innermost.close();
    this.#innermost = this.#innermost.outer ?? this.#root;
    this.#endValue(value);
  }

  #endToken(token: Token): void {
    this.#token = undefined;
    if (token instanceof StringToken && token.isKey && this.#innermost instanceof OpenObject) {
      this.#innermost.moveTo(token.value);
      this.#state = 'colon';
    } else {
      this.#endValue(token.value);
    }
  }

  /** Stores a complete value. */
  #endValue(value: unknown): void {
    const container = this.#innermost;
    container.setCurrent(value);
    if (container instanceof OpenArray) {
      container.moveToNext();
      this.#state = container === this.#root ? 'end' : 'afterItem';
    } else {
      this.#state = 'afterProperty';
    }
  }
}
