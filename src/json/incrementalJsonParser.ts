import { createAppender } from '../utils/text.js';
import { STATES, type Action, type State } from './grammar.js';
import {
  nestedTooDeeply,
  textTooLong,
  unexpectedCharacter,
  unexpectedEnd,
  type JsonTextError,
} from './jsonTextError.js';
import { KeywordToken } from './keywordToken.js';
import { force } from './lazyValue.js';
import { MAX_DEPTH, MAX_LENGTH, MAX_PIECE } from './limits.js';
import { NumberToken } from './numberToken.js';
import { OpenArray, OpenObject, type OpenContainer } from './openContainer.js';
import { StringToken } from './stringToken.js';
import type { Token } from './token.js';

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
 * `value` includes a string as it grows, but never half an escape or half a surrogate pair. It includes a number or
 * keyword once it has ended, an array or object once it has opened, and a property once part of the property's value is
 * known. Later values only add to earlier ones, unless a key is repeated: its last value then replaces the earlier one.
 * The complete value equals the result of `JSON.parse`, which accepts the same texts, apart from the limits on depth
 * and length.
 *
 * Values are frozen and share their unchanged parts: an array or object is a new one whenever its content has
 * changed. Parsing is linear in the length of the text. Reading `value` makes a shallow copy of each open container
 * that has changed since `value` was last read. A wide container (at least 16 properties or 64 items) is copied only
 * when it is read itself: until it closes, the property that holds it is a getter. If the outermost container is wide,
 * reading `value` copies it, and `snapshot` postpones that.
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

  /** The outermost container: its only item is the top-level value. */
  readonly #root = new OpenArray();
  #innermost: OpenContainer = this.#root;
  #state: State = 'value';

  /** The key, string, number or keyword that has begun but not ended. */
  #token: Token | undefined;

  /** The piece of a fragment that is being read. */
  #piece = '';
  /** The offset of the next character in the piece. */
  #at = 0;
  /** The offset of the piece in the text. */
  #pieceStart = 0;

  get status(): JsonTextStatus {
    if (this.#fault !== undefined) return 'invalid';
    if (this.#state === 'end') return 'complete';
    return this.#hasEnded ? 'truncated' : 'partial';
  }

  /** Whether the text so far is complete JSON. */
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

  /**
   * The value so far; undefined until part of it is certain. If the text is truncated or invalid, the part that is
   * certain.
   */
  get value(): unknown {
    return force(this.snapshot);
  }

  /**
   * `value`, or a function that computes it when it is first called, if the outermost container is wide. It is a new
   * one whenever the value has changed.
   */
  get snapshot(): unknown {
    const token = this.#token;
    if (token instanceof StringToken && !token.isKey) this.#innermost.setCurrent(token.beginning);
    // The parser only writes to the innermost container, so the containers around an unchanged one are unchanged too.
    for (let inner = this.#innermost; inner.outer !== undefined && inner.hasChanged; inner = inner.outer) {
      inner.outer.setCurrent(inner.snapshot());
    }
    return this.#root.read(0);
  }

  /**
   * The innermost open container. The outermost one around it is an array with the top-level value as its only item.
   */
  get innermost(): OpenContainer {
    return this.#innermost;
  }

  /** Appends a fragment to the text. After an error or `end()`, the fragment is only added to `text`. */
  push(fragment: string): void {
    const start = this.#text.length;
    this.#text = this.#appendToText(this.#text, fragment);
    if (this.#hasEnded || this.status === 'invalid') return;
    const length = Math.min(fragment.length, MAX_LENGTH - start);
    for (let at = 0; at < length && this.#fault === undefined; at += MAX_PIECE) {
      this.#readPiece(start + at, fragment.slice(at, Math.min(at + MAX_PIECE, length)));
    }
    if (this.#text.length > MAX_LENGTH) this.#fault ??= textTooLong(this.#text, MAX_LENGTH);
  }

  /** Ends the text. A number at the top level ends with the text; any other open value is truncated. */
  end(): void {
    if (this.#hasEnded || this.#fault !== undefined) return;
    this.#hasEnded = true;
    const token = this.#token;
    if (token instanceof NumberToken && token.canEnd && this.#innermost === this.#root) this.#endValue(token.value);
    if (this.#state !== 'end') this.#truncation = unexpectedEnd(this.#text);
  }

  /** Makes the text invalid at the next character, unless it already is invalid. */
  #reject(expected: string): void {
    this.#fault ??= unexpectedCharacter(this.#text, this.#pieceStart + this.#at, expected);
  }

  /** Reads a piece of a fragment, which begins at an offset of the text. */
  #readPiece(start: number, piece: string): void {
    this.#pieceStart = start;
    this.#piece = piece;
    this.#at = 0;
    while (this.#at < piece.length && this.#fault === undefined) {
      if (this.#token === undefined) this.#readBetweenTokens();
      else this.#readToken(this.#token);
    }
  }

  #readToken(token: Token): void {
    this.#at = token.read(this.#piece, this.#at);
    if (token.hasEnded) this.#endToken(token);
    else if (this.#at < this.#piece.length) this.#reject(token.description);
  }

  #readBetweenTokens(): void {
    const { actions, description } = STATES[this.#state];
    const action = actions.get(this.#piece.charAt(this.#at));
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
          this.#fault = nestedTooDeeply(this.#text, this.#pieceStart + this.#at, MAX_DEPTH);
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
