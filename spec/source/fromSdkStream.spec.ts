import Anthropic from '@anthropic-ai/sdk';
import { lastValueFrom, take, toArray } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  APIConnectionError,
  APIStatusError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ContentTooLargeError,
  fromSdkStream,
  IncompleteMessageError,
  InternalServerError,
  InvalidEventError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  streamMessage,
  type MessageStreamEvent,
  type SdkStream,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf, type MessagesServer } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { bodyOf, eventStream, terminated } from './support/bodies.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';
import { useServers } from './support/servers.js';

const serve = useServers();

const params = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

const message = buildMessage({ content: 'Hello 😀 wide 世界, how are you today?' });

const events = eventsOf(message);

const sse = sseOf(events);

const startOf = (position: number) => Buffer.byteLength(sseOf(events.slice(0, position)));

const firstDelta = events.findIndex(({ type }) => type === 'content_block_delta');

const apiKey = 'sk-telltale';

type Ask = (client: Anthropic, signal: AbortSignal) => SdkStream | PromiseLike<SdkStream>;

type ClientOptions = ConstructorParameters<typeof Anthropic>[0];

/** All the ways in which the SDK makes a stream. */
const ways: [string, Ask][] = [
  ['messages.create', (client, signal) => client.messages.create({ ...params, stream: true }, { signal })],
  ['messages.stream', (client, signal) => client.messages.stream(params, { signal })],
  ['beta.messages.create', (client, signal) => client.beta.messages.create({ ...params, stream: true }, { signal })],
  ['beta.messages.stream', (client, signal) => client.beta.messages.stream(params, { signal })],
];

function read(ask: Ask, options: ClientOptions) {
  const client = new Anthropic({ apiKey, maxRetries: 0, logLevel: 'off', ...options });
  return fromSdkStream((signal) => ask(client, signal));
}

const readFrom = (server: MessagesServer, ask: Ask) => read(ask, { baseURL: server.url });

/** The SDK over a response of the spec's own, whose errors are this realm's, as they are outside of Jest. */
const readResponse = (response: () => Response, ask: Ask) => read(ask, { fetch: () => Promise.resolve(response()) });

