// Prints the token counts along with the text, as soon as they are known.
// npm run example -- usage
import { streamMessage, textDeltas, trackUsage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('usage');

const text$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'How many years are four score and seven?' }],
  },
  options,
).pipe(
  trackUsage(({ input_tokens, cache_read_input_tokens, output_tokens }) => {
    console.log(`\n[${input_tokens} tokens in, ${cache_read_input_tokens ?? 0} from the cache, ${output_tokens} out]`);
  }),
  textDeltas(),
);

await text$.forEach((text) => process.stdout.write(text));
await close();
