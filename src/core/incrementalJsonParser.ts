import type { DeepPartial } from '../json/deepPartial.js';
import { IncrementalJsonParser as Parser, type JsonTextStatus } from '../json/incrementalJsonParser.js';
import type { JsonTextError } from '../json/jsonTextError.js';

/**
 * Parses a JSON text from fragments that may be split anywhere, and has its value at any moment. `push` each fragment,
 * read `value` whenever it is shown, and call `end` when the text has ended.
 *
 *     push      '{"id":1,"na'   'me":"An'              'na","tags":[1'                   '2]}'
 *     value     { id: 1 }       { id: 1, name: 'An' }  { id: 1, name: 'Anna', tags: [] }  { …, tags: [12] }
 *
 * `value` includes a string as it grows, but never half an escape or half a surrogate pair. It includes a number or
 * keyword once it has ended, an array or object once it has opened, and a property once part of the property's value is
 * known. Later values only add to earlier ones, unless a key is repeated: its last value then replaces the earlier one.
 *
 * Values are frozen and share their unchanged parts: an array or object is a new one whenever its content has
 * changed. Parsing is linear in the length of the text. Reading `value` copies the open arrays and objects that have
 * changed since it was last read, without what is in them.
 *
 * Accepts the same texts as `JSON.parse`, with two limits: at most 1000 arrays and objects open at once, and 16,777,216
 * UTF-16 code units. A text beyond them is invalid.
 *
 * @example
 * const json = new IncrementalJsonParser<{ city: string }>();
 * for (const fragment of ['{"city":"Pa', 'ris"}']) {
 *   json.push(fragment);
 *   show(json.value?.city); // 'Pa', then 'Paris'
 * }
 * const { city } = json.end(); // throws if the text is not complete JSON
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export class IncrementalJsonParser<T = unknown> {
  readonly #parser = new Parser();

  /** The value so far; undefined until part of it is certain. After an error, the part before it. */
  get value(): DeepPartial<T> | undefined {
    return this.#parser.value as DeepPartial<T> | undefined;
  }

  /**
   * - `partial`: the text so far is the beginning of a JSON text.
   * - `complete`: the text is JSON. Only white space can follow.
   * - `truncated`: `end` was called before the value was complete.
   * - `invalid`: no JSON text begins like this, or a limit is exceeded. Only `text` grows after that.
   */
  get status(): JsonTextStatus {
    return this.#parser.status;
  }

  /** Where and why the text is invalid or truncated; undefined if it is neither. */
  get error(): JsonTextError | undefined {
    return this.#parser.error;
  }

  /** The text so far, as it was pushed. */
  get text(): string {
    return this.#parser.text;
  }

  /**
   * Appends a fragment of the text. Does not throw: if the text is not JSON, `status` is `invalid` from then on. After
   * `end`, a fragment is only added to `text`.
   *
   * @param fragment - Any part of the text, also an empty one.
   */
  push(fragment: string): void {
    this.#parser.push(fragment);
  }

  /**
   * Ends the text, and returns its value, which equals that of `JSON.parse`. The type `T` is not checked.
   *
   * @throws {JsonTextError} If the text is invalid or truncated. `value` still has the part before that.
   */
  end(): T {
    this.#parser.end();
    if (this.#parser.error !== undefined) throw this.#parser.error;
    return this.#parser.value as T;
  }
}
