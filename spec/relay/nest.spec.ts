/** A real NestJS application, in a process of its own, between an API and its clients. */
import Anthropic from '@anthropic-ai/sdk';
import type { MessageEvent } from '@nestjs/common';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expectTypeOf } from 'expect-type';
import { NEVER, lastValueFrom, take, toArray, type Observable } from 'rxjs';
import {
  finalMessage,
  finalText,
  fromResponse,
  isRetryable,
  OverloadedError,
  type AnyEvent,
  type Message,
  type MessageCreateParams,
} from '../../src/index.js';
import { toMessageEvents, type FrameOptions } from '../../src/relay/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { answers } from '../resilience/support/streams.js';
import { errorOf, outcomeOf } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';
import { usePrograms, type Program } from '../support/programs.js';

interface Ask {
  readonly api: string;
  readonly options?: FrameOptions;
  readonly retries?: boolean;
  readonly bug?: boolean;
}

const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};
const message = buildMessage({ content: 'The tide comes in twice a day.' });
const events = eventsOf(message, { deltaLength: 5 });

const serveApi = useServers();
const start = usePrograms();
let nest: Program;
beforeAll(async () => {
  nest = await start('spec/relay/support/nestService.ts');
});

const post = (path: string, ask: Ask, signal: AbortSignal | null = null): Promise<Response> =>
  fetch(nest.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ params, ...ask }),
    signal,
  });

const ask = (one: Ask): Observable<AnyEvent> => fromResponse((signal) => post('/chat', one, signal));

/** What the official SDK reads through Nest. */
function sdkMessage(one: Ask): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'client',
    maxRetries: 0,
    fetch: (_, init) => post('/chat', one, init?.signal),
  });
  return client.messages.stream(params as Anthropic.MessageStreamParams).finalMessage();
}

