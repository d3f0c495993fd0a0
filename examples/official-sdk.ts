// Reads a stream of the official SDK; unsubscribing aborts its request.
// npm run example -- official-sdk
import Anthropic from '@anthropic-ai/sdk';
import { lastValueFrom } from 'rxjs';
import { finalMessage, fromSdkStream, retryOnConnectionError, tapMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('official-sdk');

const client = new Anthropic({ ...options, maxRetries: 0 }); // retryOnConnectionError retries instead

const message$ = fromSdkStream((signal) =>
  client.messages.create(
    {
      model: 'claude-opus-5-5',
      max_tokens: 1024,
      messages: [{ role: 'user', content: 'Does it matter which client I use?' }],
      stream: true,
    },
    { signal },
  ),
).pipe(retryOnConnectionError(), tapMessage({ text: (delta) => process.stdout.write(delta) }), finalMessage());

const { stop_reason, usage } = await lastValueFrom(message$);
console.log(`\n[${stop_reason ?? ''}, ${usage.output_tokens} tokens]`);
await close();