describe.each(ways)('fromSdkStream of %s', (_, ask) => {
  it('is cold: one subscription is one request', async () => {
    const server = await serve({ message });
    const source = readFrom(server, ask);
    await settle();

    expect(server.requests).toHaveLength(0);
    expect(await outcomeOf(source)).toEqual({ values: events, ended: 'completed', error: undefined });
    expect(await outcomeOf(source)).toEqual({ values: events, ended: 'completed', error: undefined });
    expect(server.requests).toHaveLength(2);
  });

  it('emits the same events as streamMessage, except pings', async () => {
    const server = await serve({ events: eventsOf(message, { pingEvery: 2 }), chunkBytes: 11 });
    const own = await lastValueFrom(streamMessage(params, { apiKey, baseURL: server.url }).pipe(toArray()));

    expect(own.filter(({ type }) => type === 'ping')).not.toHaveLength(0);
    expect(await lastValueFrom(readFrom(server, ask).pipe(toArray()))).toEqual(
      own.filter(({ type }) => type !== 'ping'),
    );
  });

  // The SDK reads no events without event lines, and its MessageStream no second message.
  it.each(streams.filter(({ name, options }) => options.eventLines !== false && name !== 'two messages'))(
    'reads $name',
    async ({ events: sent, options }) => {
      const server = await serve({ events: sent, ...options, chunkBytes: 64 });

      expect(await outcomeOf(readFrom(server, ask))).toMatchObject({
        values: sent.filter(({ type }) => type !== 'ping'),
        ended: 'completed',
      });
    },
  );

  it('emits events that never change', async () => {
    for (const { sse: text, options } of streams.slice(0, 6)) {
      if (options.eventLines === false) continue;
      const atOnce: MessageStreamEvent[] = [];
      const kept: MessageStreamEvent[] = [];
      await new Promise<void>((resolve) => {
        readResponse(() => eventStream(text), ask).subscribe({
          next: (event) => {
            kept.push(event);
            atOnce.push(structuredClone(event));
          },
          complete: resolve,
        });
      });

      expect(kept.length).toBeGreaterThan(5);
      expect(kept).toEqual(atOnce);
    }
  });

  it('has snapshots that share nothing with the SDK', async () => {
    const server = await serve({ message });
    const snapshots = await lastValueFrom(readFrom(server, ask).pipe(accumulateMessage(), toArray()));

    expect(snapshots[0]).toMatchObject({ content: [], stop_reason: null, usage: { output_tokens: 1 } });
    expect(snapshots.at(-1)).toEqual(message);
  });

  it.each([
    [400, BadRequestError, false],
    [401, AuthenticationError, false],
    [403, PermissionDeniedError, false],
    [404, NotFoundError, false],
    [413, ContentTooLargeError, false],
    [429, RateLimitError, true],
    [500, InternalServerError, true],
    [529, OverloadedError, true],
  ])('translates the status %p', async (status, StatusError, retryable) => {
    const server = await serve({ status, headers: { 'retry-after': '7' } });
    const own = await errorOf(streamMessage(params, { apiKey, baseURL: server.url }));
    const error = await errorOf(readFrom(server, ask));

    expect((error as Error).constructor).toBe(StatusError);
    expect(error).toMatchObject({ status, retryable, retryAfterMs: 7000, phase: 'connect', requestID: 'req_0002' });
    expect(error).toMatchObject({ type: (own as APIStatusError).type, message: (own as Error).message });
    expect((error as APIStatusError).error).toEqual({ ...((own as APIStatusError).error as object), request_id: 'req_0002' }); // prettier-ignore
    expect((error as Error).cause).toBeInstanceOf(Anthropic.APIError);
  });

  it('translates a status with a body that is not JSON', async () => {
    const server = await serve({ status: 502, body: '<html>Bad gateway</html>' });
    const error = await errorOf(readFrom(server, ask));

    expect(error).toBeInstanceOf(InternalServerError);
    expect(String(error)).toContain('502');
    expect(String(error)).toContain('<html>Bad gateway</html>');
  });

  it('translates a refused connection', async () => {
    const server = await serve();
    await server.close();
    const error = await errorOf(readFrom(server, ask));

    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'connect', retryable: true });
    expect((error as Error).cause).toBeInstanceOf(Anthropic.APIConnectionError);
    expect(String(error)).toContain('ECONNREFUSED');
  });

  it.each([
    ['overloaded_error', OverloadedError, 529, true],
    ['invalid_request_error', BadRequestError, 400, false],
    ['invented_error', APIStatusError, undefined, false],
  ])(
    'translates an error event of type %s, after all events before it',
    async (type, StatusError, status, retryable) => {
      for (const n of [0, 1, firstDelta, firstDelta + 2]) {
        const server = await serve({ events: [...events.slice(0, n), errorEvent(type, 'Went wrong.')] });
        const { values, error } = await outcomeOf(readFrom(server, ask));

        expect(values).toEqual(events.slice(0, n));
        expect((error as Error).constructor).toBe(StatusError);
        expect(error).toMatchObject({ type, status, retryable, requestID: 'req_0001' });
        expect(error).toMatchObject({ phase: n === 0 ? 'connect' : n > firstDelta ? 'mid-content' : 'before-content' });
        expect(String(error)).toContain(`${type}: Went wrong.`);
        expect((error as Error).cause).toBeInstanceOf(Anthropic.APIError);
      }
    },
  );

  it('emits every event before an error, even if everything arrives at once', async () => {
    const text = sseOf([...events.slice(0, firstDelta + 2), errorEvent('overloaded_error', 'x')]);
    const { values, error } = await outcomeOf(readResponse(() => eventStream(text), ask));

    expect(values).toEqual(events.slice(0, firstDelta + 2));
    expect(error).toBeInstanceOf(OverloadedError);
  });

  it('emits every event to a slow consumer', async () => {
    const text = sseOf([...events.slice(0, firstDelta + 2), errorEvent('overloaded_error', 'x')]);
    const log: string[] = [];
    let queue = Promise.resolve();
    const slowly = (entry: string) => {
      queue = queue.then(settle).then(() => {
        log.push(entry);
      });
    };
    await new Promise<void>((resolve) => {
      readResponse(() => eventStream(text), ask).subscribe({
        next: ({ type }) => {
          slowly(type);
        },
        error: () => {
          slowly('error');
          resolve();
        },
      });
    });
    await queue;

    expect(log).toEqual([...events.slice(0, firstDelta + 2).map(({ type }) => type), 'error']);
  });

  it('translates a lost connection, after all events before it', async () => {
    const response = () => eventStream(bodyOf([sseOf(events.slice(0, firstDelta + 1))], terminated()));
    const { values, error } = await outcomeOf(readResponse(response, ask));

    expect(values).toEqual(events.slice(0, firstDelta + 1));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).not.toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ phase: 'mid-content', retryable: true });
    expect(String(error)).toContain('The connection was lost after content_block_delta: terminated: other side closed');
  });

  it('completes if the connection is lost after message_stop', async () => {
    const response = () => eventStream(bodyOf([sse], terminated()));

    expect(await outcomeOf(readResponse(response, ask))).toEqual({
      values: events,
      ended: 'completed',
      error: undefined,
    });
  });

  it.each(events.map((_event, n) => n))('fails if the stream ends after %p events', async (n) => {
    const server = await serve({ message, cutAtByte: startOf(n) });
    const { values, error } = await outcomeOf(readFrom(server, ask));

    expect(values).toEqual(events.slice(0, n));
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ phase: n > firstDelta ? 'mid-content' : 'before-content', retryable: true });
  });

  it('fails if an event is out of order, and aborts the request', async () => {
    const server = await serve({ events: [...events.slice(0, 2), ...events.slice(1, 2)], stallAtByte: 1e6 });
    const { values, error } = await outcomeOf(readFrom(server, ask));

    expect(values).toEqual(events.slice(0, 2));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 2 });
  });

  it('aborts the request if an event is invalid', async () => {
    const faulty = [...events.slice(0, 2), ...events.slice(1, 2)];
    const server = await serve({ events: [...faulty, ': more'], stallAtByte: Buffer.byteLength(sseOf(faulty)) });
    const error = await errorOf(readFrom(server, ask));
    const request = await server.request();
    await request.closed;

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(request.hungUp).toBe(true);
  });

  it('aborts the request on unsubscribe before the headers', async () => {
    const server = await serve({ message, delayMs: 2 ** 31 - 1 });
    const seen = watch(readFrom(server, ask));
    const request = await server.request();
    seen.subscription.unsubscribe();
    await request.closed;
    await settle();

    expect(request.hungUp).toBe(true);
    expect(seen).toMatchObject({ values: [], ended: undefined });
  });

  it.each(events.map((_event, n) => n).slice(1))('aborts the request on unsubscribe after %p events', async (n) => {
    const server = await serve({ message, stallAtByte: startOf(n) });
    const { values } = await outcomeOf(readFrom(server, ask).pipe(take(n)));
    const request = await server.request();
    await request.closed;
    await settle();

    expect(values).toEqual(events.slice(0, n));
    expect(request.hungUp).toBe(true);
  });

  it('aborts the request on immediate unsubscribe', async () => {
    const server = await serve({ message, stallAtByte: 0 });
    const seen = watch(readFrom(server, ask));
    seen.subscription.unsubscribe();
    await settle();
    await Promise.all(server.requests.map(({ closed }) => closed));

    expect(server.openConnections).toBe(0);
    expect(seen).toMatchObject({ values: [], ended: undefined });
  });

  it('aborts the request even if the SDK was not given the signal', async () => {
    const server = await serve({ message, stallAtByte: startOf(2) });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    await outcomeOf(fromSdkStream(() => ask(client, new AbortController().signal)).pipe(take(2)));
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });

  it('is an APIUserAbortError if someone else aborts the SDK’s request', async () => {
    const server = await serve({ message, stallAtByte: startOf(firstDelta + 1) });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    const controller = new AbortController();
    const source = fromSdkStream(() => ask(client, controller.signal));
    const { values, error } = await new Promise<{ values: unknown[]; error: unknown }>((resolve) => {
      const values: unknown[] = [];
      source.subscribe({
        next: (event) => {
          if (values.push(event) === firstDelta + 1) controller.abort();
        },
        error: (error: unknown) => {
          resolve({ values, error });
        },
      });
    });

    expect(values).toEqual(events.slice(0, firstDelta + 1));
    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error).toMatchObject({ phase: 'mid-content', retryable: false });
  });

  it('is an APIUserAbortError if the signal was aborted before', async () => {
    const server = await serve({ message });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    const error = await errorOf(fromSdkStream(() => ask(client, AbortSignal.abort())));

    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error).toMatchObject({ phase: 'connect', retryable: false });
    expect(server.requests).toHaveLength(0);
  });

  it('fails the second time if the function returns the same stream again', async () => {
    const server = await serve({ message });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    let stream: SdkStream | PromiseLike<SdkStream> | undefined;
    const source = fromSdkStream((signal) => (stream ??= ask(client, signal)));

    expect(await outcomeOf(source)).toMatchObject({ ended: 'completed' });

    const error = await errorOf(source);

    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ retryable: false });
  });

  it('shows no key in an error', async () => {
    const server = await serve({ status: 401 });

    expect(JSON.stringify(await errorOf(readFrom(server, ask)))).not.toContain('telltale');
    expect(String(await errorOf(readFrom(server, ask)))).not.toContain('telltale');
  });
});
