// Prints the answer as the model writes it.
// npm run example -- text
import { streamMessage, textDeltas } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('text');

const text$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Say good morning in five languages, in one line.' }],
  },
  options,
).pipe(textDeltas());

await text$.forEach((text) => process.stdout.write(text));
console.log();

await close();
