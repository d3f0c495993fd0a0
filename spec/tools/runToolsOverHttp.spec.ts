import { firstValueFrom, lastValueFrom, NEVER, tap, toArray } from 'rxjs';
import { z } from 'zod';
import { APIUserAbortError, ofType, retryOnConnectionError, streamMessage } from '../../src/index.js';
import {
  buildMessage,
  startMessagesServer,
  toolUseBlock,
  type MessagesScript,
  type MessagesServer,
} from '../../src/testing/index.js';
import { defineTool } from '../../src/tools/defineTool.js';
import { runTools } from '../../src/tools/runTools.js';
import { params } from './support/turns.js';

const calls = [
  toolUseBlock('get_weather', { city: 'Bergen' }, { id: 'toolu_1' }),
  toolUseBlock('get_time', {}, { id: 'toolu_2' }),
  toolUseBlock('get_weather', { city: 'Atlantis' }, { id: 'toolu_3' }),
];

const getWeather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city, now.',
  input: z.object({ city: z.enum(['Bergen', 'Lisbon']) }),
  run: ({ city }) => Promise.resolve({ city, degrees: 9 }),
});

describe('runTools, over HTTP', () => {
  let server: MessagesServer;

  async function listen(script: MessagesScript) {
    server = await startMessagesServer(script);
    return { apiKey: 'k', baseURL: server.url };
  }

  afterEach(() => server.close());

  it('sends what the API accepts, turn by turn', async () => {
    const first = { message: buildMessage({ id: 'msg_1', content: calls }), chunkBytes: 7 };
    const options = await listen([first, { message: buildMessage({ id: 'msg_2', content: 'Nine degrees.' }) }]);
    const events = await lastValueFrom(runTools(params, { ...options, tools: [getWeather] }).pipe(toArray()));
    const tools = [
      {
        name: 'get_weather',
        description: 'The weather in a city, now.',
        input_schema: expect.objectContaining({ type: 'object', required: ['city'] }) as unknown,
      },
    ];
    const failed = (tool_use_id: string, content: RegExp) => ({
      type: 'tool_result',
      tool_use_id,
      content: expect.stringMatching(content) as unknown,
      is_error: true,
    });

    expect(server.requests.map(({ body }) => body)).toEqual([
      { ...params, tools, stream: true },
      {
        ...params,
        tools,
        stream: true,
        messages: [
          ...params.messages,
          { role: 'assistant', content: calls },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_1', content: '{"city":"Bergen","degrees":9}' },
              failed('toolu_2', /^There is no tool named get_time\./),
              failed('toolu_3', /^The input of get_weather does not match its schema:\n- city: /),
            ],
          },
        ],
      },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run_end', reason: 'end_turn', turns: 2, messages: { length: 4 } });
  });

  it('sends each request again on its own if request retries', async () => {
    const options = await listen([
      { status: 529 },
      { message: buildMessage({ id: 'msg_1', content: calls.slice(0, 1) }) },
      { status: 529 },
      { message: buildMessage({ id: 'msg_2', content: 'Nine degrees.' }) },
    ]);
    const run = jest.fn(() => 'rain');
    const end = await lastValueFrom(
      runTools(params, {
        tools: [{ ...getWeather, run }],
        request: (turn) => streamMessage(turn, options).pipe(retryOnConnectionError({ initialDelayMs: 0 })),
      }),
    );

    expect(end).toMatchObject({ type: 'run_end', reason: 'end_turn', turns: 2 });
    expect(server.requests).toHaveLength(4);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('aborts the request and the tool when it is unsubscribed from while both run', async () => {
    const options = await listen({ message: buildMessage({ content: calls.slice(0, 2) }), stallAtByte: 1100 });
    const aborted = new Promise<void>((resolve) => {
      const run = (_: unknown, { signal }: { readonly signal: AbortSignal }) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
        subscription.unsubscribe();
        return NEVER;
      };
      const subscription = runTools(params, { ...options, tools: [{ ...getWeather, run }] }).subscribe();
    });
    await aborted;
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('fails when the signal is aborted while a message streams, with what had arrived of it', async () => {
    const options = await listen({ message: buildMessage({ content: 'Hello, world' }), stallAtByte: 800 });
    const controller = new AbortController();
    const run = runTools(params, { ...options, tools: [], signal: controller.signal }).pipe(
      tap((event) => {
        if (event.type === 'content_block_delta') controller.abort();
      }),
    );

    const error: unknown = await lastValueFrom(run).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error).toMatchObject({ requestID: 'req_0001', partial: { content: [{ text: 'Hello, world' }] } });
  });

  it('returns messages that continue the conversation', async () => {
    const options = await listen([
      { message: buildMessage({ content: calls.slice(0, 1) }) },
      { message: buildMessage({ content: 'Nine degrees.' }) },
      { message: buildMessage({ content: 'In Bergen.' }) },
    ]);
    const { messages } = await firstValueFrom(
      runTools(params, { ...options, tools: [getWeather] }).pipe(ofType('run_end')),
    );
    const question = { role: 'user', content: 'Where?' } as const;
    await lastValueFrom(streamMessage({ ...params, messages: [...messages, question] }, options));

    expect(server.requests[2]?.body).toMatchObject({ messages: { length: 5, 4: question } });
  });
});
