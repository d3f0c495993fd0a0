/** An `error` event as the API sends it, in a response of status 200. */
export interface StreamErrorEvent {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id?: string;
}

/**
 * Builds the event with which the API ends a stream that failed.
 *
 *     errorEvent('overloaded_error', 'Overloaded')
 *     // { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
 *
 * @param type - The API's error type, such as `'overloaded_error'`, `'api_error'` or `'rate_limit_error'`.
 * @param message - The explanation.
 * @param options.request_id - The id of the request. Default: none.
 * @returns A new event.
 * @see https://platform.claude.com/docs/en/api/errors
 */
export function errorEvent(
  type: string,
  message: string,
  options: Pick<StreamErrorEvent, 'request_id'> = {},
): StreamErrorEvent {
  return { type: 'error', error: { type, message }, ...options };
}
