// Reads JSON while it is being written, from any text: here, from an answer that is not bound to a schema.
// npm run example -- partial-json
import { partialJson, streamMessage, textDeltas } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('partial-json');

const values$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'A lighthouse, as JSON only.' }] },
  options,
).pipe(textDeltas(), partialJson<{ name: string; metres: number; lamps: string[] }>());

await values$.forEach((value) => {
  console.log(JSON.stringify(value));
});
await close();
