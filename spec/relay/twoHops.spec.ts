/** From the API to a service, and from the service to its client: this package, or the official SDK. */
import Anthropic from '@anthropic-ai/sdk';
import { EMPTY, lastValueFrom, take, tap, toArray } from 'rxjs';
import { z } from 'zod';
import {
  continueOnConnectionError,
  defineTool,
  finalMessage,
  fromResponse,
  isRetryable,
  resumeRun,
  retryOnConnectionError,
  runTools,
  streamMessage,
  type AnyEvent,
  type MessageCreateParams,
  type RunState,
  type RunToolsOptions,
} from '../../src/index.js';
import { pipeToServerResponse, type RelayOptions } from '../../src/relay/index.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  sseOf,
  toolUseBlock,
  type MessagesScript,
  type Reply,
} from '../../src/testing/index.js';
import { answers } from '../resilience/support/streams.js';
import { errorOf } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';
import { useServices } from './support/services.js';

const KEY = 'sk-ant-the-key-of-the-service';
const params: MessageCreateParams & { model: string } = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};

const serveApi = useServers();
const services = useServices();

/** Starts an API, and a service that forwards its answers. Returns their URLs. */
async function startHops(script: MessagesScript, options?: RelayOptions, retries = false) {
  const api = await serveApi(script);
  const gateway = await services.serve((_, response) => {
    const events$ = streamMessage(params, { apiKey: KEY, baseURL: api.url });
    const retried$ = events$.pipe(retryOnConnectionError({ initialDelayMs: 0 }));
    (retries ? retried$ : events$).pipe(pipeToServerResponse(response, options)).subscribe();
  });
  return { api: api.url, gateway };
}

const ask = (baseURL: string) => streamMessage(params, { apiKey: 'sk-ant-client', baseURL });

const sdk = (baseURL: string) => new Anthropic({ apiKey: 'sk-ant-client', baseURL, maxRetries: 0 });

/** The error of the official SDK when it reads a stream to its end. */
async function sdkErrorOf(baseURL: string): Promise<unknown> {
  try {
    const stream = await sdk(baseURL).messages.create({
      ...params,
      stream: true,
    } as Anthropic.MessageCreateParamsStreaming);
    for await (const event of stream) if (event.type === 'message_stop') return undefined;
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a complete message', () => {
  it.each(answers.map(({ name, message }) => [name, message] as const))(
    'is the same for a client with this package, for one with the official SDK, and without a service: %s',
    async (_, message) => {
      const { api, gateway } = await startHops({ message, chunkBytes: 50 });
      const direct = await lastValueFrom(ask(api).pipe(finalMessage()));

      expect(direct).toEqual(message);
      expect(await lastValueFrom(ask(gateway).pipe(finalMessage()))).toEqual(direct);
      expect(
        JSON.parse(
          JSON.stringify(
            await sdk(gateway)
              .messages.stream(params as Anthropic.MessageStreamParams)
              .finalMessage(),
          ),
        ),
      ).toEqual(expect.objectContaining(JSON.parse(JSON.stringify(direct))));
    },
  );

  it('has the same events', async () => {
    const { api, gateway } = await startHops({ message: buildMessage({ content: 'The tide comes in.' }) });

    expect(await lastValueFrom(ask(gateway).pipe(toArray()))).toEqual(await lastValueFrom(ask(api).pipe(toArray())));
  });
});

describe('a client that leaves', () => {
  const message = buildMessage({ content: 'The tide comes in twice a day.' });
  const events = eventsOf(message, { deltaLength: 5 });

  it.each(events.slice(0, -1).map((_, count) => count + 1))(
    'stops the request to the API: after %d events',
    async (count) => {
      const sent = sseOf(events.slice(0, count));
      const api = await serveApi({ events, stallAtByte: Buffer.byteLength(sent) });
      const gateway = await services.serve((_, response) => {
        streamMessage(params, { apiKey: KEY, baseURL: api.url }).pipe(pipeToServerResponse(response)).subscribe();
      });

      expect(await lastValueFrom(ask(gateway).pipe(take(count), toArray()))).toEqual(events.slice(0, count));

      const request = await api.request(1);
      await request.closed;

      expect(request.hungUp).toBe(true);
    },
  );
});

