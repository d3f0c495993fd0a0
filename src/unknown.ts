/** Reads values of which nothing is known: they may have been thrown, come from another realm, or from the API. */

/** Whether a value may have fields. Told without `instanceof`, since those of another realm are no instances of this one's. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A field of a value, or of a field of it, and so on; undefined if there is none, or it cannot be read. */
export function field(value: unknown, ...path: string[]): unknown {
  try {
    return path.reduce<unknown>((found, name) => Reflect.get(found as object, name), value);
  } catch {
    return undefined; // what is no object has no fields, and one that cannot be read says nothing
  }
}

/** A value if it is text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
