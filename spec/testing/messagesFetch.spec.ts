import { expectTypeOf } from 'expect-type';
import { lastValueFrom, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  APIConnectionError,
  finalText,
  IncompleteMessageError,
  retryOnConnectionError,
  streamMessage,
} from '../../src/index.js';
import { eventsOf, messagesFetch, sseOf, type MessagesFetch, type Reply } from '../../src/testing/index.js';
import { errorOf } from '../source/support/outcome.js';
import { bytes, insideEmoji, message, never, read, sse } from './support/server.js';

const URL = 'http://localhost/v1/messages';
const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const ask = (fetch: MessagesFetch, init: RequestInit = {}) =>
  fetch(URL, { method: 'POST', body: '{"stream":true}', ...init });
const stream = (fetch: MessagesFetch) =>
  streamMessage(params, { fetch, baseURL: 'http://localhost', apiKey: 'test-key' });

describe('a reply', () => {
  it('has the events of a message', async () => {
    const response = await ask(messagesFetch({ message }));

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('request-id')).toBe('req_0001');
    expect(await response.text()).toBe(sse);
  });

  it('is read by streamMessage', async () => {
    const text = await lastValueFrom(stream(messagesFetch({ message })).pipe(finalText()));

    expect(text).toBe('Hello 😀 wide 世界, how are you today?');
  });

  it('is the message itself if the request does not stream', async () => {
    expect(await (await ask(messagesFetch({ message }), { body: '{}' })).json()).toStrictEqual(message);
  });

  it('is the error of a status, and the next one of the script after it', async () => {
    const fetch = messagesFetch([{ status: 529 }, { message }]);
    const text = await lastValueFrom(
      stream(fetch).pipe(retryOnConnectionError({ initialDelayMs: 0, jitter: 0 }), finalText()),
    );

    expect(text).toContain('Hello');
    expect(fetch.requests).toHaveLength(2);
  });

  it.each([1, 7, 1_000_000])('has the same bytes in chunks of %p', async (chunkBytes) => {
    expect(await (await ask(messagesFetch({ message, chunkBytes }))).text()).toBe(sse);
  });

  it('has no body if its status has none', async () => {
    const fetch = messagesFetch({ status: 204 });
    const response = await ask(fetch);

    expect([response.status, response.body, fetch.openConnections]).toEqual([204, null, 0]);
  });

  it('can be for another path, and is a 404 for all other paths', async () => {
    const fetch = messagesFetch({ message }, { path: '/api/chat' });
    const request = { method: 'POST', body: '{"stream":true}' };

    expect(await (await fetch('/api/chat?user=1', request)).text()).toBe(sse);
    expect((await fetch(URL, request)).status).toBe(404);
    expect((await fetch('/api/chat', { method: 'POST', body: 'hello' })).status).toBe(400);
    expect((await fetch('/api/chat')).status).toBe(404);
  });

  it('is a 500 if the script throws, or returns an invalid reply', async () => {
    const failing = messagesFetch(() => {
      throw new Error('no reply');
    });
    const response = await ask(failing);

    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ type: 'error', error: { type: 'api_error', message: 'Error: no reply' } });
    expect(await (await ask(messagesFetch(() => ({ paceMs: -1 })))).text()).toContain('messagesFetch: paceMs must be');
    expect(await (await ask(messagesFetch({ headers: { 'a b': 'c' } }))).text()).toContain('api_error');
    expect(failing.openConnections).toBe(0);
  });

  it('fails if its script fails in the middle of the body', async () => {
    const events = (function* () {
      yield { type: 'ping' };
      throw new Error('no event');
    })();
    const fetch = messagesFetch({ events });
    const { received, ending } = await read(await ask(fetch));

    expect(received.toString()).toBe(sseOf([{ type: 'ping' }]));
    expect(ending).toMatchObject({ message: 'terminated', cause: { message: 'no event' } });
    expect(fetch.openConnections).toBe(0);
  });
});

