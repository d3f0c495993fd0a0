// Reads an answer with for await, at the pace of a slow reader, without losing a value.
// npm run example -- for-await
import { setTimeout as sleep } from 'node:timers/promises';
import { streamMessage, textDeltas, toAsyncIterable } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('for-await');

const text$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Name the seas around Denmark.' }],
  },
  options,
).pipe(textDeltas());

let all = '';
for await (const text of toAsyncIterable(text$, { highWaterMark: 1 })) {
  await sleep(25); // what arrives meanwhile is joined, so the loop never falls far behind
  all += text;
}
console.log(all);
await close();
