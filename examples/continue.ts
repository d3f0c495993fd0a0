// Continues an incomplete answer: the text that was shown stays, and the rest follows.
// npm run example -- continue
import { lastValueFrom } from 'rxjs';
import {
  continuationParams,
  continueOnConnectionError,
  finalMessage,
  streamMessage,
  tapMessage,
  type MessageCreateParams,
} from 'rxjs-anthropic';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('continue'); // the real API does not fail on demand

const params: MessageCreateParams = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Tell me of the tides.' }],
};

const message$ = streamMessage(params, options).pipe(
  continueOnConnectionError({
    continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
    initialDelayMs: 100,
    onRetry: ({ error }) => process.stdout.write(`[${error instanceof Error ? error.name : 'lost'}: continuing]`),
  }),
  tapMessage({ text: (delta) => process.stdout.write(delta) }),
  finalMessage(),
);

const { content, usage } = await lastValueFrom(message$);
console.log(`\n[${content.length} block, ${usage.output_tokens} tokens]`);
for (const { input_tokens, output_tokens } of usage.iterations ?? []) {
  console.log(`  request: ${String(input_tokens)} tokens in, ${String(output_tokens)} out`);
}
await close();
