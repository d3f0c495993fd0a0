import { jsonOf } from './jsonOf.js';

/**
 * Puts newer fields over older ones, as the API means them: totals overwrite and never add, and a field that is left out
 * or null says nothing.
 *
 * @returns The same object if nothing changed, else a new one.
 */
export function overwrite<Fields extends object>(
  older: Fields,
  newer: { readonly [Field in keyof Fields]?: unknown } | undefined,
): Fields {
  let merged: Fields | undefined;
  for (const [name, value] of Object.entries(newer ?? {})) {
    if (value === undefined || (value === null && name in older) || isSame(Reflect.get(older, name), value)) continue;
    merged ??= { ...older };
    defineField(merged, name, value);
  }
  return merged ?? older;
}

/** Whether two values of JSON say the same, as the API repeats them. */
export function isSame(older: unknown, newer: unknown): boolean {
  // What has no JSON is never the same.
  return older === newer || (typeof newer === 'object' && (jsonOf(newer) ?? newer) === jsonOf(older));
}

/** Sets an own field, whatever its name: `__proto__` stays data. */
export function defineField(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}
