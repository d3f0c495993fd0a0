import { JsonParser } from './incrementalJson.js';
import { jsonFault, type JsonTextError } from './jsonTextError.js';

/** A JSON text while it grows, with what an error has to say about it. */
export class LiveJson extends JsonParser {
  /** Why the text, if it ends here, is no JSON; undefined if it is. */
  get fault(): JsonTextError | undefined {
    return this.state === 'complete' ? undefined : (this.error ?? jsonFault(this.text));
  }

  /** Whether no JSON begins like this. */
  get isInvalid(): boolean {
    return this.state === 'invalid';
  }
}