describe('a fault of the API', () => {
  const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });
  const bytes = 900; // in the middle of the deltas

  const withStatus = (status: number): [string, Reply] => [`status ${status}`, { status }];
  const inStream = (type: string): [string, Reply] => [
    `an ${type} in the stream`,
    { events: [...events.slice(0, 5), errorEvent(type, 'secret')] },
  ];

  const isErrorInStream = ({ events: sent }: Reply): boolean =>
    [...(sent ?? [])].some((event) => typeof event !== 'string' && event.type === 'error');

  const faults: readonly (readonly [string, Reply])[] = [
    ...[400, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529].map(withStatus),
    ...['overloaded_error', 'api_error', 'rate_limit_error', 'invalid_request_error', 'timeout_error'].map(inStream),
    ['an end in the middle', { events, cutAtByte: bytes }],
    ['a lost connection', { events, disconnectAtByte: bytes }],
    ['a reset connection', { events, resetAtByte: bytes }],
    ['no response', { noResponse: 'close' }],
    ['no event', { events: [] }],
  ];

  it.each(faults)('is the same error on both sides: %s', async (_, reply) => {
    const { api, gateway } = await startHops(reply);
    const [direct, forwarded] = await Promise.all([errorOf(ask(api)), errorOf(ask(gateway))]);

    expect(forwarded).toBeInstanceOf((direct as Error).constructor);
    expect(forwarded).toMatchObject({ name: (direct as Error).name });
    expect(isRetryable(forwarded)).toBe(isRetryable(direct));
  });

  it.each(faults.filter(([, reply]) => reply.status !== undefined || isErrorInStream(reply)))(
    'is the same error for the official SDK: %s',
    async (_, reply) => {
      const { api, gateway } = await startHops(reply);
      const [direct, forwarded] = await Promise.all([sdkErrorOf(api), sdkErrorOf(gateway)]);
      const { name, type } = direct as Error & { readonly type: string };

      expect(direct).toBeInstanceOf(Anthropic.APIError);
      expect(forwarded).toMatchObject({ name, type });
    },
  );

  it.each(faults.filter(([, reply]) => reply.events !== undefined))(
    'is an error for the official SDK, whatever it is: %s',
    async (_, reply) => {
      const { gateway } = await startHops(reply);

      expect(await sdkErrorOf(gateway)).toBeInstanceOf(Anthropic.APIError);
    },
  );

  it.each([401, 402, 403])('is an internal error if it is about the service itself: status %d', async (status) => {
    const { gateway } = await startHops({ status });
    const forwarded = await errorOf(ask(gateway));

    expect(forwarded).toMatchObject({ name: 'InternalServerError', status: 500, type: 'api_error', retryable: false });
    expect(await sdkErrorOf(gateway)).toMatchObject({ name: 'InternalServerError', status: 500, type: 'api_error' });
  });

  it('never shows the key, the address of the API, or what the API said', async () => {
    const { api, gateway } = await startHops({
      status: 400,
      body: errorEvent('invalid_request_error', `secret ${KEY}`),
      headers: { 'x-secret': KEY },
    });
    const response = await fetch(gateway);
    const all = JSON.stringify([...response.headers]) + (await response.text());

    expect(all).not.toContain('secret');
    expect(all).not.toContain(KEY);
    expect(all).not.toContain(new URL(api).port);
  });

  it('is retried by the service or by the client, never by both', async () => {
    const api = await serveApi({ status: 529, headers: { 'retry-after-ms': '0' } });
    const gateway = await services.serve((_, response) => {
      streamMessage(params, { apiKey: KEY, baseURL: api.url })
        .pipe(retryOnConnectionError({ maxRetries: 2 }), pipeToServerResponse(response))
        .subscribe();
    });
    const error = await errorOf(ask(gateway).pipe(retryOnConnectionError({ maxRetries: 2, initialDelayMs: 0 })));

    expect(error).toMatchObject({ name: 'OverloadedError', retryable: false });
    expect(api.requests).toHaveLength(3);
  });

  it.each([
    ['retryOnConnectionError', retryOnConnectionError({ maxRetries: 1, announce: false })],
    [
      'continueOnConnectionError',
      continueOnConnectionError({ maxRetries: 1, announce: false, continueWith: () => EMPTY }),
    ],
  ])('is not retried by the client after silent retries, whose status the response has: %s', async (_, retry) => {
    const api = await serveApi({ status: 529, headers: { 'retry-after-ms': '0' } });
    const gateway = await services.serve((_request, response) => {
      streamMessage(params, { apiKey: KEY, baseURL: api.url }).pipe(retry, pipeToServerResponse(response)).subscribe();
    });
    const client = new Anthropic({ apiKey: 'sk-ant-client', baseURL: gateway, maxRetries: 2 });

    await expect(
      client.messages.create({ ...params, stream: true } as Anthropic.MessageCreateParamsStreaming),
    ).rejects.toMatchObject({ status: 529 });
    expect(api.requests).toHaveLength(2);
    expect(await errorOf(ask(gateway))).toMatchObject({ status: 529, retryable: false });
  });

  it('is hidden from the official SDK if the service retries, which also retries nothing itself', async () => {
    const message = buildMessage({ content: 'Hello' });
    const script: Reply[] = [
      { status: 529, headers: { 'retry-after-ms': '0' } },
      { events: eventsOf(message).slice(0, 2) },
      { message },
    ];
    const { gateway } = await startHops(script, { restarts: false }, true);

    expect(
      await sdk(gateway)
        .messages.stream(params as Anthropic.MessageStreamParams)
        .finalMessage(),
    ).toMatchObject({ content: message.content });

    const failing = await serveApi({ status: 529, headers: { 'retry-after-ms': '0' } });
    const retrying = await services.serve((_, response) => {
      streamMessage(params, { apiKey: KEY, baseURL: failing.url })
        .pipe(retryOnConnectionError({ maxRetries: 1 }), pipeToServerResponse(response, { restarts: false }))
        .subscribe();
    });
    const client = new Anthropic({ apiKey: 'sk-ant-client', baseURL: retrying, maxRetries: 2 });

    await expect(
      client.messages.create({ ...params, stream: true } as Anthropic.MessageCreateParamsStreaming),
    ).rejects.toMatchObject({ status: 529 });
    expect(failing.requests).toHaveLength(2);
  });
});

