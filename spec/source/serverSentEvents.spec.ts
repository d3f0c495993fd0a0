import { getEventListeners } from 'node:events';
import { lastValueFrom, take, toArray } from 'rxjs';
import {
  APIConnectionError,
  APIStatusError,
  APIUserAbortError,
  fromResponse,
  InvalidEventError,
  messageEvents,
  OverloadedError,
  RateLimitError,
  serverSentEvents,
  type ResponseInfo,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { bodyOf, eventStream, terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';
import { useServers } from './support/servers.js';

const serve = useServers();
const text = 'event: greeting\nid: 1\ndata: {"a":\ndata: 1}\n\n: comment\n\ndata: x\n\n';
const values = [
  { event: 'greeting', id: '1', data: '{"a":\n1}' },
  { event: undefined, id: undefined, data: 'x' },
];
const whole = { values, ended: 'completed', error: undefined };
const post = { method: 'POST', body: '{"stream":true}' };

describe('serverSentEvents', () => {
  it('reads the events of a URL, with the options of fetch', async () => {
    const server = await serve({ events: [text] });
    const source = serverSentEvents(`${server.url}/v1/messages`, { ...post, headers: { 'x-a': '1' } });
    await settle();

    expect(server.requests).toHaveLength(0);
    expect(await outcomeOf(source)).toEqual(whole);
    expect(await outcomeOf(source)).toEqual(whole);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]).toMatchObject({ method: 'POST', headers: { 'x-a': '1' }, body: { stream: true } });
  });

  it('reads the events of a URL object, a Response, and the response that a function creates', async () => {
    const server = await serve({ events: [text] });
    for (const input of [
      new URL(`${server.url}/v1/messages`),
      eventStream(text),
      () => eventStream(text),
      () => Promise.resolve(eventStream(text)),
    ]) {
      expect(await outcomeOf(serverSentEvents(input, post))).toEqual(whole);
    }
  });

  it('calls the given fetch, without the options of serverSentEvents', async () => {
    const calls: [string | URL | Request, RequestInit | undefined][] = [];
    const fetch = (url: string | URL | Request, init?: RequestInit) => {
      calls.push([url, init]);
      return Promise.resolve(eventStream(text));
    };
    const { signal } = new AbortController();
    const demand = { ready: () => undefined };
    const own = { fetch, signal, timeout: { idleMs: 1 }, maxBufferSize: 99, onResponse: () => undefined, demand };
    await outcomeOf(
      serverSentEvents('/events', { ...own, scheduler: virtualClock().scheduler, credentials: 'include' }),
    );

    expect(calls).toEqual([
      [
        '/events',
        {
          credentials: 'include',
          headers: expect.any(Headers) as Headers,
          signal: expect.any(AbortSignal) as AbortSignal,
        },
      ],
    ]);
    expect(calls[0]?.[1]?.signal).not.toBe(signal);
  });

  it('sends accept: text/event-stream, unless its headers have accept', async () => {
    const server = await serve({ events: [text] });
    const url = `${server.url}/v1/messages`;
    const given: (HeadersInit | undefined)[] = [
      undefined,
      {},
      { 'X-A': '1' },
      [['x-a', '1']],
      new Headers({ 'x-a': '1' }),
    ];
    for (const headers of given) {
      await outcomeOf(serverSentEvents(url, { ...post, ...(headers !== undefined && { headers }) }));

      expect(server.requests.at(-1)?.headers['accept']).toBe('text/event-stream');
    }

    expect(server.requests.map(({ headers }) => headers['x-a'])).toEqual([undefined, undefined, '1', '1', '1']);

    for (const headers of [{ Accept: 'text/plain' }, new Headers({ accept: 'text/plain' })]) {
      await outcomeOf(serverSentEvents(url, { ...post, headers }));

      expect(server.requests.at(-1)?.headers['accept']).toBe('text/plain');
    }
  });

  it('does not change the given headers', async () => {
    const headers = new Headers({ 'x-a': '1' });
    await outcomeOf(serverSentEvents('/events', { headers, fetch: () => Promise.resolve(eventStream(text)) }));

    expect([...headers]).toEqual([['x-a', '1']]);
  });

  it('sends the headers as they are at each subscription', async () => {
    const seen: (string | null)[] = [];
    const fetch = (_: unknown, init?: RequestInit) => {
      seen.push(new Headers(init?.headers).get('x-a'));
      return Promise.resolve(eventStream(text));
    };
    const headers = new Headers({ 'x-a': '1' });
    const source = serverSentEvents('/events', { headers, fetch });
    await outcomeOf(source);
    headers.set('x-a', '2');
    await outcomeOf(source);

    expect(seen).toEqual(['1', '2']);
  });

  it('fails if fetch would reject the headers', async () => {
    for (const headers of [{ 'x-a': 'line\nbreak' }, { 'no name': '1' }, null as unknown as HeadersInit]) {
      const error = await errorOf(
        serverSentEvents('https://a.example', { headers, fetch: () => new Promise(() => undefined) }),
      );

      expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
    }
  });

  it('emits each event as it arrives', async () => {
    const body = writtenBody();
    const seen = watch(serverSentEvents(eventStream(body.stream)));
    body.write(text.slice(0, 60));
    await settle();

    expect(seen.values).toEqual(values.slice(0, 1));

    body.end();
    await settle();

    expect(seen.ended).toBe('completed');
  });

  it('emits a last event without its blank line, marked as unterminated', async () => {
    expect(await outcomeOf(serverSentEvents(eventStream(text.trimEnd())))).toEqual({
      ...whole,
      values: [values[0], { ...values[1], unterminated: true }],
    });
  });

  it('completes wherever the bytes end, even before the first event', async () => {
    expect(await outcomeOf(serverSentEvents(eventStream('')))).toEqual({ ...whole, values: [] });
  });

  it('emits events that are not events of the Messages API', async () => {
    const other = sseOf([errorEvent('overloaded_error', 'x'), 'data: [DONE]\n\n', 'data: {oops\n\n']);
    const { values: seen, ended } = await outcomeOf(serverSentEvents(eventStream(other)));

    expect([seen.map(({ event }) => event), ended]).toEqual([['error', undefined, undefined], 'completed']);
  });

  it('aborts the request when the consumer unsubscribes', async () => {
    const server = await serve({ events: [text], stallAtByte: text.length });
    await lastValueFrom(serverSentEvents(`${server.url}/v1/messages`, post).pipe(take(2)));
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });

  it('fails with the error of a status, after onResponse', async () => {
    const server = await serve({ status: 429 });
    const seen: ResponseInfo[] = [];
    const onResponse = (info: ResponseInfo) => seen.push(info);
    const error = await errorOf(serverSentEvents(`${server.url}/v1/messages`, { ...post, onResponse }));

    expect(error).toBeInstanceOf(RateLimitError);
    expect(seen).toMatchObject([{ status: 429, requestID: 'req_0001' }]);
  });

  it('fails with NotFoundError for a wrong address', async () => {
    const server = await serve();

    expect(await errorOf(serverSentEvents(`${server.url}/elsewhere`))).toBeInstanceOf(APIStatusError);
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/elsewhere' });
  });

  it('fails if the response is not a stream of events, and quotes it', async () => {
    const error = await errorOf(serverSentEvents(Response.json({ ok: true })));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ data: '{"ok":true}' });
  });

  it('fails if it is not one and the response has no content type', async () => {
    const error = await errorOf(serverSentEvents(new Response(bodyOf(['<p>', 'Sign in']))));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ data: '<p>Sign in' });
    expect(await outcomeOf(serverSentEvents(new Response(bodyOf([text]))))).toEqual(whole);
    expect(await outcomeOf(serverSentEvents(new Response(bodyOf([': nothing yet\n\n']))))).toMatchObject({
      values: [],
      ended: 'completed',
    });
  });

  it.each([
    ['before-content', [], 'before the first event'],
    ['mid-content', values, 'after message'],
  ])('fails where the connection is lost: %s', async (phase, before, when) => {
    const failure = terminated();
    const body = bodyOf(before.length === 0 ? [] : [text], failure);
    const { values: seen, error } = await outcomeOf(serverSentEvents(eventStream(body)));

    expect(seen).toEqual(before);
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ phase, cause: failure });
    expect(String(error)).toContain(`The connection was lost ${when}: terminated`);
  });

  it('fails if an event is too long', async () => {
    const body = bodyOf(['data: x\n\n', 'data: ', 'y'.repeat(100)]);
    const { values: seen, error } = await outcomeOf(serverSentEvents(eventStream(body), { maxBufferSize: 50 }));

    expect(seen).toHaveLength(1);
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 1 });
  });

  it('fails after idleMs, which every event restarts', async () => {
    const clock = virtualClock();
    const body = writtenBody();
    const seen = watch(
      serverSentEvents(eventStream(body.stream), { scheduler: clock.scheduler, timeout: { contentMs: 1000 } }),
    );
    await settle();
    for (let beat = 0; beat < 3; beat += 1) {
      clock.advance(999);
      body.write('data: x\n\n');
      await settle();
    }
    clock.advance(999);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toMatchObject({ timeout: 'contentMs', lastEvent: 'message', phase: 'mid-content' });
    expect(clock.timers).toBe(0);
  });

  it('fails with APIUserAbortError when its signal is aborted, and leaves no listener', async () => {
    const controller = new AbortController();
    const server = await serve({ events: [text], stallAtByte: text.length });
    const seen = watch(serverSentEvents(`${server.url}/v1/messages`, { ...post, signal: controller.signal }));
    const request = await server.request();

    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);

    controller.abort('enough');
    await request.closed;

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect(seen.error).toMatchObject({ cause: 'enough' });
    expect(request.hungUp).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('throws at call time if maxBufferSize is less than 1', () => {
    for (const maxBufferSize of [0, -1, NaN]) {
      expect(() => serverSentEvents('/events', { maxBufferSize })).toThrow(RangeError);
      expect(() => fromResponse(eventStream(''), { maxBufferSize })).toThrow(/fromResponse: maxBufferSize/);
    }
  });
});

