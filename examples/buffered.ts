// Splits text at punctuation or at the end of a word, for speech synthesis or fewer renders.
// npm run example -- buffered
import { bufferByPunctuation, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('buffered');

const piece$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Three sentences about lighthouses, to be read aloud.' }],
  },
  options,
).pipe(bufferByPunctuation({ minLength: 40 }));

await piece$.forEach((piece) => {
  console.log(JSON.stringify(piece));
});
await close();