describe('a tool run', () => {
  it('has the same events for a client with this package', async () => {
    const api = await serveApi([{ message: buildMessage({ content: 'Hello' }) }]);
    const own: AnyEvent[] = [];
    const gateway = await services.serve((_, response) => {
      runTools(params, { apiKey: KEY, baseURL: api.url, tools: [] })
        .pipe(
          tap((event) => own.push(event)),
          pipeToServerResponse(response),
        )
        .subscribe();
    });
    const received = await lastValueFrom(ask(gateway).pipe(toArray<AnyEvent>()));

    expect(received.map(({ type }) => type).at(-1)).toBe('run_end');
    expect(received).toEqual(JSON.parse(JSON.stringify(own)));
  });

  it('pauses for a client, and is resumed for another request of it', async () => {
    const refund = toolUseBlock('refund', { euros: 90 }, { id: 'toolu_1' });
    const api = await serveApi([
      { message: buildMessage({ content: ['Well.', refund] }) },
      { message: buildMessage({ content: 'Done.' }) },
    ]);
    const log: string[] = [];
    let saved = '';
    const options: RunToolsOptions = {
      apiKey: KEY,
      baseURL: api.url,
      tools: [defineTool({ name: 'refund', input: z.object({}), needsApproval: true, run: () => log.push('paid') })],
      onTool: ({ needsApproval }) => !needsApproval || 'pause',
      onState: (state) => void (saved = JSON.stringify(state)),
    };
    const gateway = await services.serve((request, response) => {
      const decisions = new URL(String(request.url), 'http://localhost').searchParams;
      const run = decisions.has('toolu_1')
        ? resumeRun(JSON.parse(saved) as RunState, { toolu_1: decisions.get('toolu_1') === 'yes' }, params, options)
        : runTools(params, options);
      run.pipe(pipeToServerResponse(response)).subscribe();
    });
    const read = (query: string) =>
      lastValueFrom(fromResponse((signal) => fetch(`${gateway}/${query}`, { signal })).pipe(toArray<AnyEvent>()));
    const paused = (await read('')).at(-1);

    expect(paused).toEqual({ type: 'run_paused', state: JSON.parse(saved) as unknown });
    expect(saved).not.toContain(KEY);

    const [result, ...rest] = await read('?toolu_1=yes');

    expect([result?.type, rest.at(-1)?.type]).toEqual(['tool_result', 'run_end']);
    expect(log).toEqual(['paid']);
  });
});
