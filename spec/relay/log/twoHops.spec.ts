/** From the API to a service, and from the service to clients that lose the connection and resume. */
import type { ServerResponse } from 'node:http';
import { from, lastValueFrom, tap, toArray } from 'rxjs';
import {
  continuationParams,
  continueOnConnectionError,
  finalText,
  fromResponse,
  resumeOnConnectionError,
  retryOnConnectionError,
  streamMessage,
  type AnyEvent,
  type MessageStreamEvent,
} from '../../../src/index.js';
import { memoryEventLog, pipeToServerResponse, recordTo, resumeFrom, type EventLog } from '../../../src/relay/index.js';
import { buildMessage, errorEvent, eventsOf, type MessagesScript, type Reply } from '../../../src/testing/index.js';
import { errorOf } from '../../source/support/outcome.js';
import { useServers } from '../../source/support/servers.js';
import { useServices } from '../support/services.js';
import { until } from '../support/until.js';

const TEXT = 'The tide comes in twice a day.';
const events = eventsOf(buildMessage({ content: TEXT }), { deltaLength: 5 });
const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const now = { initialDelayMs: 0 };

const serveApi = useServers();
const services = useServices();

interface Hops {
  readonly url: string;
  readonly log: EventLog;
  readonly api: Awaited<ReturnType<typeof serveApi>>;
  /** What the service has served, by request. */
  readonly served: AnyEvent[][];
}

/** Starts an API, and a service that records its answers. `onEvent` may break the connection to the client. */
async function startHops(
  script: MessagesScript,
  onEvent: (count: number, response: ServerResponse, requests: number) => void = () => undefined,
): Promise<Hops> {
  const api = await serveApi(script);
  const log = memoryEventLog();
  const served: AnyEvent[][] = [];
  const options = { apiKey: 'sk-ant-key', baseURL: api.url };
  const resilient = continueOnConnectionError({
    ...now,
    continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
  });
  const url = await services.serve((request, response) => {
    const after = request.headers['last-event-id'];
    const all: AnyEvent[] = [];
    served.push(all);
    const generation$ = streamMessage(params, options).pipe(retryOnConnectionError(now), resilient);
    const stream$ =
      request.method === 'GET'
        ? resumeFrom(log, 'a', { after })
        : generation$.pipe(recordTo(log, 'a', { after, takeOver: resilient }));
    stream$
      .pipe(
        tap((event) => {
          all.push(event);
          onEvent(all.length, response, served.length);
        }),
        pipeToServerResponse(response),
      )
      .subscribe();
  });
  return { url, log, api, served };
}

const ask = (url: string, method = 'POST') =>
  fromResponse((signal, { headers }) => fetch(url, { method, headers, signal }), {
    resume: resumeOnConnectionError({ ...now, maxRetries: 3 }),
  });

const withoutReconnects = (all: readonly MessageStreamEvent[]) =>
  all.filter(({ type }) => type !== 'message_reconnect' && type !== 'message_restart');

describe('a connection to the client that is lost', () => {
  it.each(events.map((_, index) => index + 1))(
    'is resumed, with each event exactly once and one request to the API: at event %d',
    async (at) => {
      const { url, api, served } = await startHops({ events }, (count, response, requests) => {
        if (count === at && requests === 1) response.destroy();
      });
      const received = await lastValueFrom(ask(url).pipe(retryOnConnectionError(now), toArray()));

      expect(withoutReconnects(received)).toEqual(events);
      expect(served.length).toBe(2);
      expect(api.requests).toHaveLength(1);
    },
  );

  it('is resumed again and again, after every single event', async () => {
    const { url, api, served } = await startHops({ events, paceMs: 5 }, (count, response) => {
      if (count === 2) setImmediate(() => response.destroy());
    });
    const received = await lastValueFrom(ask(url).pipe(toArray()));

    expect(withoutReconnects(received)).toEqual(events);
    expect(served.length).toBeGreaterThan(3);
    expect(api.requests).toHaveLength(1);
  });

  it('is resumed by a new page with what it had, or from the beginning', async () => {
    const { url, served } = await startHops({ events });
    await lastValueFrom(ask(url).pipe(toArray()));
    const headers = { 'last-event-id': '6' };
    const rest = await (await fetch(url, { headers })).text();
    const all = await lastValueFrom(ask(url, 'GET').pipe(toArray()));

    expect(rest.match(/^id: \d+$/gm)).toEqual(events.slice(6).map((_, index) => `id: ${index + 7}`));
    expect(all).toEqual(events);
    expect(served[1]).toEqual(events.slice(6));
  });
});

