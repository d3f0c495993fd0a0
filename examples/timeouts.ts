// Gives up on a connection that has gone silent, and sends the request again.
// npm run example -- timeouts
import { lastValueFrom } from 'rxjs';
import {
  APIConnectionTimeoutError,
  finalText,
  fromSdkStream,
  idleTimeout,
  retryOnConnectionError,
  streamMessage,
  type MessageCreateParams,
} from 'rxjs-anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('timeouts'); // the real API does not fail on demand

const params = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Are you there?' }],
} satisfies MessageCreateParams;

const onRetry = ({ error }: { readonly error: unknown }): void => {
  if (error instanceof APIConnectionTimeoutError)
    console.log(`[${error.timeout}, after ${error.lastEvent}: ${error.message}]`);
};

// Nothing is shown before the answer is complete, so it may start over at any time.
// The defaults are long, because silent thinking is healthy: 10 minutes until the headers, 5 until the first event and between bytes.
const text$ = streamMessage(params, { ...options, timeout: { idleMs: 200 } }).pipe(
  retryOnConnectionError({ onRetry, initialDelayMs: 100, whenStarted: 'restart' }),
  finalText(),
);
console.log(await lastValueFrom(text$));

// Any other stream of events: once the headers have arrived, the SDK itself waits forever.
const client = new Anthropic({ ...options, maxRetries: 0 });
const sdkText$ = fromSdkStream((signal) => client.messages.create({ ...params, stream: true }, { signal })).pipe(
  idleTimeout({ idleMs: 200 }),
  retryOnConnectionError({ onRetry, initialDelayMs: 100, whenStarted: 'restart' }),
  finalText(),
);
console.log(await lastValueFrom(sdkText$));
await close();
