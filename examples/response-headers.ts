// Prints the request ID and the remaining rate limits, before the first event.
// npm run example -- response-headers
import { firstValueFrom } from 'rxjs';
import { finalText, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('response-headers');

const text$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] },
  {
    ...options,
    onResponse: ({ status, requestID, rateLimits, headers }) => {
      console.log(`${status} ${headers.get('content-type') ?? ''}, request ${requestID ?? 'without an ID'}`);
      console.log('requests:     ', rateLimits.requests);
      console.log('output tokens:', rateLimits.outputTokens);
    },
  },
).pipe(finalText());

console.log(await firstValueFrom(text$));
await close();
