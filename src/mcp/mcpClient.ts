/**
 * What is used of an MCP client. The `Client` of `@modelcontextprotocol/sdk` 1.x and that of `@modelcontextprotocol/client`
 * 2.x have it. Neither package is imported.
 */
export interface McpClientLike {
  listTools(
    params?: { cursor?: string },
    options?: { signal?: AbortSignal },
  ): Promise<{ readonly tools: readonly McpTool[]; readonly nextCursor?: string | undefined }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
}

/** A tool as the server describes it. What it says of itself is not to be trusted more than the server is. */
export interface McpTool {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema: { readonly type?: unknown; readonly [keyword: string]: unknown };
  readonly annotations?:
    | {
        readonly readOnlyHint?: boolean | undefined;
        readonly destructiveHint?: boolean | undefined;
        readonly idempotentHint?: boolean | undefined;
        readonly openWorldHint?: boolean | undefined;
      }
    | undefined;
}

/** The options of a call. Both clients have them. */
interface CallOptions {
  readonly signal: AbortSignal;
  readonly onprogress: (progress: unknown) => void;
  readonly resetTimeoutOnProgress: true;
  readonly timeout?: number;
}

/** Calls a tool. Version 1 of the client takes a schema before the options, version 2 does not. */
export function callTool(
  client: McpClientLike,
  params: { name: string; arguments?: Record<string, unknown> },
  options: CallOptions,
): Promise<unknown> {
  const isVersion2 = 'getProtocolEra' in client || 'discover' in client;
  const args = isVersion2 ? [params, options] : [params, undefined, options];
  return Promise.resolve(Reflect.apply(client.callTool, client, args));
}

/** Returns all tools of a server, page by page. */
export async function listTools(client: McpClientLike, signal: AbortSignal | undefined): Promise<readonly McpTool[]> {
  const all: McpTool[] = [];
  const cursors = new Set<string>();
  const options = signal === undefined ? undefined : { signal };
  let cursor: string | undefined;
  do {
    const { tools, nextCursor } = await client.listTools(cursor === undefined ? undefined : { cursor }, options);
    all.push(...tools);
    cursor = nextCursor;
    // A server that repeats a cursor would never end.
    if (cursor !== undefined && cursors.has(cursor)) throw new Error(`The server repeats the page ${cursor}.`);
    if (cursor !== undefined) cursors.add(cursor);
  } while (cursor !== undefined);
  return all;
}
