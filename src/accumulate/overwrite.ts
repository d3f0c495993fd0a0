import { defineField, isSameJson } from '../utils/fields.js';

/**
 * Overwrites older fields with newer ones, by the API's rules: a total replaces the previous total and is never added
 * to it, and a field that is missing or null leaves the older one unchanged.
 *
 * @returns The same object if nothing changed, otherwise a new one, which is frozen.
 */
export function overwrite<Fields extends object>(
  older: Fields,
  newer: { readonly [Field in keyof Fields]?: unknown } | undefined,
): Fields {
  let merged: Fields | undefined;
  for (const [name, value] of Object.entries(newer ?? {})) {
    const isUnset = value === undefined || (value === null && name in older);
    if (isUnset || isSameJson(Reflect.get(older, name), value)) continue;
    merged ??= { ...older };
    defineField(merged, name, value);
  }
  return merged === undefined ? older : Object.freeze(merged);
}
