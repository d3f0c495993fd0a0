/** Requests a message over the Node transport from the server at the given address, and prints its text, or its error's name. */
import { catchError, lastValueFrom, of } from 'rxjs';
import { finalText, streamMessage } from '../../../src/index.js';
import { nodeFetch } from '../../../src/node/index.js';

const [baseURL = ''] = process.argv.slice(2);
const params = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

process.stdout.write(
  await lastValueFrom(
    streamMessage(params, { apiKey: 'none', baseURL, fetch: nodeFetch() }).pipe(
      finalText(),
      catchError((error: unknown) => of(error instanceof Error ? error.name : 'not an Error')),
    ),
  ),
);
