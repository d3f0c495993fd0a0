import { firstValueFrom, from, lastValueFrom, repeat, toArray } from 'rxjs';
import {
  finalMessage,
  fromResponse,
  retryOnConnectionError,
  serverSentEvents,
  streamMessage,
  tapResponse,
  type MessageCreateParams,
  type MessageStreamEvent,
  type ResponseInfo,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf, startMessagesServer, type Reply } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';

const params: MessageCreateParams = { model: 'm', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };
const message = buildMessage({ content: 'Hello' });
const events = eventsOf(message);
const now = { initialDelayMs: 0, jitter: 0 };

/** The part of the body up to and including the first delta, in bytes. */
const begun = Buffer.byteLength(sseOf(events.slice(0, 3)));

/** What the function is called with, if the request is retried. */
async function calledWith(replies: readonly Reply[], options: Parameters<typeof retryOnConnectionError>[0] = now) {
  const server = await startMessagesServer(replies);
  const calls: ResponseInfo[] = [];
  try {
    const source = streamMessage(params, { apiKey: 'sk-test', baseURL: server.url });
    const tapped = source.pipe(
      retryOnConnectionError(options),
      tapResponse((response) => calls.push(response)),
    );
    const received = await lastValueFrom(tapped.pipe(toArray()), { defaultValue: [] }).catch((error: unknown) => error);
    return { calls, received, requests: server.requests.length };
  } finally {
    await server.close();
  }
}

describe('tapResponse', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => tapResponse(() => undefined), {
    values: events,
    empty: 'completes',
  });

  it('is called with the status, headers, request ID and rate limits of the response', async () => {
    const { calls, received } = await calledWith([{ message, headers: { 'x-own': '1', 'request-id': 'req_1' } }]);

    expect(received).toEqual(events);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ status: 200, requestID: 'req_1', rateLimits: { requests: { limit: 4000 } } });
    expect(calls[0]?.headers.get('x-own')).toBe('1');
  });

  it('is called for the attempt that streams, not for one that failed before', async () => {
    const busy = { status: 529, headers: { 'retry-after-ms': '0' } };
    const { calls, requests } = await calledWith([
      busy,
      { cutAtByte: 0 },
      { message, headers: { 'request-id': 'req_3' } },
    ]);

    expect(requests).toBe(3);
    expect(calls.map(({ status, requestID }) => [status, requestID])).toEqual([[200, 'req_3']]);
    expect(calls[0]?.headers.has('retry-after-ms')).toBe(false);
  });

  it('is not called again when an attempt fails after its first event', async () => {
    const replies = [{ message, headers: { 'request-id': 'req_1' }, cutAtByte: begun }, { message }];
    const { calls, requests } = await calledWith(replies, { ...now, whenStarted: 'restart' });

    expect(requests).toBe(2);
    expect(calls.map(({ requestID }) => requestID)).toEqual(['req_1']);
  });

  it('is not called if no attempt streams', async () => {
    expect(await calledWith([{ status: 400 }])).toMatchObject({ calls: [], requests: 1 });
  });

  it('is called before the first event is passed on', async () => {
    const log: string[] = [];
    const source = fromResponse(
      () => new Response(sseOf(events), { headers: { 'content-type': 'text/event-stream' } }),
    );
    const first = source.pipe(tapResponse(({ status }) => log.push(`response ${status}`)));
    log.push((await firstValueFrom(first)).type);

    expect(log).toEqual(['response 200', 'message_start']);
  });

  it('is called once per subscription', async () => {
    const statuses: number[] = [];
    const create = () => new Response(sseOf(events), { headers: { 'content-type': 'text/event-stream' } });
    const source = fromResponse(create).pipe(
      tapResponse(({ status }) => statuses.push(status)),
      finalMessage(),
      repeat(2),
    );
    await lastValueFrom(source);

    expect(statuses).toEqual([200, 200]);
  });

  it('is called with the response of raw server-sent events', async () => {
    const calls: ResponseInfo[] = [];
    const fetch = () =>
      Promise.resolve(
        new Response('data: 1\n\ndata: 2\n\n', {
          headers: { 'content-type': 'text/event-stream', 'request-id': 'req_1' },
        }),
      );
    const source = serverSentEvents('http://127.0.0.1/events', { fetch });
    const rows = await lastValueFrom(
      source.pipe(
        tapResponse((response) => calls.push(response)),
        toArray(),
      ),
    );

    expect(rows).toHaveLength(2);
    expect(calls.map(({ requestID }) => requestID)).toEqual(['req_1']);
  });

  it('is not called for events that come from elsewhere', async () => {
    const calls: ResponseInfo[] = [];
    await lastValueFrom(from(events).pipe(tapResponse((response) => calls.push(response))));

    expect(calls).toEqual([]);
  });

  it('shows no key that the response repeats', async () => {
    const apiKey = 'sk-ant-0123456789abcdef';
    const headers = { 'content-type': 'text/event-stream', 'x-echo': apiKey };
    const fetch = () => Promise.resolve(new Response(sseOf(events), { headers }));
    const shown: (string | null)[] = [];
    const source = streamMessage(params, { apiKey, fetch });
    await lastValueFrom(source.pipe(tapResponse((response) => shown.push(response.headers.get('x-echo')))));

    expect(shown).toEqual(['[redacted]']);
  });
});
