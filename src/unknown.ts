/** Reads values of which nothing is known: they may have been thrown, come from another realm, or from the API. */

/** Whether a value may have fields. Told without `instanceof`, since those of another realm are no instances of this one's. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A field of a value, or of a field of it, and so on; undefined if there is none, or it cannot be read. */
export function field(value: unknown, ...path: string[]): unknown {
  try {
    return path.reduce((found, name) => (isObject(found) ? Reflect.get(found, name) : undefined), value);
  } catch {
    return undefined; // a field that cannot be read says nothing
  }
}

/** A value if it is text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
