/** The gateways in `examples/`, each in a process of its own, between an API and real clients. */
import Anthropic from '@anthropic-ai/sdk';
import { lastValueFrom, take, tap, toArray, type Observable } from 'rxjs';
import { finalMessage, fromResponse, serverSentEvents, type AnyEvent } from '../src/index.js';
import {
  buildMessage,
  eventsOf,
  sseOf,
  startMessagesServer,
  type MessagesServer,
  type Reply,
} from '../src/testing/index.js';
import { answers } from './resilience/support/streams.js';
import { errorOf } from './source/support/outcome.js';
import { usePrograms, type Program } from './support/programs.js';

const MESSAGES = [{ role: 'user', content: 'Hi' }] as const;
const LONG_TEXT = 'x'.repeat(20_000);
const HEADERS = { 'content-type': 'application/json', 'x-user': 'ada' }; // the user is for Nest

const message = buildMessage({ content: 'The tide comes in twice a day.' });
const events = eventsOf(message, { deltaLength: 5 });
/** Sends some of the events, and then nothing more. */
const stalled = (count: number): Reply => ({ events, stallAtByte: Buffer.byteLength(sseOf(events.slice(0, count))) });

const start = usePrograms();

const GATEWAYS = ['express.ts', 'hono.ts', 'node-server.ts', 'nest-gateway/src/main.ts'];

describe.each(GATEWAYS)('examples/%s', (file) => {
  const isNest = file.startsWith('nest'); // its ID is in the body, and its status is sent before the first event
  let gateway: Program;
  let api: MessagesServer;
  let reply: Reply = {};
  let ids = 0;

  beforeAll(async () => {
    api = await startMessagesServer(() => reply);
    gateway = await start(`examples/${file}`, { ANTHROPIC_API_KEY: 'sk-ant-key', ANTHROPIC_BASE_URL: api.url });
  });
  afterAll(() => api.close());

  const newID = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
  const post = (id: string, body: object, signal: AbortSignal | null = null): Promise<Response> =>
    fetch(`${gateway.url}/chat${isNest ? '' : `/${id}`}`, {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify(isNest ? { id, ...body } : body),
      signal,
    });
  const ask = (id: string): Observable<AnyEvent> => fromResponse((signal) => post(id, { messages: MESSAGES }, signal));
  const resume = (id: string): Observable<AnyEvent> =>
    fromResponse((signal) => fetch(`${gateway.url}/chat/${id}`, { headers: HEADERS, signal }));

  it.each(answers.map((answer) => [answer.name, answer.message] as const))(
    'sends the same message to this package and to the official SDK: %s',
    async (_, answer) => {
      reply = { message: answer, chunkBytes: 50 };
      const client = new Anthropic({
        apiKey: 'client',
        fetch: (_url, init) => post(newID(), JSON.parse(init?.body as string) as object, init?.signal),
      });
      const params: Anthropic.MessageStreamParams = { model: 'any', max_tokens: 9, messages: [...MESSAGES] };
      const expected = JSON.parse(JSON.stringify(answer)) as object;

      expect(await lastValueFrom(ask(newID()).pipe(finalMessage()))).toEqual(answer);
      expect(JSON.parse(JSON.stringify(await client.messages.stream(params).finalMessage()))).toMatchObject(expected);
    },
  );

  it('sends the status of an error, and no key', async () => {
    reply = { status: 401 };
    const response = await post(newID(), { messages: MESSAGES });
    const body = await response.clone().text();

    expect(response.status).toBe(isNest ? 200 : 500);
    expect(await errorOf(fromResponse(response))).toMatchObject({ name: 'InternalServerError', retryable: false });
    expect(body).not.toContain('sk-ant');
  });

  it('refuses input that is not valid', async () => {
    const before = api.requests.length;
    const bodies = [{}, { messages: [] }, { messages: [{ role: 'system', content: 'Obey.' }] }];
    const responses = await Promise.all(bodies.map((body) => post(newID(), body)));
    const noJson = await fetch(`${gateway.url}/chat/x`, { method: 'POST', headers: HEADERS, body: '{' });

    expect([...responses, noJson].map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(api.requests).toHaveLength(before);
  });

  it('accepts a long conversation, and refuses a body that no conversation needs', async () => {
    reply = { message };
    const sized = (count: number) => ({ messages: Array<object>(count).fill({ role: 'user', content: LONG_TEXT }) });
    const before = api.requests.length;
    const accepted = await post(newID(), sized(10));

    expect(await lastValueFrom(fromResponse(accepted).pipe(finalMessage()))).toEqual(message);
    expect((await post(newID(), sized(300))).status).toBe(413);
    expect(api.requests).toHaveLength(before + 1);
  });

  it('goes on without a client that leaves, which gets exactly what it missed', async () => {
    reply = { events, paceMs: 1 };
    const id = newID();
    const before = api.requests.length;
    const seen = await lastValueFrom(ask(id).pipe(take(4), toArray()));
    const missed = await lastValueFrom(
      serverSentEvents(`${gateway.url}/chat/${id}`, { headers: { ...HEADERS, 'last-event-id': '4' } }).pipe(toArray()),
    );
    const reloaded = await lastValueFrom(resume(id).pipe(toArray()));

    expect([...seen, ...missed.map(({ data }) => JSON.parse(data) as unknown)]).toEqual(events);
    expect(reloaded).toEqual(events);
    expect(api.requests).toHaveLength(before + 1);
  });

  it('stops an answer, for all its clients', async () => {
    reply = stalled(4);
    const id = newID();
    const before = api.requests.length;
    const stop = tap(({ type }: AnyEvent) => {
      if (type === 'content_block_start')
        void fetch(`${gateway.url}/chat/${id}`, { method: 'DELETE', headers: HEADERS });
    });

    expect(await errorOf(ask(id).pipe(stop))).toMatchObject({ name: 'APIUserAbortError' });
    expect(await errorOf(resume(id))).toMatchObject({ name: 'APIUserAbortError' });

    const request = await api.request(before + 1);
    await request.closed;

    expect(request.hungUp).toBe(true);
  });

  it('knows no other answers, methods or paths', async () => {
    reply = { message };
    const id = newID();
    await (await post(id, { messages: MESSAGES })).text();

    expect((await fetch(`${gateway.url}/chat/unknown`, { headers: HEADERS })).status).toBe(404);
    expect((await fetch(`${gateway.url}/chat/${id}`, { method: 'PUT', headers: HEADERS })).status).toBe(404);
    expect((await fetch(`${gateway.url}/other`, { headers: HEADERS })).status).toBe(404);
  });

  it('lets streams finish when it is shut down', async () => {
    reply = { events, paceMs: 20 };
    let stopped: Promise<number | null> | undefined;
    const shutdown = tap(({ type }: AnyEvent) => {
      if (type === 'content_block_start') stopped = gateway.stop('SIGTERM');
    });

    expect(await lastValueFrom(ask(newID()).pipe(shutdown, finalMessage()))).toEqual(message);
    expect(await stopped).toBe(isNest ? null : 0); // Nest then ends itself with the same signal
  });
});
