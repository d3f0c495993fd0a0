import { Observable } from 'rxjs';
import { InvalidParamsError } from '../errors/classes.js';
import type { StandardSchemaV1 } from '../schemas/standardSchema.js';
import type { Tool } from '../tools/defineTool.js';
import { isRecord, readPath } from '../utils/inspect.js';
import { expectAtLeast, expectFunctions, expectSignal } from '../utils/options.js';
import { callTool, listTools, type McpClientLike, type McpTool } from './mcpClient.js';
import { outputOfResult } from './mcpResult.js';
import { ToolNames } from './toolNames.js';

export interface McpToolsOptions {
  /** Whether a tool is used. Default: all are. */
  readonly filter?: ((tool: McpTool, server: string | undefined) => boolean) | undefined;
  /** Whether the calls of a tool are run only if `onTool` answers true. Default: no. */
  readonly needsApproval?: ((tool: McpTool, server: string | undefined) => boolean) | undefined;
  /** Whether a call of a tool may be run again: see `defineTool`. Default: no. */
  readonly idempotent?: ((tool: McpTool, server: string | undefined) => boolean) | undefined;
  /** How long a call may take without progress, in ms. Default: that of the client, which is 60 000. */
  readonly timeoutMs?: number | undefined;
  /** Aborts the listing of the tools. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the tools of MCP servers, for the `tools` of `runTools`.
 *
 * Each tool has the description and the JSON Schema of the server, which also validates the input. Progress notifications
 * become `tool_progress` events. If the call is withdrawn, or the run is unsubscribed from, the client cancels the request. Texts,
 * images, PDF and embedded resources of a result are sent to the model, and a link to a resource is sent as text. A
 * result with `isError`, an error of the protocol and a timeout make the call fail: the model reads why.
 *
 * With several servers, the name of a tool is preceded by that of its server: `github_create_issue`. Names are changed to
 * those that the API accepts, each once. The list is read once, page by page: call this again when the server announces that it
 * has changed.
 *
 * @param clients - A connected client of `@modelcontextprotocol/sdk` 1.x or `@modelcontextprotocol/client` 2.x, or several,
 * by the names of their servers.
 * @param options.needsApproval - Whether a tool needs approval, from its description. Its `annotations` are what the server says.
 * @param options - Also `filter`, `idempotent`, `timeoutMs` and `signal`.
 * @returns The tools, in the order of the servers.
 * @throws {TypeError | RangeError} At call time, if an argument is not what its name says.
 * @throws {InvalidParamsError} As a rejection, if a server describes a tool whose input is not an object.
 * @example
 * import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
 *
 * const client = new Client({ name: 'my-service', version: '1.0.0' });
 * await client.connect(new StreamableHTTPClientTransport(new URL('https://example.com/mcp')));
 * const tools = await mcpTools(client, { needsApproval: ({ annotations }) => annotations?.readOnlyHint !== true });
 * runTools(params, { tools, onTool: ({ name, needsApproval }) => !needsApproval || confirm(`${name}?`) });
 * @see https://modelcontextprotocol.io/specification/latest/server/tools
 */
export function mcpTools(
  clients: McpClientLike | Readonly<Record<string, McpClientLike>>,
  options: McpToolsOptions = {},
): Promise<Tool<Record<string, unknown>>[]> {
  const servers = serversOf(clients);
  const { filter, needsApproval, idempotent, timeoutMs, signal } = options;
  expectFunctions('mcpTools', { filter, needsApproval, idempotent });
  expectAtLeast(1, 'mcpTools', { timeoutMs });
  expectSignal('mcpTools', signal);
  return createTools(servers, options);
}

type Server = readonly [name: string | undefined, client: McpClientLike];

async function createTools(
  servers: readonly Server[],
  options: McpToolsOptions,
): Promise<Tool<Record<string, unknown>>[]> {
  const lists = await Promise.all(servers.map(([, client]) => listTools(client, options.signal)));
  const names = new ToolNames();
  return servers.flatMap(([server, client], index) =>
    (lists[index] ?? [])
      .filter((tool) => options.filter?.(tool, server) !== false)
      .map((tool) => createTool(client, server, tool, names.create(tool.name, server), options)),
  );
}

function createTool(
  client: McpClientLike,
  server: string | undefined,
  tool: McpTool,
  name: string,
  options: McpToolsOptions,
): Tool<Record<string, unknown>> {
  const { description = tool.title, inputSchema } = tool;
  const { type = 'object', ...keywords } = inputSchema;
  if (type !== 'object') throw new InvalidParamsError(`mcpTools: the input of ${name} must be an object.`);
  const needsApproval = options.needsApproval?.(tool, server) === true;
  return {
    name,
    param: { name, ...(description !== undefined && { description }), input_schema: { ...keywords, type } },
    schema: ANY_OBJECT,
    run: (input, { signal }) => run(client, tool.name, input, signal, options.timeoutMs),
    needsApproval: () => needsApproval,
    idempotent: options.idempotent?.(tool, server) === true,
  };
}

/** Calls a tool. Emits the progress, and then the output. */
function run(
  client: McpClientLike,
  name: string,
  input: Record<string, unknown>,
  signal: AbortSignal,
  timeoutMs: number | undefined,
): Observable<unknown> {
  return new Observable((subscriber) => {
    const onprogress = (progress: unknown): void => {
      subscriber.next(progress);
    };
    const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
    const call = { signal, onprogress, resetTimeoutOnProgress: true, ...timeout } as const;
    callTool(client, { name, arguments: input }, call).then(
      (result) => {
        try {
          subscriber.next(outputOfResult(result, name));
          subscriber.complete();
        } catch (error) {
          subscriber.error(error);
        }
      },
      (error: unknown) => {
        subscriber.error(error);
      },
    );
  });
}

/** The server validates the input, and tells the model what is wrong. */
const ANY_OBJECT: StandardSchemaV1<unknown, Record<string, unknown>> = {
  '~standard': {
    version: 1,
    vendor: 'rxjs-anthropic',
    validate: (value) =>
      isRecord(value) ? { value: { ...value } } : { issues: [{ message: 'The input must be an object.' }] },
  },
};

/** @throws {TypeError} If there is something that is not a client. */
function serversOf(clients: McpClientLike | Readonly<Record<string, McpClientLike>>): readonly Server[] {
  if (isClient(clients)) return [[undefined, clients]];
  const servers = isRecord(clients) ? Object.entries(clients) : [];
  if (servers.length > 0 && servers.every(([, client]) => isClient(client))) return servers;
  throw new TypeError(
    'mcpTools: pass a client of an MCP server, or an object with several, by the names of the servers.',
  );
}

function isClient(value: unknown): value is McpClientLike {
  return ['listTools', 'callTool'].every((method) => typeof readPath(value, method) === 'function');
}
