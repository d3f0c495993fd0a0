/**
 * Converts a value to JSON. Never throws.
 *
 * @returns Undefined if the value has no JSON, or is nested so deeply that `JSON.stringify` overflows the stack: about ten
 * kilobytes of brackets are enough for that.
 */
export function safeStringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // circular, or nested too deeply
  }
}
