/**
 * Converts a value to JSON. Never throws.
 *
 * @returns The JSON. Undefined if the value has no JSON form, is circular, or is nested too deeply: about 10 kB of
 * brackets overflow the stack of `JSON.stringify`.
 */
export function safeStringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // circular, or nested too deeply
  }
}
