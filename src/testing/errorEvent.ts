/** An `error` event as it stands on the wire, inside a response of status 200. */
export interface StreamErrorEvent {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id?: string;
}

/**
 * Builds the event by which the API ends a stream that has failed.
 *
 *     errorEvent('overloaded_error', 'Overloaded')
 *     // { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
 *
 * @param type - The API's type of the error, such as `'overloaded_error'`, `'api_error'` or `'rate_limit_error'`.
 * @param message - The text that goes with it.
 * @param options.request_id - Default: the event has none.
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