describe('an @Sse() method with toMessageEvents', () => {
  it('has the type that Nest expects', () => {
    expectTypeOf(NEVER.pipe(toMessageEvents())).toExtend<Observable<MessageEvent>>();
  });

  it.each(answers.map((answer) => [answer.name, answer.message] as const))(
    'sends the same message to this package and to the official SDK: %s',
    async (_, answer) => {
      const { url: api } = await serveApi({ message: answer, chunkBytes: 50 });

      expect(await lastValueFrom(ask({ api }).pipe(finalMessage()))).toEqual(answer);
      expect(plain(await sdkMessage({ api }))).toEqual(expect.objectContaining(plain(answer)));
    },
  );

  it('sends the events in order, with their positions as ids', async () => {
    const { url: api } = await serveApi({ events });
    const sent = await messagesIn(await post('/chat', { api }));

    expect(sent.map(({ data }) => JSON.parse(data) as unknown)).toEqual(events);
    expect(sent.map((one) => one.event)).toEqual(events.map(({ type }) => type));
    expect(sent.map(({ id }) => id)).toEqual(events.map((_, index) => String(index + 1)));
  });

  it('sends no ids of Nest if there are to be none, and none with an error', async () => {
    const { url: api } = await serveApi({ events: events.slice(0, 3) });
    const withIds = await messagesIn(await post('/chat', { api }));
    const withoutIds = await messagesIn(await post('/chat', { api, options: { ids: false } }));

    expect(withIds.map(({ event, id }) => [event, id])).toEqual([
      ['message_start', '1'],
      ['content_block_start', '2'],
      ['content_block_delta', '3'],
      ['error', undefined],
    ]);
    expect(withoutIds.map(({ id }) => id)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('sends text with any line breaks unchanged', async () => {
    const content = 'a\nb\r\nc\rd\u2028e\u2029f\u0085g\0h\n\ndata: i\n: j\nid: 9\n\n';
    const { url: api } = await serveApi({ events: eventsOf(buildMessage({ content }), { deltaLength: 1 }) });

    expect(await lastValueFrom(ask({ api }).pipe(finalText()))).toBe(content);
    expect((await sdkMessage({ api })).content).toMatchObject([{ text: content }]);
  });

  it('has the headers of an event stream, and status 200 with @HttpCode(200)', async () => {
    const { url: api } = await serveApi({ message });
    const response = await post('/chat', { api });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('cache-control')).toContain('no-transform');
    expect(response.headers.get('content-encoding')).toBeNull(); // the application uses `compression`
    expect(response.headers.get('x-accel-buffering')).toBe('no');
  });

  it('has status 201 for a POST without @HttpCode(200), and is read all the same', async () => {
    const { url: api } = await serveApi({ message });
    const response = await post('/created', { api });

    expect(response.status).toBe(201);
    expect(await lastValueFrom(fromResponse(response).pipe(finalMessage()))).toEqual(message);
  });

  it('sends comments while the API is silent', async () => {
    const api = await serveApi({ events, stallAtByte: Buffer.byteLength(sseOf(events.slice(0, 3))) });
    const response = await post('/chat', { api: api.url, options: { heartbeatMs: 20 } });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if ((text.match(/^: keep-alive$/gm)?.length ?? 0) > 1) break;
    }

    expect(text).not.toMatch(/^id: (?![123]$|\0$)/m);
    expect((await messagesIn(new Response(text))).map(({ id }) => id)).toEqual(['1', '2', '3']);
  });
});

describe('an error behind an @Sse() method', () => {
  it('before the first event is an error of the same class, in a response with status 200', async () => {
    const { url: api } = await serveApi({ status: 529, headers: { 'retry-after-ms': '7000' } });
    const response = await post('/chat', { api });
    const error = await errorOf(fromResponse(response));

    expect(response.status).toBe(200);
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({ status: 529, retryAfterMs: 7000 });
    expect(isRetryable(error)).toBe(true);
    await expect(sdkMessage({ api })).rejects.toMatchObject({ type: 'overloaded_error' });
  });

  it('in the middle follows everything that had arrived', async () => {
    const { url: api } = await serveApi({ events: [...events.slice(0, 5), errorEvent('overloaded_error', 'secret')] });
    const { values, error } = await outcomeOf(ask({ api }));

    expect(values).toEqual(events.slice(0, 5));
    expect(error).toBeInstanceOf(OverloadedError);
    expect(String(error)).not.toContain('secret');
  });

  it('is never silent, and shows nothing internal', async () => {
    const { url: api } = await serveApi({ events });
    const body = await (await post('/chat', { api, bug: true })).text();
    const error = await errorOf(fromResponse(new Response(body, { headers: { 'content-type': 'text/event-stream' } })));

    expect(error).toMatchObject({ name: 'InternalServerError', apiMessage: 'The service failed.' });
    expect(body).not.toMatch(/secret|Internal server error|sk-ant/);
  });

  it('is an error for a lost connection, and an incomplete answer', async () => {
    const [cut, lost] = await Promise.all([
      serveApi({ events, cutAtByte: 900 }),
      serveApi({ events, disconnectAtByte: 900 }),
    ]);

    expect(await errorOf(ask({ api: cut.url }))).toMatchObject({ name: 'IncompleteMessageError' });
    expect(await errorOf(ask({ api: lost.url }))).toMatchObject({ name: 'APIConnectionError' });
  });

  it('is retried in the service, invisibly for an official SDK with restarts: false', async () => {
    const { url: api } = await serveApi([{ status: 529 }, { message }]);

    expect(await sdkMessage({ api, retries: true, options: { restarts: false } })).toMatchObject({ id: message.id });
  });

  it('has its own status with @Post(), @Res() and pipeToServerResponse', async () => {
    const { url: api } = await serveApi({ status: 529 });
    const response = await post('/piped', { api });

    expect(response.status).toBe(529);
    expect(await errorOf(fromResponse(response))).toBeInstanceOf(OverloadedError);
  });
});

describe('a client of an @Sse() method that leaves', () => {
  it.each(events.slice(0, -1).map((_, index) => index + 1))(
    'stops the request to the API: after %d events',
    async (count) => {
      const api = await serveApi({ events, stallAtByte: Buffer.byteLength(sseOf(events.slice(0, count))) });

      expect(await lastValueFrom(ask({ api: api.url }).pipe(take(count), toArray()))).toEqual(events.slice(0, count));

      const sent = await api.request(1);
      await sent.closed;

      expect(sent.hungUp).toBe(true);
    },
  );
});

/** The messages of an event stream, as an independent parser reads them. */
async function messagesIn(response: Response): Promise<readonly EventSourceMessage[]> {
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (one) => messages.push(one) }).feed(await response.text());
  return messages;
}

function plain(value: Message | Anthropic.Message): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