describe('a client that leaves for good', () => {
  it('does not stop the generation, which a later client gets', async () => {
    const { url, api, log } = await startHops({ events, paceMs: 5 });
    const controller = new AbortController();
    const response = await fetch(url, { method: 'POST', signal: controller.signal });
    controller.abort();
    await response.text().catch(() => undefined);

    expect(await lastValueFrom(ask(url, 'GET').pipe(finalText()))).toBe(TEXT);
    expect(api.requests).toHaveLength(1);
    expect((await log.read('a', 0)).state).toBe('ended');
  });

  it('stops it with log.stop, and the request to the API is aborted', async () => {
    const { url, api, log, served } = await startHops({ events, stallAtByte: 900 });
    const error = errorOf(ask(url));
    await until(() => (served[0]?.length ?? 0) > 3);
    await log.stop('a');

    expect(await error).toMatchObject({ name: 'APIUserAbortError', retryable: false });
    expect(await errorOf(ask(url, 'GET'))).toMatchObject({ name: 'APIUserAbortError' });

    const request = await api.request(1);
    await request.closed;

    expect(request.hungUp).toBe(true);
  });
});

describe('a fault of the API, while the connection to the client is lost too', () => {
  const faults: readonly (readonly [string, Reply])[] = [
    ['status 529', { status: 529, headers: { 'retry-after-ms': '0' } }],
    [
      'an overloaded_error in the stream',
      { events: [...events.slice(0, 5), errorEvent('overloaded_error', 'secret')] },
    ],
    ['an end in the middle', { events, cutAtByte: 1000 }],
    ['a lost connection', { events, disconnectAtByte: 1000 }],
    ['no response', { noResponse: 'close' }],
  ];

  it.each(faults.flatMap(([name, reply]) => [1, 3, 5, 7].map((at) => [name, at, reply] as const)))(
    'is one message: %s, at event %d',
    async (_, at, fault) => {
      let asked = 0;
      const { url } = await startHops(
        (request) => {
          const [, partial] = (request.body as { messages: readonly { content: unknown }[] }).messages;
          if (partial === undefined && asked++ === 0) return fault;
          const shown = JSON.stringify(partial?.content ?? '');
          const start = /"text":"([^"]*)"/.exec(shown)?.[1] ?? '';
          return { message: buildMessage({ content: TEXT.slice(start.length) }) };
        },
        (count, response, requests) => {
          if (count === at && requests === 1) response.destroy();
        },
      );
      const text = await lastValueFrom(ask(url).pipe(retryOnConnectionError(now), finalText()));

      expect(text).toBe(TEXT);
    },
  );

  it.each([400, 429, 500])('is the same error for all clients: status %d', async (status) => {
    const { url, api } = await startHops({ status, headers: { 'x-should-retry': 'false' } });
    const errors = [await errorOf(ask(url)), await errorOf(ask(url)), await errorOf(ask(url, 'GET'))];

    for (const error of errors) expect(error).toMatchObject({ status, retryable: false });
    expect(api.requests).toHaveLength(1);
  });
});

it('resumes a stored stream of which more than maxPendingBytes waited, until it has all of it', async () => {
  const log = memoryEventLog();
  const output = '.'.repeat(1000);
  const progress = Array.from({ length: 1000 }, (_, index) => ({ type: 'tool_progress', index, progress: output }));
  const run: readonly AnyEvent[] = [...events, ...progress, { type: 'run_end' }];
  await lastValueFrom(from(run).pipe(recordTo(log, 'a')));
  let requests = 0;
  const url = await services.serve((request, response) => {
    requests += 1;
    resumeFrom(log, 'a', { after: request.headers['last-event-id'] })
      .pipe(pipeToServerResponse(response, { maxPendingBytes: 500_000 }))
      .subscribe();
  });
  const received = await lastValueFrom(ask(url, 'GET').pipe(toArray()));

  expect(withoutReconnects(received)).toEqual(run);
  expect(requests).toBeGreaterThan(1);
});
