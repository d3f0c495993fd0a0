import type { OperatorFunction } from 'rxjs';
import { InvalidOutputError } from '../errors/classes.js';
import type { MessageRestartEvent } from '../api/events.js';
import { LiveJson } from '../json/liveJson.js';
import { transform } from '../rx/transform.js';

/**
 * A value as far as it has come: properties may be missing, lists may be shorter, strings may be the beginning of what
 * they will be. Numbers, booleans and null are whole. A `T` is one as well.
 */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? number extends T['length']
    ? T extends unknown[]
      ? DeepPartial<Item>[]
      : readonly DeepPartial<Item>[]
    : { [Index in keyof T]?: DeepPartial<T[Index]> }
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> }
    : T;

/**
 * Reads a JSON text from fragments that are cut anywhere, and emits its value as it grows; the last one is the whole.
 *
 *     source           --a-----b-----c--|     a = '{"city":"Pa'  b = 'ris","days":1'  c = '4}'
 *     partialJson()
 *     result           --x-----y-----z--|     x = { city: 'Pa' }  y = { city: 'Paris' }  z = { city: 'Paris', days: 14 }
 *
 * A string is shown while it grows, but never half an escape or half a surrogate pair; a number or keyword when it has
 * ended; a key with something of its value. Values never change after they were emitted, and share the parts that are
 * the same. The last one is what `JSON.parse` makes of the text.
 *
 * A text that is not JSON is an `InvalidOutputError`, after the value before the fault; so is one that is not whole when
 * the source completes. It names the position, and has the `text` and the `value` so far. A source without any string
 * has no text, and completes. Other errors pass through. On `message_restart`, as `textDeltas({ restarts: true })` emits
 * it, a new text begins. More than 1000 arrays and objects open at once, or 16 777 216 UTF-16 code units, are not JSON
 * here.
 *
 * @returns An operator from strings to values, each in the same turn as its string; none for one that shows nothing new.
 * @throws {InvalidOutputError} In the stream, if the text is not JSON, or not whole. Its `cause` says where.
 * @example
 * of('{"city":"Pa', 'ris"}').pipe(partialJson<{ city: string }>()).subscribe(({ city }) => console.log(city));
 * // Pa
 * // Paris
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function partialJson<T = unknown>(): OperatorFunction<string | MessageRestartEvent, DeepPartial<T>> {
  return transform((output) => {
    let json: LiveJson | undefined;
    let shown: unknown;
    const show = ({ value }: LiveJson): void => {
      if (value === shown) return;
      shown = value;
      output.next(value as DeepPartial<T>);
    };
    return {
      next(fragment) {
        if (typeof fragment === 'string') {
          json ??= new LiveJson();
          json.push(fragment);
          show(json);
          if (json.isInvalid) throw notJson('The text is not JSON.', json);
        } else {
          json = new LiveJson();
          shown = undefined;
        }
      },
      complete() {
        if (json === undefined) return;
        json.end();
        show(json);
        if (json.fault !== undefined) throw notJson('The text ended before its JSON did.', json);
      },
    };
  });
}

function notJson(message: string, { text, value, fault }: LiveJson): InvalidOutputError {
  return new InvalidOutputError(`${message} ${fault?.message ?? ''}`, { text, value, cause: fault });
}
