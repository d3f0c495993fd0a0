// Shows the model's thinking, then its answer.
// npm run example -- thinking
import { lastValueFrom } from 'rxjs';
import { finalMessage, streamMessage, tapMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('thinking');

const message$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 8192,
    thinking: { type: 'adaptive', display: 'summarized' },
    messages: [{ role: 'user', content: 'What is the sum of the first twelve odd numbers?' }],
  },
  options,
).pipe(
  tapMessage({
    thinking: (delta) => process.stdout.write(delta),
    text: (delta) => process.stdout.write(delta),
    contentBlock: ({ type }) => {
      console.log(`\n[end of ${type}]\n`);
    },
  }),
  finalMessage(),
);

const { stop_reason } = await lastValueFrom(message$);
console.log(`Stop reason: ${stop_reason ?? 'none'}.`);
await close();
