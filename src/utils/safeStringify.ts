/**
 * Writes a value as JSON, without throwing.
 *
 * @returns Undefined if the value has no JSON, or is nested so deeply that `JSON.stringify` overflows the stack: about ten
 * kilobytes of brackets are enough for that.
 */
export function safeStringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // for the reasons above
  }
}
