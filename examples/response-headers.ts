// Prints the request ID and the remaining rate limits of the attempt that streams, before the first event.
// npm run example -- response-headers
import { firstValueFrom } from 'rxjs';
import { finalText, retryOnConnectionError, streamMessage, tapResponse } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('response-headers');

const text$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] },
  {
    ...options,
    onResponse: ({ status }) => {
      console.log(`attempt: ${status}`);
    },
  },
).pipe(
  retryOnConnectionError({ initialDelayMs: 100 }),
  tapResponse(({ status, requestID, rateLimits, headers }) => {
    console.log(`${status} ${headers.get('content-type') ?? ''}, request ${requestID ?? 'without an ID'}`);
    console.log('requests:     ', rateLimits.requests);
    console.log('output tokens:', rateLimits.outputTokens);
  }),
  finalText(),
);

console.log(await firstValueFrom(text$));
await close();
