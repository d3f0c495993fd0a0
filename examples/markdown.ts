// Emits each block of Markdown when it is complete, so that a screen renders it once.
// npm run example -- markdown
import { bufferByMarkdownBlock, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('markdown');

const block$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Explain the tides in Markdown, with a list, a table and some code.' }],
  },
  options,
).pipe(bufferByMarkdownBlock());

await block$.forEach((block) => {
  console.log(`--- ${block.length} characters`);
  console.log(block.trimEnd());
});
await close();
