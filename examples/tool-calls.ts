// Runs tool calls by hand: each one is emitted once it is complete and the model has moved on.
// npm run example -- tool-calls
import { streamMessage, toolUses } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('tool-calls');

const call$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    tools: [{ name: 'get_tide', input_schema: { type: 'object', properties: { harbour: { type: 'string' } } } }],
    messages: [{ role: 'user', content: 'When is high water in Cuxhaven and in Husum?' }],
  },
  options,
).pipe(toolUses());

await call$.forEach(({ id, name, input }) => {
  console.log(id, name, input);
});
await close();
