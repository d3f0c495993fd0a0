// Follows the Message as it grows, including tool input: unchanged blocks stay the same objects.
// npm run example -- snapshots
import { mergeMap, pairwise } from 'rxjs';
import { accumulateMessage, streamMessage, toolInputStatus } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('snapshots');

const tool = {
  name: 'book_table',
  input_schema: {
    type: 'object' as const,
    properties: { restaurant: { type: 'string' }, guests: { type: 'integer' }, at: { type: 'string' } },
  },
  eager_input_streaming: true, // without it, the API sends complete values
};

const message$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    tools: [tool],
    messages: [{ role: 'user', content: 'Book a table for four at Cervejaria Ramiro, half past eight.' }],
  },
  options,
).pipe(accumulateMessage());

const changedBlocks$ = message$.pipe(
  pairwise(),
  mergeMap(([before, after]) => after.content.filter((block, index) => block !== before.content[index])),
);

await changedBlocks$.forEach((block) => {
  if (block.type === 'text') console.log(block.text);
  if (block.type === 'tool_use') console.log(block.name, block.input, toolInputStatus(block).state);
});
await close();
