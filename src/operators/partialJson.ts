import type { OperatorFunction } from 'rxjs';
import { InvalidOutputError } from '../errors/classes.js';
import type { MessageRestartEvent } from '../api/events.js';
import type { DeepPartial } from '../json/deepPartial.js';
import { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { transform } from '../rx/transform.js';

/**
 * Parses a JSON text from fragments that may be split anywhere, and emits its value as it grows. The last value is
 * complete.
 *
 *     source           --a-----b-----c--|     a = '{"city":"Pa'  b = 'ris","days":1'  c = '4}'
 *     partialJson()
 *     result           --x-----y-----z--|     x = { city: 'Pa' }  y = { city: 'Paris' }  z = { …, days: 14 }
 *
 * A string is shown as it grows, but never half an escape or half a surrogate pair. A number or keyword is shown once
 * it has ended, and a property once any part of its value is shown. Emitted values never change, and share their
 * unchanged parts. The last value equals that of `JSON.parse`.
 *
 * Each value copies the outermost array or object, and within it only what has changed. For an object with thousands of
 * properties at the root, use {@link structuredOutput} or {@link toolInput}, which copy it when a value is read.
 *
 * If the text is not JSON, emits the value before the fault, then fails with `InvalidOutputError`. Fails in the same
 * way if the text is incomplete when the source completes. The error names the position, and has the `text` and the
 * `value` so far. If the source completes without a string, there is no text, and the result completes. Other errors
 * pass through. On `message_restart`, which `textDeltas({ restarts: true })` emits, a new text begins. A text with more
 * than 1000 arrays and objects open at once, or longer than 16,777,216 UTF-16 code units, counts as invalid.
 *
 * @returns An operator from strings to values. A value is emitted synchronously with the string that changes it.
 * @throws {InvalidOutputError} In the stream, if the text is not JSON, or incomplete. Its `cause` has the position.
 * @example
 * of('{"city":"Pa', 'ris"}').pipe(partialJson<{ city: string }>()).subscribe(({ city }) => console.log(city));
 * // Pa
 * // Paris
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function partialJson<T = unknown>(): OperatorFunction<string | MessageRestartEvent, DeepPartial<T>> {
  return transform((output) => {
    let json: IncrementalJsonParser | undefined;
    let lastValue: unknown;
    const emitChange = ({ value }: IncrementalJsonParser): void => {
      if (value === lastValue) return;
      lastValue = value;
      output.next(value as DeepPartial<T>);
    };
    return {
      next(fragment) {
        if (typeof fragment === 'string') {
          json ??= new IncrementalJsonParser();
          json.push(fragment);
          emitChange(json);
          if (json.error !== undefined) throw invalidOutput('The text is not JSON.', json);
        } else {
          json = new IncrementalJsonParser();
          lastValue = undefined;
        }
      },
      complete() {
        if (json === undefined) return;
        json.end();
        emitChange(json);
        if (json.error !== undefined) throw invalidOutput('The text ended before its JSON was complete.', json);
      },
    };
  });
}

function invalidOutput(problem: string, { text, value, error }: IncrementalJsonParser): InvalidOutputError {
  return new InvalidOutputError(`${problem} ${error?.message ?? ''}`, { text, value, cause: error });
}
