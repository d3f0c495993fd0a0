// A service for useChat of the AI SDK, with a tool, and a client that reads it as useChat does.
// npm run example -- ai-sdk
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import { defineTool, retryOnConnectionError, runTools, streamMessage } from 'rxjs-anthropic';
import { fromUIMessages, pipeUIMessageStreamToResponse, type UIMessageLike } from 'rxjs-anthropic/ai-sdk';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options, close } = await connect('ai-sdk');

const getTide = defineTool({
  name: 'get_tide',
  description: 'The next high tide in a harbour.',
  input: z.object({ harbour: z.string() }),
  run: ({ harbour }) => ({ harbour, time: '18:42', metres: 12.3 }),
});

const server = createServer((request, response) => {
  void json(request).then((body) => {
    const { messages } = body as { messages: UIMessageLike[] };
    const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: fromUIMessages(messages) };
    runTools(params, {
      tools: [getTide],
      request: (turn) => streamMessage(turn, options).pipe(retryOnConnectionError()),
    })
      .pipe(pipeUIMessageStreamToResponse(response, { restarts: false })) // the client is AI SDK 6
      .subscribe();
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

// What useChat does in a browser.
const { port } = server.address() as AddressInfo;
const transport = new DefaultChatTransport({ api: `http://127.0.0.1:${port}` });
const question: UIMessage = {
  id: '1',
  role: 'user',
  parts: [{ type: 'text', text: 'When is high tide in Saint-Malo?' }],
};
const stream = await transport.sendMessages({
  ...{ chatId: 'chat-1', messages: [question], abortSignal: undefined },
  ...{ trigger: 'submit-message', messageId: undefined },
});
let answer: UIMessage | undefined;
for await (const message of readUIMessageStream({ stream, terminateOnError: true })) answer = message;
for (const part of answer?.parts ?? []) {
  if (part.type === 'text') console.log(part.text);
  else if ('toolCallId' in part) console.log(`[${part.type} ${part.state}: ${JSON.stringify(part.output)}]`);
}
console.log(answer?.metadata);

server.close();
await close();
