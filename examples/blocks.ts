// Handles each block of an answer once it is complete, before the next one begins.
// npm run example -- blocks
import { contentBlocks, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('blocks');

const block$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 4096,
    thinking: { type: 'adaptive', display: 'summarized' },
    messages: [{ role: 'user', content: 'When is high water?' }],
  },
  options,
).pipe(contentBlocks());

await block$.forEach((block) => {
  if (block.type === 'thinking') console.log(`thinking  ${block.thinking}`);
  if (block.type === 'text') console.log(`text      ${block.text}`);
});
await close();
