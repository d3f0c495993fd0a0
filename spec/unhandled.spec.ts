/**
 * There is never an unhandled rejection, whatever a source or an operator is doing when its consumer unsubscribes or when it
 * fails. Every test here ends streams in all possible ways, lets everything pending run, and checks what Node has reported.
 */
import { runInThisContext } from 'node:vm';
import Anthropic from '@anthropic-ai/sdk';
import { trace } from '@opentelemetry/api';
import { from, map, NEVER, pipe, take, tap, VirtualTimeScheduler, type Observable, type OperatorFunction } from 'rxjs';
import { toAgUiEvents } from '../src/ag-ui/index.js';
import * as aiSdk from '../src/ai-sdk/index.js';
import * as api from '../src/index.js';
import { nodeFetch } from '../src/node/index.js';
import { traceMessage } from '../src/opentelemetry/index.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  sseOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
} from '../src/testing/index.js';
import { bodyOf, eventStream, terminated } from './source/support/bodies.js';
import { outcomeOf, settle, watch } from './source/support/outcome.js';
import { useServers } from './source/support/servers.js';
import { textDelta } from './support/events.js';
import { NativeLike } from './bridge/support/nativeLike.js';

const serve = useServers();
const message = buildMessage({
  content: [
    thinkingBlock('Hm.'),
    textBlock('Hello, world. Bye!', { citations: [{ type: 'web_search_result_location', cited_text: 'x', url: 'https://example.com', title: null, encrypted_index: 'E' }] }), // prettier-ignore
    toolUseBlock('get', { a: 1 }),
  ],
});
const events = eventsOf(message);
const frames = events.map((event) => sseOf([event]));
const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const apiKey = 'sk-test';

/** The rejections that Node has reported. Jest's `process` is a copy that gets no such events; this is the original. */
const unhandled: unknown[] = [];
const report = (reason: unknown) => unhandled.push(reason);
const node = runInThisContext('process') as NodeJS.Process;

beforeEach(() => {
  unhandled.length = 0;
  node.on('unhandledRejection', report);
});

afterEach(() => {
  node.off('unhandledRejection', report);
});

it('an unhandled rejection is noticed by this spec', async () => {
  const rejected = Promise.reject(new Error('unhandled'));
  await settle();
  const count = unhandled.length;
  await expect(rejected).rejects.toThrow('unhandled'); // handled after all, or Jest would fail this test, as it should
  await settle();

  expect(count).toBe(1);
});

type Fetch = typeof globalThis.fetch;

/** How requests are answered: by an injected `fetch`, or by a server. */
type Answers = { readonly fetch: Fetch } | { readonly baseURL: string };

function sdk(answers: Answers) {
  return new Anthropic({ apiKey, maxRetries: 0, logLevel: 'off', ...answers });
}

function ask(answers: Answers): (signal: AbortSignal) => Promise<Response> {
  return (signal) =>
    'fetch' in answers
      ? answers.fetch('/', { signal })
      : fetch(`${answers.baseURL}/v1/messages`, { method: 'POST', body: '{"stream":true}', signal });
}

interface Options {
  readonly signal?: AbortSignal;
}

/** All sources, each reading the same answer. */
const sources: Record<string, (answers: Answers, options?: Options) => Observable<api.AnyEvent>> = {
  streamMessage: (answers, options) => api.streamMessage(params, { apiKey, ...answers, ...options }),
  'streamMessage over nodeFetch': (answers, options) =>
    api.streamMessage(params, { apiKey, fetch: nodeFetch(), ...answers, ...options }),
  fromResponse: (answers, options) => api.fromResponse(ask(answers), options),
  'serverSentEvents and messageEvents': (answers, options) =>
    api.serverSentEvents(ask(answers), options).pipe(api.messageEvents()),
  'fromSdkStream of messages.create': (answers, options) =>
    api.fromSdkStream((signal) => sdk(answers).messages.create({ ...params, stream: true }, { signal, ...options })),
  'fromSdkStream of messages.stream': (answers, options) =>
    api.fromSdkStream((signal) => sdk(answers).messages.stream(params, { signal, ...options })),
  'fromSdkStream of beta.messages.create': (answers, options) =>
    api.fromSdkStream((signal) =>
      sdk(answers).beta.messages.create({ ...params, stream: true }, { signal, ...options }),
    ),
  'fromSdkStream of beta.messages.stream': (answers, options) =>
    api.fromSdkStream((signal) => sdk(answers).beta.messages.stream(params, { signal, ...options })),
};

