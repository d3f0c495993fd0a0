// Reads tool input live and typed: a form fills in while the model writes, and is validated by its schema at the end.
// npm run example -- live-tool-input
import { streamMessage, toolInput } from 'rxjs-anthropic';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options, close } = await connect('live-tool-input');

const Booking = z.object({ restaurant: z.string(), guests: z.int().max(12), at: z.iso.time({ precision: -1 }) });

const tool = {
  name: 'book_table',
  description: 'Books a table for tonight.',
  input_schema: { ...z.toJSONSchema(Booking), type: 'object' as const },
  eager_input_streaming: true, // without it, the API sends complete values
};

const booking$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    tools: [tool],
    messages: [{ role: 'user', content: 'Four of us, half past eight, at the Tasca do Chico.' }],
  },
  options,
).pipe(toolInput('book_table', Booking));

await booking$.forEach(({ value, done }) => {
  const { restaurant = '', guests = '?', at = '' } = value;
  console.log(`${done ? '[x]' : '[ ]'} ${restaurant.padEnd(16, '.')} for ${guests} at ${at.padEnd(5, '.')}`);
});
await close();
