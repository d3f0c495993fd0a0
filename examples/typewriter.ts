// Prints the answer at an even pace, as if it was typed, although its text arrives in bursts.
// npm run example -- typewriter
import { smoothText, streamMessage, textDeltas } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('typewriter');

const text$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Describe a typewriter, in one sentence with three emoji.' }],
  },
  options,
).pipe(textDeltas(), smoothText());

await text$.forEach((text) => process.stdout.write(text));
console.log();

await close();