/** An answer of which the first `n` events arrive one by one, before it fails or ends. */
const answer = (n: number, rest: readonly string[] = [], failure?: Error): Answers => ({
  fetch: (_url, init) =>
    init?.signal?.aborted === true
      ? Promise.reject(new DOMException('This operation was aborted', 'AbortError'))
      : Promise.resolve(eventStream(bodyOf([...frames.slice(0, n), ...rest], failure))),
});

/** Out of order in any message. Before a message, the SDK's MessageStream does not notice it. */
const OUT_OF_ORDER = sseOf([textDelta('too early', 9)]);

/** All the ways in which an answer can fail after `n` events. */
const failures: Record<string, (n: number) => Answers> = {
  'the connection is lost': (n) => answer(n, [], terminated()),
  'the bytes end': (n) => answer(n),
  'the bytes end within an event': (n) => answer(n, ['event: ping\ndata: {"ty']),
  'an error event arrives': (n) => answer(n, [sseOf([errorEvent('overloaded_error', 'x')])]),
  'an event is not JSON': (n) => answer(n, ['event: message_delta\ndata: {oops\n\n', ...frames.slice(n)]),
  'an event is out of order': (n) => answer(n, n === 0 ? [] : [OUT_OF_ORDER, ...frames.slice(n)]),
};

/** Requests that fail, or whose response is not a stream of events. */
const refusals: Record<string, Answers> = {
  'there is no connection': { fetch: () => Promise.reject(new TypeError('fetch failed')) },
  'the status is an error': { fetch: () => Promise.resolve(Response.json({}, { status: 500 })) },
  'the response is not a stream of events': { fetch: () => Promise.resolve(new Response('<html>')) },
  'there is no body': { fetch: () => Promise.resolve(new Response(null, { status: 204 })) },
};

const counts = Array.from({ length: events.length + 1 }, (_, n) => n);

describe.each(Object.entries(sources))('%s', (_, source) => {
  it('leaves no unhandled rejection when the consumer unsubscribes at once or one turn later', async () => {
    for (const answers of [answer(events.length), ...Object.values(refusals)]) {
      source(answers)
        .subscribe({ error: () => undefined })
        .unsubscribe();
      await settle();

      const seen = watch(source(answers));
      await Promise.resolve();
      seen.subscription.unsubscribe();
      await settle();
    }

    expect(unhandled).toEqual([]);
  });

  it('leaves no unhandled rejection when the consumer unsubscribes after any number of events, at once or later', async () => {
    for (const n of counts) {
      const { values } = await outcomeOf(source(answer(events.length)).pipe(take(n)));

      expect(values).toHaveLength(n);

      const seen = watch(source(answer(events.length)));
      for (let turns = 0; seen.values.length < n && turns < 10_000; turns += 1) await Promise.resolve();
      seen.subscription.unsubscribe();
      await settle();
    }

    expect(unhandled).toEqual([]);
  });

  it('leaves no unhandled rejection when a signal aborts it after any number of events', async () => {
    for (const n of counts.slice(0, -1)) {
      const controller = new AbortController();
      if (n === 0) controller.abort();
      let count = 0;
      const counting = tap(() => {
        count += 1;
        if (count === n) controller.abort();
      });
      const { ended } = await outcomeOf(source(answer(events.length), { signal: controller.signal }).pipe(counting));
      await settle();

      expect(ended).toBe('failed');
    }

    expect(unhandled).toEqual([]);
  });

  it.each(Object.entries(failures))(
    'leaves no unhandled rejection when %s, after any number of events',
    async (_failure, failing) => {
      for (const n of counts.slice(0, -1)) {
        const { values, ended } = await outcomeOf(source(failing(n)));
        await settle();

        expect(values).toEqual(events.slice(0, n));
        expect(ended).toBe('failed');

        await outcomeOf(source(failing(n)).pipe(take(Math.max(n, 1))));
        await settle();
      }

      expect(unhandled).toEqual([]);
    },
  );

  it.each(Object.entries(refusals))('leaves no unhandled rejection when %s', async (_refusal, refusing) => {
    expect((await outcomeOf(source(refusing))).ended).toBe('failed');
    await settle();

    expect(unhandled).toEqual([]);
  });

  it('leaves no unhandled rejection over a real connection that is aborted, lost or ended early', async () => {
    const startOf = (n: number) => Buffer.byteLength(frames.slice(0, n).join(''));
    for (const n of [0, 1, 3, 7, events.length - 1]) {
      const server = await serve([
        { message, stallAtByte: startOf(n) },
        { message, disconnectAtByte: startOf(n) },
        { message, cutAtByte: startOf(n) },
      ]);
      const seen = watch(source({ baseURL: server.url }).pipe(take(Math.max(n, 1))));
      const request = await server.request();
      if (n === 0) seen.subscription.unsubscribe();
      await request.closed;
      const lost = await outcomeOf(source({ baseURL: server.url }));
      const cut = await outcomeOf(source({ baseURL: server.url }));
      await settle();

      expect([request.hungUp, lost.ended, cut.ended]).toEqual([true, 'failed', 'failed']);
    }

    expect(unhandled).toEqual([]);
  });
});

