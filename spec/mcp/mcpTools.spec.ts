import { filter, firstValueFrom, lastValueFrom, map, toArray, type Observable } from 'rxjs';
import { runTools, type RunToolsEvent, type RunToolsOptions, type Tool } from 'rxjs-anthropic';
import { mcpTools, type McpClientLike } from 'rxjs-anthropic/mcp';
import { toolUseBlock } from 'rxjs-anthropic/testing';
import { until } from '../relay/support/until.js';
import { settle } from '../source/support/outcome.js';
import { Answers, params } from '../tools/support/turns.js';
import { clients, mcpTool, type Call, type McpService } from './support/servers.js';

/** A run in which the model calls a tool once, and then answers. */
function run(
  tools: readonly Tool[],
  name: string,
  input: object = {},
  options: Partial<RunToolsOptions> = {},
): Observable<RunToolsEvent> {
  const answers = new Answers(
    { content: [toolUseBlock(name, { ...input }, { id: 'toolu_1' })], stop_reason: 'tool_use' },
    { content: 'Done.' },
  );
  return runTools(params, {
    apiKey: 'k',
    tools,
    request: answers.request,
    ...options,
  });
}

/** What the run emits besides the events of its messages. */
const toolEvents = (run$: Observable<RunToolsEvent>) =>
  lastValueFrom(
    run$.pipe(
      filter(({ type }) => type.startsWith('tool_') || type === 'run_end'),
      toArray(),
    ),
  );

const resultOf = async (tools: readonly Tool[], name: string) => {
  const events = await toolEvents(run(tools, name));
  return events.find((event) => event.type === 'tool_result');
};