/** Lets the promises run that wait for nothing else. */
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('time', () => {
  const scheduler = new TestScheduler(() => undefined);
  scheduler.maxFrames = Infinity;

  it('is that of the scheduler, for the wait before the headers', async () => {
    let status: number | undefined;
    void ask(messagesFetch({ message, delayMs: never }, { scheduler })).then((response) => {
      ({ status } = response);
    });
    await turns();

    expect(status).toBeUndefined();

    scheduler.flush();
    await turns();

    expect(status).toBe(200);
  });

  it('passes between two chunks', async () => {
    const before = scheduler.now();
    const response = await ask(messagesFetch({ message, paceMs: 1000 }, { scheduler }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decode = ({ value }: { value?: Uint8Array | undefined }) => new TextDecoder().decode(value);

    expect(decode(await reader.read())).toBe(sseOf(eventsOf(message, { cutAt: 1 })));

    let second: string | undefined;
    const reading = reader.read().then((chunk) => {
      second = decode(chunk);
    });
    await turns();

    expect(second).toBeUndefined();

    scheduler.flush();
    await reading;

    expect(second).toContain('content_block_start');
    expect(scheduler.now() - before).toBe(1000);
  });
});

describe('a fault', () => {
  it.each<[keyof Reply, unknown]>([
    ['cutAtByte', 'end'],
    ['disconnectAtByte', { name: 'TypeError', message: 'terminated', cause: { code: 'UND_ERR_SOCKET' } }],
    ['resetAtByte', { name: 'TypeError', message: 'terminated', cause: { code: 'ECONNRESET' } }],
  ])('%s ends the body at that byte', async (option, ending) => {
    for (const position of [0, 1, insideEmoji, bytes.length]) {
      for (const others of [{}, { chunkBytes: 11 }, { gzip: true }]) {
        const fetch = messagesFetch({ message, [option]: position, ...others });
        const result = await read(await ask(fetch));
        const request = await fetch.request();
        await request.closed;

        expect(result.received).toStrictEqual(Buffer.from(bytes.subarray(0, position)));
        expect({ ending: result.ending }).toMatchObject({ ending });
        expect([request.hungUp, fetch.openConnections]).toEqual([false, 0]);
      }
    }
  });

  it('becomes the error that the client reports for sockets', async () => {
    const event = 4;
    const fetch = messagesFetch([
      { message, after: { event, then: 'end' } },
      { message, after: { event, then: 'disconnect' } },
      { message, after: { event, then: 'reset' } },
      { noResponse: 'close' },
      { noResponse: 'reset' },
    ]);

    expect(await errorOf(stream(fetch))).toBeInstanceOf(IncompleteMessageError);
    expect(await errorOf(stream(fetch))).toMatchObject({ name: 'APIConnectionError', phase: 'mid-content' });
    expect(await errorOf(stream(fetch))).toMatchObject({ name: 'APIConnectionError', phase: 'mid-content' });
    expect(await errorOf(stream(fetch))).toMatchObject({ name: 'APIConnectionError', phase: 'connect' });
    expect(await errorOf(stream(fetch))).toBeInstanceOf(APIConnectionError);
  });

  it('can be a stall, which ends when the reader cancels', async () => {
    const fetch = messagesFetch({ message, stallAtByte: 10 });
    const { received, ending, reader } = await read(await ask(fetch), 10);
    const request = await fetch.request();

    expect([received.length, ending, fetch.openConnections]).toEqual([10, 'reading', 1]);

    await reader.cancel();
    await request.closed;

    expect([request.hungUp, fetch.openConnections]).toEqual([true, 0]);
  });
});

describe('an abort', () => {
  it('rejects before the request, and before the headers', async () => {
    const fetch = messagesFetch({ message, delayMs: never });
    await expect(ask(fetch, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });

    expect(fetch.requests).toHaveLength(0);

    const leaving = new AbortController();
    const response = ask(fetch, { signal: leaving.signal });
    const request = await fetch.request();
    leaving.abort();
    await expect(response).rejects.toMatchObject({ name: 'AbortError' });
    await request.closed;

    expect([request.hungUp, fetch.openConnections]).toEqual([true, 0]);
  });

  it('leaves nothing open if it comes before the request has been read, or if that fails', async () => {
    const fetch = messagesFetch({ message });
    const leaving = new AbortController();
    const response = ask(fetch, { signal: leaving.signal });
    leaving.abort();
    await expect(response).rejects.toMatchObject({ name: 'AbortError' });

    const used = new Request(URL, { method: 'POST', body: '{}' });
    await used.text();
    await expect(fetch(used)).rejects.toMatchObject({ name: 'TypeError' });

    expect([fetch.requests.length, fetch.openConnections]).toEqual([0, 0]);
  });

  it('makes the body fail, also during a pause', async () => {
    const fetch = messagesFetch({ message, paceMs: never });
    const leaving = new AbortController();
    const response = await ask(fetch, { signal: leaving.signal });
    const { reader } = await read(response, 1);
    const next = reader.read();
    leaving.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    const request = await fetch.request();

    expect([request.hungUp, fetch.openConnections]).toEqual([true, 0]);
  });

  it('follows when a subscriber of streamMessage unsubscribes', async () => {
    const fetch = messagesFetch({ message, after: { event: 3, then: 'stall' } });
    const subscription = stream(fetch).subscribe();
    const request = await fetch.request();
    subscription.unsubscribe();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });
});

describe('requests', () => {
  it('are recorded, however they are made', async () => {
    const fetch = messagesFetch();
    const early = fetch.request(2);
    await lastValueFrom(stream(fetch).pipe(toArray()));
    await fetch(new Request(`${URL}?beta=true`, { method: 'POST', body: '{"n":2}', headers: { 'X-Api-Key': 'k' } }));
    await fetch(URL, { method: 'post', body: new TextEncoder().encode('{"n":3}') });
    await fetch(new globalThis.URL(URL), { method: 'POST' });

    expect(fetch.requests[0]).toMatchObject({ path: '/v1/messages', body: { ...params, stream: true } });
    expect(await early).toMatchObject({ query: { beta: 'true' }, headers: { 'x-api-key': 'k' }, body: { n: 2 } });
    expect(fetch.requests[2]).toMatchObject({ method: 'POST', body: { n: 3 } });
    expect(fetch.requests[3]?.body).toBeUndefined();
    expect(() => fetch.request(0)).toThrow(RangeError);
  });
});

it('refuses an invalid script at call time', () => {
  expect(() => messagesFetch([{}, { status: 99 }])).toThrow('messagesFetch: status must be an integer from 200');
  expect(() => messagesFetch({ noResponse: 'crash' } as object)).toThrow(TypeError);
});

it('has the type of fetch', () => {
  expectTypeOf(messagesFetch()).toExtend<typeof globalThis.fetch>();
  expectTypeOf(messagesFetch).returns.toEqualTypeOf<MessagesFetch>();
});