const scheduler = new VirtualTimeScheduler();
const sent = map((event: unknown) => ({ data: JSON.stringify(event) }));

/** Makes the stream fail when the state is an error. */
const failing = tap((state: api.MessageState) => {
  if (state.status === 'error') throw state.error;
});

/** Every operator, adapted to take events. */
const operators: Record<string, () => OperatorFunction<api.AnyEvent, unknown>> = {
  abortOn: () => api.abortOn(NEVER),
  accumulateMessage: () => api.accumulateMessage(),
  auditFrame: () => pipe(api.messageState(), failing, api.auditFrame({ everyMs: 1000, scheduler })),
  bufferByLine: () => api.bufferByLine(),
  bufferByMarkdownBlock: () => api.bufferByMarkdownBlock(),
  bufferByPunctuation: () => pipe(api.textDeltas(), api.bufferByPunctuation({ maxWaitMs: 1000, scheduler })),
  bufferBySentence: () => api.bufferBySentence(),
  bufferByWord: () => pipe(api.textDeltas(), api.bufferByWord()),
  citations: api.citations,
  coalesceDeltas: () => api.coalesceDeltas({ everyMs: 1000, scheduler }),
  coalesceText: () => pipe(api.textDeltas(), api.coalesceText({ everyMs: 1000, scheduler })),
  contentBlocks: api.contentBlocks,
  continueOnConnectionError: () =>
    api.continueOnConnectionError({
      initialDelayMs: 0,
      jitter: 0,
      continueWith: () => api.streamMessage(params, { apiKey, ...answer(1) }),
    }),
  finalMessage: api.finalMessage,
  finalText: api.finalText,
  idleTimeout: () => api.idleTimeout({ scheduler }),
  inputJsonDeltas: api.inputJsonDeltas,
  fromNativeObservable: () => (source: Observable<api.AnyEvent>) =>
    api.fromNativeObservable(api.toNativeObservable(source, NativeLike)),
  toNativeObservable: () => (source: Observable<api.AnyEvent>) =>
    api.fromNativeObservable(api.toNativeObservable(source, NativeLike)),
  toAsyncIterable: () => (source: Observable<api.AnyEvent>) => from(api.toAsyncIterable(source)),
  toolInput: () => api.toolInput('get'),
  toolUses: api.toolUses,
  partialJson: () =>
    pipe(
      api.inputJsonDeltas(),
      map(({ partial_json }) => partial_json),
      api.partialJson(),
    ),
  messageEvents: () => pipe(sent, api.messageEvents()),
  messageState: () => pipe(api.messageState(), failing),
  ofType: () => api.ofType('content_block_delta', 'message_stop'),
  retryOnConnectionError: () => api.retryOnConnectionError({ whenStarted: 'restart', initialDelayMs: 0, jitter: 0 }),
  shareMessage: () => api.shareMessage(),
  smoothText: () => pipe(api.textDeltas(), api.smoothText({ maxLagMs: 0, scheduler })), // it ends without time passing
  tapMessage: () => api.tapMessage({ text: () => undefined, message: () => undefined, usage: () => undefined }),
  tapResponse: () => api.tapResponse(() => undefined),
  textDeltas: () => api.textDeltas(),
  thinkingDeltas: () => api.thinkingDeltas(),
  totalUsage: api.totalUsage,
  traceMessage: () => traceMessage({ tracer: trace.getTracer('spec') }),
  trackUsage: () => api.trackUsage(() => undefined),
  usage: api.usage,
};

it('every operator is tested', () => {
  const others = [
    'streamMessage',
    'fromResponse',
    'fromSdkStream',
    'serverSentEvents',
    'isRetryable',
    'toolInputStatus',
    // These need another answer, and have their own specs.
    'structuredOutput',
    'outputElements',
    'outputFormat',
    'toMessageParam',
    'continuationParams',
    'addUsage',
    'conversation',
    'defineTool',
    'defineToolset',
    'resumeOnConnectionError',
    'resumeRun',
    'runTools',
  ];
  const functions = Object.entries({ ...api, traceMessage }).filter(
    ([name, value]) => typeof value === 'function' && /^[a-z]/.test(name),
  );

  expect(functions.map(([name]) => name).sort()).toEqual([...Object.keys(operators), ...others].sort());
});

