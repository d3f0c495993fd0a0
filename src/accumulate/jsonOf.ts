/**
 * The JSON of a value; undefined if it has none. A value from JSON has one, unless it is nested so deep that the stack does
 * not suffice to write it: some ten kilobytes of brackets are enough for that.
 */
export function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // as said above
  }
}
