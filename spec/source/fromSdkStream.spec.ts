import Anthropic from '@anthropic-ai/sdk';
import { first, from, lastValueFrom, mergeMap, pipe, take, tap, toArray, type OperatorFunction } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  APIConnectionError,
  APIStatusError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  finalMessage,
  fromSdkStream,
  IncompleteMessageError,
  InternalServerError,
  InvalidEventError,
  messageState,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  shareMessage,
  streamMessage,
  textDeltas,
  usage,
  type AnyEvent,
  type MessageStreamEvent,
  type SdkStream,
} from '../../src/index.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  sseOf,
  toolUseBlock,
  type MessagesServer,
} from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
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

  it('emits what streamMessage does, but for pings', async () => {
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

  it('gives out events that never change', async () => {
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

  it('is good for snapshots that share nothing with the SDK', async () => {
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
    [413, APIStatusError, false],
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

  it('translates a status with a body that is no JSON', async () => {
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
    'translates an error event of type %s, after all that came before it',
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

  it('loses nothing that came before an error, even if everything comes at once', async () => {
    const text = sseOf([...events.slice(0, firstDelta + 2), errorEvent('overloaded_error', 'x')]);
    const { values, error } = await outcomeOf(readResponse(() => eventStream(text), ask));

    expect(values).toEqual(events.slice(0, firstDelta + 2));
    expect(error).toBeInstanceOf(OverloadedError);
  });

  it('loses nothing to a consumer that takes its time', async () => {
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

  it('translates a lost connection, after all that came before it', async () => {
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

  it.each(events.map((_event, n) => n))('takes a stream that ends after %p events for no answer', async (n) => {
    const server = await serve({ message, cutAtByte: startOf(n) });
    const { values, error } = await outcomeOf(readFrom(server, ask));

    expect(values).toEqual(events.slice(0, n));
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ phase: n > firstDelta ? 'mid-content' : 'before-content', retryable: true });
  });

  it('fails with an event that may not come where it comes, and aborts the request', async () => {
    const server = await serve({ events: [...events.slice(0, 2), ...events.slice(1, 2)], stallAtByte: 1e6 });
    const { values, error } = await outcomeOf(readFrom(server, ask));

    expect(values).toEqual(events.slice(0, 2));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 2 });
  });

  it('aborts the request when an event is at fault', async () => {
    const faulty = [...events.slice(0, 2), ...events.slice(1, 2)];
    const server = await serve({ events: [...faulty, ': more'], stallAtByte: Buffer.byteLength(sseOf(faulty)) });
    const error = await errorOf(readFrom(server, ask));
    const request = await server.request();
    await request.closed;

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(request.hungUp).toBe(true);
  });

  it('aborts the request when the consumer leaves before the headers', async () => {
    const server = await serve({ message, delayMs: 2 ** 31 - 1 });
    const seen = watch(readFrom(server, ask));
    const request = await server.request();
    seen.subscription.unsubscribe();
    await request.closed;
    await settle();

    expect(request.hungUp).toBe(true);
    expect(seen).toMatchObject({ values: [], ended: undefined });
  });

  it.each(events.map((_event, n) => n).slice(1))('aborts it when the consumer leaves after %p events', async (n) => {
    const server = await serve({ message, stallAtByte: startOf(n) });
    const { values } = await outcomeOf(readFrom(server, ask).pipe(take(n)));
    const request = await server.request();
    await request.closed;
    await settle();

    expect(values).toEqual(events.slice(0, n));
    expect(request.hungUp).toBe(true);
  });

  it('aborts it when the consumer leaves at once', async () => {
    const server = await serve({ message, stallAtByte: 0 });
    const seen = watch(readFrom(server, ask));
    seen.subscription.unsubscribe();
    await settle();
    await Promise.all(server.requests.map(({ closed }) => closed));

    expect(server.openConnections).toBe(0);
    expect(seen).toMatchObject({ values: [], ended: undefined });
  });

  it('aborts it even if the SDK was not given the signal', async () => {
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

  it('is an APIUserAbortError if that was so from the beginning', async () => {
    const server = await serve({ message });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    const error = await errorOf(fromSdkStream(() => ask(client, AbortSignal.abort())));

    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error).toMatchObject({ phase: 'connect', retryable: false });
    expect(server.requests).toHaveLength(0);
  });

  it('fails the second time if the function gives the same stream again', async () => {
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

describe('a MessageStream of the SDK that goes into operators by itself', () => {
  const answer = buildMessage({
    content: ['Hello, how are you?', toolUseBlock('get', { a: 1 })],
    stop_reason: 'tool_use',
  });

  async function all<Out>(operator: OperatorFunction<AnyEvent, Out>): Promise<Out[]> {
    const server = await serve({ message: answer });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    return lastValueFrom(from(client.messages.stream(params)).pipe(operator, toArray()));
  }

  it('has the SDK write to nothing that is emitted', async () => {
    const emitted: [unknown, string][] = [];
    const snapshots = await all(
      pipe(
        accumulateMessage(),
        tap((message) => emitted.push([message, JSON.stringify(message)])),
      ),
    );

    for (const [message, before] of emitted) expect(JSON.stringify(message)).toBe(before);
    expect(snapshots.at(-1)).toEqual(answer);
  });

  it('has its usage and its state told', async () => {
    expect((await all(usage())).map(({ output_tokens }) => output_tokens)).toEqual([1, answer.usage.output_tokens]);
    expect((await all(messageState())).at(-1)).toMatchObject({ status: 'done', message: answer });
  });

  it('is shared with those who come late', async () => {
    const late: unknown[] = [];
    await all((source) => {
      const shared = source.pipe(shareMessage());
      const isDelta = ({ type }: AnyEvent) => type === 'content_block_delta';
      shared
        .pipe(
          first(isDelta),
          mergeMap(() => shared),
          finalMessage(),
        )
        .subscribe((message) => late.push(message));
      return shared;
    });

    expect(late).toEqual([answer]);
  });
});

describe('fromSdkStream of any sequence of events', () => {
  async function* sequence(list: readonly AnyEvent[], failure?: unknown) {
    await Promise.resolve();
    yield* list;
    if (failure !== undefined) throw failure as Error;
  }

  it('reads it', async () => {
    const source = fromSdkStream(() => sequence(events)).pipe(textDeltas(), toArray());

    expect((await lastValueFrom(source)).join('')).toBe('Hello 😀 wide 世界, how are you today?');
  });

  it('passes on its events themselves, unchanged', async () => {
    const frozen = deepFreeze(structuredClone(events));
    const { values } = await outcomeOf(fromSdkStream(() => sequence(frozen)));

    values.forEach((event, position) => {
      expect(event).toBe(frozen[position]);
    });
    expect(values).toHaveLength(events.length);
  });

  it.each<[string, unknown, unknown]>([
    ['an error of the package as it is', new AnthropicError('mine'), { name: 'AnthropicError', message: 'mine' }],
    ['a lost connection', terminated(), { name: 'APIConnectionError', phase: 'mid-content' }],
    ['an abort', new DOMException('x', 'AbortError'), { name: 'APIUserAbortError', phase: 'mid-content' }],
    ['a status', { status: 418, message: 'teapot' }, { name: 'APIStatusError', status: 418 }],
    ['anything else', new RangeError('of the user'), { name: 'AnthropicError', message: 'of the user' }],
    ['what is no error', 'oops', { name: 'AnthropicError', message: 'oops' }],
    ['nothing', null, { name: 'AnthropicError', message: 'null' }],
  ])('fails with %s', async (_, failure, expected) => {
    const { values, error } = await outcomeOf(fromSdkStream(() => sequence(events.slice(0, 3), failure)));

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject(expected as object);
    expect(error === failure || (error as Error).cause === failure).toBe(true);
  });

  it('fails with what the function throws', async () => {
    const failure = new RangeError('of the user');
    const throwing = fromSdkStream(() => {
      throw failure;
    });

    expect(await errorOf(throwing)).toMatchObject({ name: 'AnthropicError', cause: failure });
    expect(await errorOf(fromSdkStream(() => Promise.reject(failure)))).toMatchObject({ cause: failure });
  });

  it('fails if it ends early, wherever', async () => {
    for (let n = 0; n < events.length; n += 1) {
      expect(await errorOf(fromSdkStream(() => sequence(events.slice(0, n))))).toBeInstanceOf(IncompleteMessageError);
    }
  });

  it('asks for no more than the consumer wants', async () => {
    let asked = 0;
    let isReturned = false;
    async function* counting() {
      try {
        for (const event of events) {
          await Promise.resolve();
          asked += 1;
          yield event;
        }
      } finally {
        isReturned = true;
      }
    }
    await outcomeOf(fromSdkStream(counting).pipe(take(2)));
    await settle();

    expect(asked).toBeLessThanOrEqual(3);
    expect(isReturned).toBe(true);
  });

  it('does not begin with what comes after the consumer has left', async () => {
    let isBegun = false;
    async function* late() {
      isBegun = true;
      await Promise.resolve();
      yield* events;
    }
    fromSdkStream(() => Promise.resolve(late()))
      .subscribe()
      .unsubscribe();
    await settle();

    expect(isBegun).toBe(false);
  });
});

describe('fromSdkStream of a MessageStream', () => {
  it('takes nothing more after an event that is at fault, even in the same turn', async () => {
    const listeners = new Map<string, (value: unknown) => void>();
    const stream = {
      on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
      async *[Symbol.asyncIterator]() {
        await Promise.resolve();
        yield* events;
      },
    };
    const done = outcomeOf(fromSdkStream(() => stream));
    await settle();
    for (const event of [...events.slice(0, 2), ...events.slice(1)]) listeners.get('streamEvent')?.(event);
    const { values, error } = await done;

    expect(values).toEqual(events.slice(0, 2));
    expect(error).toBeInstanceOf(InvalidEventError);
  });
});
