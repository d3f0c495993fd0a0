// Reads a stream without RxJS, in a loop: the Message as it grows, with the input of a tool while it is written.
// npm run example -- core
import Anthropic from '@anthropic-ai/sdk';
import { IncompleteMessageError, MessageAccumulator, toolInputStatus, type ContentBlock } from 'rxjs-anthropic/core';
import { connect } from './support/connect.js';

const { options, close } = await connect('core');
const client = new Anthropic(options);

const params: Anthropic.MessageCreateParamsStreaming = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  stream: true,
  tools: [
    {
      name: 'book_table',
      input_schema: { type: 'object', properties: { restaurant: { type: 'string' }, guests: { type: 'integer' } } },
      eager_input_streaming: true, // without it, the API sends complete values
    },
  ],
  messages: [{ role: 'user', content: 'Book a table for four at Cervejaria Ramiro.' }],
};

function show(block: ContentBlock | undefined): void {
  if (block?.type === 'text' && block.text !== '') console.log(block.text);
  if (block?.type === 'tool_use') console.log(block.name, block.input, toolInputStatus(block).state);
}

async function ask() {
  const answer = new MessageAccumulator();
  let shown: ContentBlock | undefined;
  for await (const event of await client.messages.create(params)) {
    answer.add(event);
    const block = answer.message?.content.at(-1);
    if (block !== shown) show(block); // unchanged blocks stay the same objects
    shown = block;
  }
  return answer.end(); // the loop also ends if the connection is closed early
}

const message = await ask().catch((error: unknown) => {
  if (!(error instanceof IncompleteMessageError && error.retryable)) throw error;
  console.log(`[${error.name}: asking again]`);
  return ask();
});
console.log(`[${message.stop_reason ?? ''}, ${message.usage.output_tokens} tokens]`);
await close();