describe.each(clients)('a client of %s', (_, connect) => {
  const open: { close(): Promise<void> }[] = [];
  const service = async (call: McpService['call'], ...pages: McpService['pages']): Promise<McpClientLike> => {
    const client = await connect({ call, pages: pages.length === 0 ? [[mcpTool('get')]] : pages });
    open.push(client);
    return client;
  };
  const unused = (): never => {
    throw new Error('not called');
  };

  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()));
  });

  it('has its tools with their descriptions and schemas, from all pages', async () => {
    const inputSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = await mcpTools(
      await service(
        unused,
        [mcpTool('get', { description: 'The weather.', inputSchema })],
        [mcpTool('b')],
        [mcpTool('c')],
      ),
    );

    expect(tools.map(({ name }) => name)).toEqual(['get', 'b', 'c']);
    expect(tools[0]?.param).toEqual({ name: 'get', description: 'The weather.', input_schema: inputSchema });
  });

  it('is called with the input, and its result goes to the model', async () => {
    const calls: Call[] = [];
    const client = await service((call) => {
      calls.push(call);
      return { content: [{ type: 'text', text: '9 °C' }] };
    });
    const events = await toolEvents(run(await mcpTools(client), 'get', { city: 'Oslo' }));

    expect(calls).toMatchObject([{ name: 'get', input: { city: 'Oslo' } }]);
    expect(events).toMatchObject([
      { type: 'tool_result', result: { content: [{ type: 'text', text: '9 °C' }] } },
      { type: 'run_end', reason: 'end_turn' },
    ]);
  });

  it('emits the progress of the server as tool_progress', async () => {
    const client = await service(async ({ progress }) => {
      await progress(1, 'asking');
      await settle();
      await progress(2, 'reading');
      await settle();
      return { content: [{ type: 'text', text: 'done' }] };
    });
    const events = await toolEvents(run(await mcpTools(client), 'get'));

    expect(events.slice(0, -1)).toMatchObject([
      { type: 'tool_progress', value: { progress: 1, message: 'asking' } },
      { type: 'tool_progress', value: { progress: 2, message: 'reading' } },
      { type: 'tool_result' },
    ]);
  });

  it('cancels the call on the server when the run is unsubscribed from', async () => {
    let signal: AbortSignal | undefined;
    const client = await service((call) => {
      ({ signal } = call);
      return new Promise<never>(() => undefined);
    });
    const subscription = run(await mcpTools(client), 'get').subscribe();
    await until(() => signal !== undefined);

    expect(signal?.aborted).toBe(false);

    subscription.unsubscribe();
    await until(() => signal?.aborted === true);
  });

  it('sends texts, images, documents and resources of a result', async () => {
    const png = { mimeType: 'image/png', data: 'iVBO' };
    const resource = (fields: object) => ({ type: 'resource', resource: { uri: 'file:///a', ...fields } });
    const client = await service(() => ({
      content: [
        { type: 'text', text: 'Here:' },
        { type: 'image', ...png },
        { type: 'image', mimeType: 'image/tiff', data: 'SUkq' },
        { type: 'audio', mimeType: 'audio/wav', data: 'UklG' },
        resource({ mimeType: 'text/x-c', text: 'int main;' }),
        resource({ mimeType: 'application/pdf', blob: 'JVBE' }),
        resource({ mimeType: 'application/zip', blob: 'UEsD' }),
        { type: 'resource_link', uri: 'file:///b', name: 'b.txt', description: 'More.' },
      ],
    }));
    const result = await resultOf(await mcpTools(client), 'get');

    expect(result?.result.content).toEqual([
      { type: 'text', text: 'Here:' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
      { type: 'text', text: '[image of the type image/tiff, which cannot be read]' },
      { type: 'text', text: '[audio of the type audio/wav, which cannot be read]' },
      { type: 'document', title: 'file:///a', source: { type: 'text', media_type: 'text/plain', data: 'int main;' } },
      { type: 'document', title: 'file:///a', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } },
      { type: 'text', text: '[file:///a of the type application/zip, which cannot be read]' },
      { type: 'text', text: 'b.txt\nfile:///b\nMore.' },
    ]);
  });

  it('sends structured content as JSON if there is no other, and nothing if there is none', async () => {
    const structured = await service(() => ({ content: [], structuredContent: { celsius: 9 } }));
    const empty = await service(() => ({ content: [] }));

    expect((await resultOf(await mcpTools(structured), 'get'))?.result.content).toBe('{"celsius":9}');
    expect((await resultOf(await mcpTools(empty), 'get'))?.result.content).toBeUndefined();
  });

  it('has a failed call if the server says so, with texts only', async () => {
    const content = [
      { type: 'text', text: 'No such city.' },
      { type: 'image', mimeType: 'image/png', data: 'iVBO' },
    ];
    const client = await service(() => ({ content, isError: true }));
    const silent = await service(() => ({ content: [], isError: true }));

    expect(await resultOf(await mcpTools(client), 'get')).toMatchObject({
      result: { is_error: true, content: [{ type: 'text', text: 'No such city.' }] },
      error: { name: 'McpToolError', message: 'No such city.' },
    });
    expect((await resultOf(await mcpTools(silent), 'get'))?.result).toMatchObject({
      is_error: true,
      content: 'get failed.',
    });
  });

  it('has a failed call if the server fails, or the connection is closed, and the run continues', async () => {
    const failing = await service(() => {
      throw new Error('Out of order.');
    });
    const events = await toolEvents(run(await mcpTools(failing), 'get'));

    expect(events).toMatchObject([
      { type: 'tool_result', result: { is_error: true } },
      { type: 'run_end', turns: 2 },
    ]);
    expect(JSON.stringify(events[0])).toContain('Out of order.');

    const tools = await mcpTools(failing);
    await open.pop()?.close();

    expect(await resultOf(tools, 'get')).toMatchObject({ result: { is_error: true } });
  });

  it('has a failed call if the connection is lost during the call, whatever progress there was', async () => {
    let hasStarted = false;
    const client = await service(async ({ progress }) => {
      await progress(99, 'nearly');
      hasStarted = true;
      return new Promise<never>(() => undefined);
    });
    const events = toolEvents(run(await mcpTools(client), 'get'));
    await until(() => hasStarted);
    await settle();
    await open.pop()?.close();

    expect(await events).toMatchObject([
      { type: 'tool_progress' },
      { type: 'tool_result', result: { is_error: true } },
      { type: 'run_end', turns: 2 },
    ]);
  });

  it('has a failed call if the server takes too long', async () => {
    const client = await service(() => new Promise<never>(() => undefined));
    const result = await resultOf(await mcpTools(client, { timeoutMs: 1 }), 'get');

    expect(result?.result.is_error).toBe(true);
    expect(JSON.stringify(result?.result.content)).toMatch(/timed? ?out/i);
  });

  it('has tools of several servers under different names that the API accepts', async () => {
    const one = await service(unused, [mcpTool('search'), mcpTool('search.all'), mcpTool('search/all')]);
    const two = await service(
      (call) => ({ content: [{ type: 'text', text: call.name }] }),
      [mcpTool('search'), mcpTool('x'.repeat(80))],
    );
    const tools = await mcpTools({ 'my server': one, two });
    const alone = await mcpTools(one);

    expect(tools.map(({ name }) => name)).toEqual([
      'my_server_search',
      'my_server_search_all',
      'my_server_search_all_2',
      'two_search',
      `two_${'x'.repeat(60)}`,
    ]);
    expect(alone.map(({ name }) => name)).toEqual(['search', 'search_all', 'search_all_2']);
    expect((await resultOf(tools, 'two_search'))?.result.content).toEqual([{ type: 'text', text: 'search' }]);
  });

  it('is asked for approval, and used, as the options decide from what the server says', async () => {
    const readOnly = mcpTool('get', { annotations: { readOnlyHint: true } });
    const client = await service(() => ({ content: [] }), [readOnly, mcpTool('delete'), mcpTool('hidden')]);
    const tools = await mcpTools(client, {
      filter: ({ name }) => name !== 'hidden',
      needsApproval: ({ annotations }) => annotations?.readOnlyHint !== true,
      idempotent: ({ annotations }) => annotations?.readOnlyHint === true,
    });

    expect(tools.map((tool) => [tool.name, tool.needsApproval({}), tool.idempotent])).toEqual([
      ['get', false, true],
      ['delete', true, false],
    ]);
    const approval = run(tools, 'delete', {}, { onTool: () => false }).pipe(
      filter(({ type }) => type.startsWith('tool_')),
      map(({ type }) => type),
    );
    expect(await firstValueFrom(approval)).toBe('tool_approval_required');
  });
});

