// Shows everything that a screen needs as one value, also while the request is retried.
// npm run example -- state
import { messageState, retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('state');

const state$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Which way is the harbour?' }] },
  options,
).pipe(retryOnConnectionError({ whenStarted: 'restart', initialDelayMs: 100, jitter: 0 }), messageState());

await state$.forEach(({ status, text, attempt, error }) => {
  console.log(status.padEnd(10), attempt, JSON.stringify(text), error?.name ?? '');
});
await close();
