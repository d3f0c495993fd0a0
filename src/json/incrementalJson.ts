import { expectAtLeast } from '../utils/options.js';
import { endedItems } from './endedItems.js';
import { jsonReader, type JsonReader } from './jsonReader.js';
import type { JsonTextError } from './jsonTextError.js';

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
  readonly #reader: JsonReader;
  #hasEnded = false;

  constructor({ maxDepth, maxLength }: JsonParserOptions = {}) {
    expectAtLeast(1, 'JsonParser', { maxDepth, maxLength });
    this.#reader = jsonReader(maxDepth, maxLength);
  }

  get state(): JsonParserState {
    if (this.error !== undefined) return 'invalid';
    if (this.#reader.isWhole()) return 'complete';
    return this.#hasEnded ? 'truncated' : 'partial';
  }

  /** The text as it came, also after its end or a fault. */
  get text(): string {
    return this.#reader.text();
  }

  /** Why the state is `invalid`. */
  get error(): JsonTextError | undefined {
    return this.#reader.error();
  }

  /** The value so far, `undefined` before anything of it is certain. When truncated or invalid: what was certain. */
  get value(): unknown {
    return this.#reader.value();
  }

  /** Reads on. Once the text is invalid or has ended, what comes is only kept in `text`. */
  push(fragment: string): void {
    this.#reader.push(fragment);
  }

  /** Says that the text has ended: so does a number that is the whole value; any other open value is truncated. */
  end(): void {
    this.#hasEnded = true;
    this.#reader.end();
  }

  /**
   * The items of the array at `path` that have ended, from the one at index `from` on: whole and never changed again.
   * Costs what they are many, where reading `value` copies the array.
   */
  endedItems(path: readonly (string | number)[], from: number): unknown[] {
    return endedItems(this.#reader.innermost(), path, from);
  }
}
