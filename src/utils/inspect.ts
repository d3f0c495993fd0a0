/** Reads values of unknown types: values that were thrown, or that come from another realm or from the API. */

/** Whether a value can have fields. Does not use `instanceof`, which is false for an object of another realm. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value is an object, but not an array or a function. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a field of a value, or follows a path of fields. Returns undefined if a field is missing or reading it throws.
 */
export function readPath(value: unknown, ...path: string[]): unknown {
  try {
    return path.reduce<unknown>((found, name) => Reflect.get(found as object, name), value);
  } catch {
    return undefined; // a value without fields, or a getter that throws
  }
}

/** Returns the value if it is a string, otherwise undefined. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
