/** What holds for both bodies: that of a web Response, and a response of Node. Each is read over a real connection. */
import { firstValueFrom, fromEvent, lastValueFrom, take, toArray, type Observable } from 'rxjs';
import { abortOn, APIConnectionError, fromResponse, OverloadedError, type AnyEvent } from '../../src/index.js';
import { pipeToServerResponse, toResponse, type RelayOptions } from '../../src/relay/index.js';
import { buildMessage, errorEvent, eventsOf } from '../../src/testing/index.js';
import { run } from '../source/support/forwardedRuns.js';
import { virtualClock } from '../source/support/clock.js';
import { errorOf, outcomeOf, settle, watch } from '../source/support/outcome.js';
import { Generation } from './support/generation.js';
import { useServices } from './support/services.js';
import { until } from './support/until.js';

const events = eventsOf(buildMessage({ content: ['The tide comes in.', 'Twice a day.'] }), { deltaLength: 7 });
const services = useServices();

const read = (url: string): Observable<AnyEvent> => fromResponse((signal) => fetch(url, { signal }));

/** Starts a service that answers every request with these events. */
type Start = (source: () => Observable<AnyEvent>, options?: RelayOptions) => Promise<string>;

const starts: readonly (readonly [name: string, start: Start])[] = [
  [
    'toResponse',
    (source, options) =>
      services.serveWeb(({ signal }) => {
        const leaves$ = fromEvent(signal, 'abort');
        return toResponse(source().pipe(abortOn(leaves$)), options);
      }),
  ],
  [
    'pipeToServerResponse',
    (source, options) =>
      services.serve((_, response) => {
        source().pipe(pipeToServerResponse(response, options)).subscribe();
      }),
  ],
];

