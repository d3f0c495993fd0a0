// Keeps an answer that was interrupted in the history, without the parts that the API would refuse.
// npm run example -- history
import { AnthropicError, finalMessage, streamMessage, toMessageParam, type MessageParam } from 'rxjs-anthropic';
import { lastValueFrom } from 'rxjs';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('history');

const messages: MessageParam[] = [{ role: 'user', content: 'Which ferry goes to Helgoland?' }];
const ask = () =>
  lastValueFrom(streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages }, options).pipe(finalMessage()));

try {
  await ask();
} catch (error) {
  if (!(error instanceof AnthropicError) || error.partial === undefined) throw error;
  console.log('arrived:', error.partial.content.map(({ type }) => type).join(', '));
  const turn = toMessageParam(error.partial); // undefined if nothing is left
  if (turn !== undefined) messages.push(turn);
}
console.log('kept:   ', JSON.stringify(messages.at(-1)?.content));

messages.push({ role: 'user', content: 'Please continue.' });
const { content } = await ask();
console.log(content.map((block) => (block.type === 'text' ? block.text : '')).join(''));
await close();
