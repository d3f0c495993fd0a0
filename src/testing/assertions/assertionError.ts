/**
 * Creates the error of a failed check, with the fields by which test runners recognise it: Jest, Vitest and node:test then
 * show the message, and the values if they can.
 */
export function assertionError(message: string, actual: unknown, expected: unknown): Error {
  const error = new Error(message);
  return Object.assign(error, {
    name: 'AssertionError',
    code: 'ERR_ASSERTION',
    operator: 'fail', // Jest then shows the message first
    generatedMessage: false,
    actual,
    expected,
  });
}
