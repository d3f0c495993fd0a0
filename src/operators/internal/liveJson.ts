import { JsonParser, JsonTextError } from '../../accumulate/incrementalJson.js';

/** A JSON text while it grows, with what an error has to say about it. */
export class LiveJson {
  readonly #parser = new JsonParser();

  /** The text, as it came. */
  get text(): string {
    return this.#parser.text;
  }

  /** The value so far; undefined before anything of it is certain. A new reference exactly when it has changed. */
  get value(): unknown {
    return this.#parser.value;
  }

  /** Why the text, if it ends here, is no JSON; undefined if it is. */
  get fault(): JsonTextError | undefined {
    if (this.#parser.state === 'complete') return undefined;
    const { text, error } = this.#parser;
    return error ?? new JsonTextError('end of text', text.length, 'more of the value', text.slice(-32));
  }

  /** Whether no JSON begins like this. */
  get isInvalid(): boolean {
    return this.#parser.state === 'invalid';
  }

  push(fragment: string): void {
    this.#parser.push(fragment);
  }

  /** Says that the text has ended. */
  end(): void {
    this.#parser.end();
  }

  /** The items that have ended of the array at `path`, from the one at index `from` on. */
  endedItems(path: readonly (string | number)[], from: number): unknown[] {
    return this.#parser.endedItems(path, from);
  }
}
