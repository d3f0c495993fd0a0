// A service that speaks AG-UI, with a tool, and a client of @ag-ui/client, such as that of CopilotKit.
// npm run example -- ag-ui
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { HttpAgent, type RunAgentInput } from '@ag-ui/client';
import { defineTool, retryOnConnectionError, runTools, streamMessage, type MessageParam } from 'rxjs-anthropic';
import { toAgUiEvents } from 'rxjs-anthropic/ag-ui';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options, close } = await connect('ag-ui');

const getTide = defineTool({
  name: 'get_tide',
  description: 'The next high tide in a harbour.',
  input: z.object({ harbour: z.string() }),
  run: ({ harbour }) => ({ harbour, time: '18:42', metres: 12.3 }),
});

const server = createServer((request, response) => {
  void json(request).then((body) => {
    const input = body as RunAgentInput;
    const messages = input.messages.flatMap(({ role, content }): MessageParam[] =>
      (role === 'user' || role === 'assistant') && typeof content === 'string' ? [{ role, content }] : [],
    );
    const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages };
    const retried = { whenStarted: 'restart' } as const;
    const run$ = runTools(params, {
      tools: [getTide],
      request: (turn) => streamMessage(turn, options).pipe(retryOnConnectionError(retried)),
    }).pipe(toAgUiEvents(input));
    response.setHeader('content-type', 'text/event-stream');
    const subscription = run$.subscribe({
      next: (event) => response.write(`data: ${JSON.stringify(event)}\n\n`),
      complete: () => response.end(),
    });
    response.on('close', () => {
      subscription.unsubscribe();
    });
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const { port } = server.address() as AddressInfo;
const agent = new HttpAgent({ url: `http://127.0.0.1:${port}` });
agent.addMessage({ id: '1', role: 'user', content: 'When is high tide in Saint-Malo?' });
await agent.runAgent();
for (const { role, content } of agent.messages)
  console.log(`${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`);

server.close();
await close();
