import { APIError } from 'rxjs-anthropic';

/** Describes an error in one line: what went wrong, what to do about it, and which request failed. */
export function explain(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
  const request = error instanceof APIError && error.requestID !== undefined ? ` (request ${error.requestID})` : '';
  return message + request + (error instanceof TypeError ? ' See npm start -- --help.' : '');
}
