// Gives the model the tools of an MCP server, and shows their progress.
// npm run example -- mcp
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import { lastValueFrom, tap } from 'rxjs';
import { runTools, tapMessage } from 'rxjs-anthropic';
import { mcpTools } from 'rxjs-anthropic/mcp';
import { z } from 'zod';
import { connect } from './support/connect.js';

// A server, which is usually another process.
const server = new McpServer({ name: 'harbour', version: '1.0.0' });
server.registerTool(
  'get_tide',
  { description: 'The next high tide in a harbour.', inputSchema: z.object({ harbour: z.string() }) },
  async (_, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken !== undefined) {
      const params = { progressToken, progress: 1, message: 'asking the harbour master' };
      await mcpReq.notify({ method: 'notifications/progress', params });
    }
    return { content: [{ type: 'text', text: JSON.stringify({ time: '18:42', metres: 12.3 }) }] };
  },
);
const client = new Client({ name: 'example', version: '1.0.0' });
const [clientTransport, serverTransport] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(serverTransport), client.connect(clientTransport)]);

const { options, close } = await connect('mcp');
const tools = await mcpTools({ harbour: client });
const params = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'When is high tide in Saint-Malo?' }],
};
const run$ = runTools(params, { ...options, tools }).pipe(
  tap((event) => {
    if (event.type === 'tool_progress') console.log(`[${event.name}: ${(event.value as { message: string }).message}]`);
    if (event.type !== 'tool_result') return;
    for (const block of event.result.content ?? []) {
      if (typeof block === 'object' && 'text' in block) console.log(`[${event.name}: ${String(block.text)}]`);
    }
  }),
  tapMessage({ text: (delta) => process.stdout.write(delta) }),
);
await lastValueFrom(run$);

console.log();
await client.close();
await close();
