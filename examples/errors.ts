// Handles a refused key, an overloaded API (with retries), and an incomplete stream.
// npm run example -- errors
import { catchError, concat, of } from 'rxjs';
import {
  AuthenticationError,
  finalMessage,
  finalText,
  IncompleteMessageError,
  retryOnConnectionError,
  streamMessage,
} from 'rxjs-anthropic';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('errors'); // the real API does not fail on demand

const events$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] },
  options,
);

const refused$ = events$.pipe(
  finalText(),
  catchError((error: unknown) => {
    if (!(error instanceof AuthenticationError)) throw error;
    return of(`${error.name}: ${error.message}`);
  }),
);

const retried$ = events$.pipe(
  retryOnConnectionError({
    onRetry: ({ attempt, delayMs, error }) => {
      console.log(`[${String(error)}; attempt ${attempt} starts in ${delayMs} ms]`);
    },
  }),
  finalText(),
);

const incomplete$ = events$.pipe(
  finalMessage(),
  catchError((error: unknown) => {
    if (!(error instanceof IncompleteMessageError)) throw error;
    return of(`${error.name}: ${error.message}\nPartial: ${JSON.stringify(error.partial?.content)}`);
  }),
);

await concat(refused$, retried$, incomplete$).forEach((result) => {
  console.log(result);
});
await close();
