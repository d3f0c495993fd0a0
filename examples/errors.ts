// Meets a refused key, an overloaded API that is asked again, and a stream that was cut.
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

const { options, close } = await connectEmbedded('errors'); // the real API has no faults on demand

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
      console.log(`[${String(error)}; attempt ${attempt} follows in ${delayMs} ms]`);
    },
  }),
  finalText(),
);

const cut$ = events$.pipe(
  finalMessage(),
  catchError((error: unknown) => {
    if (!(error instanceof IncompleteMessageError)) throw error;
    return of(`${error.name}: ${error.message}\nArrived: ${JSON.stringify(error.partial?.content)}`);
  }),
);

await concat(refused$, retried$, cut$).forEach((result) => {
  console.log(result);
});
await close();
