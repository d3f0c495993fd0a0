/** Real MCP servers in this process, with clients of both versions of the SDK. */
import { Client as Client2, InMemoryTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as Transport1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server as Server1 } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Server as Server2 } from '@modelcontextprotocol/server';
import type { McpClientLike, McpTool } from 'rxjs-anthropic/mcp';

/** What a tool of the server may do. */
export interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Aborted when the client cancels the call. */
  readonly signal: AbortSignal;
  /** Sends a progress notification. */
  progress(progress: number, message: string): Promise<void>;
}

export interface McpService {
  /** The tools, in pages. */
  readonly pages: readonly (readonly McpTool[])[];
  readonly call: (call: Call) => object | Promise<object>;
}

/** A tool with any input. */
export function mcpTool(name: string, fields: Partial<McpTool> = {}): McpTool {
  return { name, inputSchema: { type: 'object', properties: { city: { type: 'string' } } }, ...fields };
}

const INFO = { name: 'spec', version: '1.0.0' };

function pageOf({ pages }: McpService, cursor: string | undefined): { tools: never[]; nextCursor?: string } {
  const index = Number(cursor ?? 0);
  const tools = (pages[index] ?? []) as never[];
  return index + 1 < pages.length ? { tools, nextCursor: String(index + 1) } : { tools };
}

/** Connects a client of `@modelcontextprotocol/sdk` 1.x. */
async function connect1(service: McpService): Promise<McpClientLike & { close(): Promise<void> }> {
  const server = new Server1(INFO, { capabilities: { tools: {} } }); // eslint-disable-line @typescript-eslint/no-deprecated -- pages need the low-level server
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => pageOf(service, params?.cursor));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    const progress = async (done: number, message: string): Promise<void> => {
      if (progressToken === undefined) return;
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: done, message } });
    };
    return service.call({ name: params.name, input: params.arguments ?? {}, signal, progress });
  });
  const client = new Client1(INFO);
  const [ours, theirs] = Transport1.createLinkedPair();
  await Promise.all([server.connect(theirs), client.connect(ours)]);
  return client;
}

/** Connects a client of `@modelcontextprotocol/client` 2.x. */
async function connect2(service: McpService): Promise<McpClientLike & { close(): Promise<void> }> {
  const server = new Server2(INFO, { capabilities: { tools: {} } }); // eslint-disable-line @typescript-eslint/no-deprecated -- pages need the low-level server
  server.setRequestHandler('tools/list', ({ params }) => pageOf(service, params?.cursor));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    const progress = async (done: number, message: string): Promise<void> => {
      if (progressToken === undefined) return;
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: done, message } });
    };
    const { signal } = mcpReq;
    return (await service.call({ name: params.name, input: params.arguments ?? {}, signal, progress })) as never;
  });
  const client = new Client2(INFO);
  const [ours, theirs] = Transport2.createLinkedPair();
  await Promise.all([server.connect(theirs as never), client.connect(ours)]);
  return client;
}

/** How a client is connected, by the package that it is from. */
export const clients = [
  ['@modelcontextprotocol/sdk 1.x', connect1],
  ['@modelcontextprotocol/client 2.x', connect2],
] as const;