describe.each(Object.entries(operators))('%s', (_, create) => {
  const source = (answers: Answers) => api.streamMessage(params, { apiKey, ...answers });

  it('leaves no unhandled rejection when its source completes or its consumer unsubscribes after any number of events', async () => {
    const { values } = await outcomeOf(source(answer(events.length)).pipe(create()));

    expect(values).not.toHaveLength(0);

    for (const n of counts) {
      await outcomeOf(source(answer(events.length)).pipe(take(n), create()));
      const taken = await outcomeOf(source(answer(events.length)).pipe(create(), take(n)));

      expect(taken.values).toHaveLength(Math.min(n, values.length));

      const seen = watch(source(answer(events.length)).pipe(create()));
      for (let turn = 0; turn < n; turn += 1) await Promise.resolve();
      seen.subscription.unsubscribe();
      await settle();
    }

    expect(unhandled).toEqual([]);
    expect(scheduler.actions).toHaveLength(0);
  });

  it.each(Object.entries(failures))(
    'leaves no unhandled rejection when %s, after any number of events',
    async (_failure, failing) => {
      for (const n of counts.slice(0, -1)) {
        expect((await outcomeOf(source(failing(n)).pipe(create()))).ended).toBe('failed');
        await settle();
      }

      expect(unhandled).toEqual([]);
    },
  );
});

/** Operators of the entries for other libraries. Their results have errors as values. */
const adapters: Record<string, () => OperatorFunction<api.AnyEvent, unknown>> = {
  toAgUiEvents: () => toAgUiEvents({ threadId: 't', runId: 'r' }),
  toUIMessageStream: () => aiSdk.toUIMessageStream(),
  toUIMessageStreamResponse: () => (source) =>
    from(aiSdk.toUIMessageStreamResponse(source, { heartbeatMs: Infinity }).text()),
};

it.each(Object.entries(adapters))('%s leaves no unhandled rejection, whatever ends its source', async (_, create) => {
  const source = sources['streamMessage'];
  for (const n of counts.slice(0, -1)) {
    for (const failing of Object.values(failures)) {
      expect((await outcomeOf(source?.(failing(n)).pipe(create()) ?? NEVER)).ended).toBe('completed');

      const seen = watch(source?.(failing(n)).pipe(create()) ?? NEVER);
      for (let turn = 0; turn < n; turn += 1) await Promise.resolve();
      seen.subscription.unsubscribe();
      await settle();
    }
  }

  expect(unhandled).toEqual([]);
});

describe('a callback that throws', () => {
  const failure = new Error('of the callback');
  const fail = () => {
    throw failure;
  };
  const source = (options: Partial<api.StreamMessageOptions> = {}) =>
    api.streamMessage(params, { apiKey, ...answer(events.length), ...options });

  it.each<[string, Observable<unknown>]>([
    ['onResponse', source({ onResponse: fail })],
    ['tapMessage', source().pipe(api.tapMessage({ message: fail }))],
    ['tapResponse', source().pipe(api.tapResponse(fail))],
    ['trackUsage', source().pipe(api.trackUsage(fail))],
    ['onRetry', source(answer(0)).pipe(api.retryOnConnectionError({ onRetry: fail }))],
    ['shouldRetry', source(answer(0)).pipe(api.retryOnConnectionError({ shouldRetry: fail }))],
  ])('in %s leaves no unhandled rejection, and its error fails the stream', async (_, throwing) => {
    const { error } = await outcomeOf(throwing);
    await settle();

    expect(error).toBe(failure);
    expect(unhandled).toEqual([]);
  });
});

it('a conversation leaves no unhandled rejection, whatever ends its answers', async () => {
  const input: api.StandardSchemaV1 = { '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) } };
  const tools = [
    api.defineTool({
      ...{ name: 'get', input, inputSchema: { type: 'object' } },
      run: () => Promise.reject(new Error('broken')),
    }),
  ];
  for (const n of counts) {
    for (const answers of [answer(n), ...Object.values(failures).map((failing) => failing(n))]) {
      const chat = api.conversation({
        ...{ tools, runTools: api.runTools },
        request: () => api.streamMessage(params, { apiKey, ...answers }),
        stop: () => Promise.reject(new Error('offline')),
      });
      chat.send('Hi');
      await settle();
      chat.retry();
      await Promise.resolve();
      chat.stop();
      chat.continue();
      await settle();
      chat.send('More');
      chat.destroy();
      await settle();

      expect(chat.state.status).toBe('aborted');
    }
  }

  expect(unhandled).toEqual([]);
});