describe('serverSentEvents with messageEvents', () => {
  const events = eventsOf(buildMessage({ content: 'Hello, world.' }));

  it.each(streams)('equals fromResponse: $name', async ({ sse, events: expected }) => {
    const composed = serverSentEvents(() => eventStream(sse)).pipe(messageEvents(), toArray());

    expect(await lastValueFrom(composed)).toEqual(expected);
    expect(await lastValueFrom(fromResponse(eventStream(sse)).pipe(toArray()))).toEqual(expected);
  });

  it.each<[string, string]>([
    ['cut', sseOf(events.slice(0, 3))],
    ['cut in an event', `${sseOf(events.slice(0, 3))}data: {"type":"content_blo`],
    ['without a last blank line', sseOf(events).trimEnd()],
    ['empty', ''],
    ['that ends with [DONE]', `${sseOf(events)}data: [DONE]\n\n`],
    ['that is not JSON', `${sseOf(events.slice(0, 1))}data: {oops\n\n`],
    ['out of order', sseOf([...events.slice(0, 1), ...events.slice(2)])],
    ['with an error', sseOf([...events.slice(0, 3), errorEvent('overloaded_error', 'x', { request_id: 'req_1' })])],
  ])('ends as fromResponse does for a stream %s', async (_, sse) => {
    const composed = await outcomeOf(serverSentEvents(eventStream(sse)).pipe(messageEvents()));
    const direct = await outcomeOf(fromResponse(eventStream(sse)));

    expect(composed.values).toEqual(direct.values);
    expect(composed.ended).toBe(direct.ended);
    expect(String(composed.error)).toBe(String(direct.error));
    expect(composed.error?.constructor).toBe(direct.error?.constructor);
  });

  it('fails with the errors of both', async () => {
    const overloaded = sseOf([errorEvent('overloaded_error', 'x')]);
    const lost = eventStream(bodyOf([sseOf(events)], terminated()));

    expect(await errorOf(serverSentEvents(eventStream(overloaded)).pipe(messageEvents()))).toBeInstanceOf(
      OverloadedError,
    );
    expect(await errorOf(serverSentEvents(lost).pipe(messageEvents()))).toBeInstanceOf(APIConnectionError);
  });
});
