/** What an exception of Bedrock is in the API: its type, which has a status, or the status itself. */
const EXCEPTIONS: ReadonlyMap<string, { readonly type: string; readonly status?: number }> = new Map([
  ['throttlingException', { type: 'rate_limit_error' }],
  ['serviceUnavailableException', { type: 'api_error', status: 503 }],
  ['internalServerException', { type: 'api_error' }],
  ['modelStreamErrorException', { type: 'api_error' }],
  ['modelTimeoutException', { type: 'timeout_error' }],
  ['validationException', { type: 'invalid_request_error' }],
  ['accessDeniedException', { type: 'permission_error' }],
  ['resourceNotFoundException', { type: 'not_found_error' }],
]);

/**
 * Returns the data of the `error` event that the API would send. An exception that is not known keeps its name as its type,
 * and is not retried.
 *
 * @param name - The name of the exception. AWS writes its first letter in either case.
 */
export function errorEventOf(name: string, message: string): string {
  const { type, status } = EXCEPTIONS.get(name.charAt(0).toLowerCase() + name.slice(1)) ?? { type: name, status: 400 };
  return JSON.stringify({ type: 'error', error: { type, message, ...(status !== undefined && { status }) } });
}