describe.each(starts)('%s', (_, start) => {
  it('answers with the events, and the headers that proxies need', async () => {
    const generation = new Generation();
    const url = await start(() => generation.events$);
    const responded = fetch(url);
    await generation.started;
    generation.emit(...run);
    generation.complete();
    const response = await responded;

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(await lastValueFrom(fromResponse(response).pipe(toArray<AnyEvent>()))).toEqual(run);
  });

  it('delivers each event at once', async () => {
    const generation = new Generation();
    const { values } = watch(read(await start(() => generation.events$)));
    await generation.started;
    for (const [index, event] of events.entries()) {
      generation.emit(event);
      await until(() => values.length > index);

      expect(values[index]).toEqual(event);
    }
    generation.complete();
  });

  it.each(events.map((__, count) => count + 1))(
    'stops the generation if the client leaves after %d events',
    async (count) => {
      const generation = new Generation();
      const received = lastValueFrom(read(await start(() => generation.events$)).pipe(take(count), toArray()));
      await generation.started;
      generation.emit(...events.slice(0, count));

      expect(await received).toEqual(events.slice(0, count));
      await generation.stopped;
      const { emitted } = generation;
      generation.emit(...events);

      expect(generation.emitted).toBe(emitted);
    },
  );

  it('stops the generation if the client leaves before its first event', async () => {
    const generation = new Generation();
    const { subscription } = watch(read(await start(() => generation.events$)));
    await generation.started;
    subscription.unsubscribe();
    await generation.stopped;

    expect(generation.isRunning).toBe(false);
  });

  it('ends with an error frame if the stream fails after its first event', async () => {
    const generation = new Generation();
    const outcome = outcomeOf(read(await start(() => generation.events$)));
    await generation.started;
    generation.emit(...events.slice(0, 3));
    generation.fail(new OverloadedError('secret', { status: 529, error: errorEvent('overloaded_error', 'secret') }));
    const { values, error } = await outcome;

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({ status: 529, apiMessage: 'The model is overloaded.' });
  });

  it('answers with the error, in JSON, if the stream fails before its first event', async () => {
    const generation = new Generation();
    const responded = fetch(await start(() => generation.events$));
    await generation.started;
    const headers = new Headers({ 'retry-after': '7', 'anthropic-ratelimit-requests-limit': '50' });
    generation.fail(
      new OverloadedError('secret', { status: 529, type: 'overloaded_error', requestID: 'req_1', headers }),
    );
    const response = await responded;

    expect(response.status).toBe(529);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'retry-after': '7',
      'retry-after-ms': '7000',
      'request-id': 'req_1',
      'x-should-retry': 'true',
    });
    expect(response.headers.has('anthropic-ratelimit-requests-limit')).toBe(false);
    expect(await response.json()).toEqual({
      type: 'error',
      error: {
        type: 'overloaded_error',
        message: 'The model is overloaded.',
        status: 529,
        retryable: true,
        retryAfterMs: 7000,
      },
      request_id: 'req_1',
    });
  });

  it('answers with an error if the stream completes without an event', async () => {
    const generation = new Generation();
    const error = errorOf(read(await start(() => generation.events$)));
    await generation.started;
    generation.complete();

    expect(await error).toMatchObject({ name: 'IncompleteMessageError', message: 'The answer is incomplete.' });
  });

  it('begins with a comment if nothing has arrived for heartbeatMs, and then ends with an error frame', async () => {
    const generation = new Generation();
    const clock = virtualClock();
    const responded = fetch(await start(() => generation.events$, { scheduler: clock.scheduler }));
    await generation.started;
    clock.advance(15_000);
    const response = await responded;
    generation.fail(new OverloadedError('secret', { status: 529 }));

    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^: keep-alive\n\nevent: error\ndata: \{.*"status":529.*\}\n\n$/);
  });

  it('passes on headers of the response of the API, as the function says', async () => {
    const api = new Response(eventStream(events), {
      headers: {
        'content-type': 'text/event-stream',
        'request-id': 'req_1',
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-organization-id': 'secret',
      },
    });
    const headers: RelayOptions['headers'] = (upstream) => [
      ...[...(upstream?.headers ?? [])].filter(([name]) => name.startsWith('anthropic-ratelimit-')),
      ['x-status', String(upstream?.status)],
      ['cache-control', 'no-store'],
    ];
    const response = await fetch(await start(() => fromResponse(api), { headers }));

    expect(Object.fromEntries(response.headers)).toMatchObject({
      'request-id': 'req_1',
      'anthropic-ratelimit-requests-limit': '50',
      'x-status': '200',
      'cache-control': 'no-store',
    });
    expect(response.headers.has('anthropic-organization-id')).toBe(false);
    expect(await lastValueFrom(fromResponse(response).pipe(toArray()))).toEqual(events);
  });

  it('passes on headers of an error of the API too', async () => {
    const api = () =>
      Response.json(errorEvent('rate_limit_error', 'secret'), { status: 429, headers: { 'x-limit': '5' } });
    const headers: RelayOptions['headers'] = (upstream) => ({
      'x-limit': upstream?.headers.get('x-limit') ?? 'unknown',
    });
    const response = await fetch(await start(() => fromResponse(api), { headers }));

    expect([response.status, response.headers.get('x-limit')]).toEqual([429, '5']);
  });

  it('answers with an internal error if the function in headers fails, and stops the generation', async () => {
    const generation = new Generation();
    const headers = () => {
      throw new Error('secret');
    };
    const responded = fetch(await start(() => generation.events$, { headers }));
    await generation.started;
    generation.emit(...events);
    await generation.stopped;
    const response = await responded;

    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { type: 'api_error', message: 'The service failed.' } });
  });

  it('is one generation per request', async () => {
    const generation = new Generation();
    const url = await start(() => generation.events$);
    const first = firstValueFrom(read(url));
    await generation.started;
    generation.emit(...events);
    await first;

    expect(generation.starts).toBe(1);
  });

  it('is a lost connection for the client if the service dies', async () => {
    const generation = new Generation();
    const url = await start(() => generation.events$);
    const outcome = outcomeOf(read(url));
    await generation.started;
    generation.emit(...events.slice(0, 3));
    await settle();
    services.kill();
    const { ended, error } = await outcome;

    expect(ended).toBe('failed');
    expect(error).toBeInstanceOf(APIConnectionError);
    await generation.stopped;
  });
});

function eventStream(list: readonly AnyEvent[]): string {
  return list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}
