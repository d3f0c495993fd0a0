import { APIError } from 'rxjs-anthropic';

/** Says in one line what went wrong, what to do about it, and which request it was. */
export function explain(error: unknown): string {
  const said = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
  const request = error instanceof APIError && error.requestID !== undefined ? ` (request ${error.requestID})` : '';
  return said + request + (error instanceof TypeError ? ' See npm start -- --help.' : '');
}