it('refuses a tool whose input is not an object, and a server that repeats a page', async () => {
  const strange = {
    listTools: () => Promise.resolve({ tools: [mcpTool('get', { inputSchema: { type: 'array' } })] }),
    callTool: () => Promise.resolve({}),
  };
  const endless = {
    listTools: () => Promise.resolve({ tools: [], nextCursor: 'same' }),
    callTool: () => Promise.resolve({}),
  };

  await expect(mcpTools(strange)).rejects.toThrow('mcpTools: the input of get must be an object.');
  await expect(mcpTools(endless)).rejects.toThrow('The server repeats the page same.');
});

it('checks its arguments at call time', () => {
  const client = { listTools: () => Promise.resolve({ tools: [] }), callTool: () => Promise.resolve({}) };

  expect(() => mcpTools({})).toThrow('mcpTools: pass a client of an MCP server');
  expect(() => mcpTools({ a: client, b: {} as never })).toThrow(TypeError);
  expect(() => mcpTools(client, { filter: true as never })).toThrow('mcpTools: filter must be a function');
  expect(() => mcpTools(client, { timeoutMs: 0 })).toThrow(RangeError);
  expect(() => mcpTools(client, { signal: {} as never })).toThrow('mcpTools: signal must be an AbortSignal.');
});
