/** What only the gateway in `examples/nest-gateway` does: users, their limits, and what they have used. */
import { lastValueFrom, take } from 'rxjs';
import { finalMessage, fromResponse } from '../src/index.js';
import { buildMessage, eventsOf, startMessagesServer, type MessagesServer, type Reply } from '../src/testing/index.js';
import { errorOf } from './source/support/outcome.js';
import { usePrograms, type Program } from './support/programs.js';

const message = buildMessage({ content: 'The tide comes in.', usage: { input_tokens: 30, output_tokens: 7 } });
const start = usePrograms();
let gateway: Program;
let api: MessagesServer;
let reply: Reply = { message };
let ids = 0;

beforeAll(async () => {
  api = await startMessagesServer(() => reply);
  gateway = await start('examples/nest-gateway/src/main.ts', {
    ANTHROPIC_API_KEY: 'sk-ant-key',
    ANTHROPIC_BASE_URL: api.url,
  });
});
afterAll(() => api.close());

const newID = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
const send = (path: string, user: string, init: RequestInit = {}): Promise<Response> =>
  fetch(gateway.url + path, { ...init, headers: { 'content-type': 'application/json', 'x-user': user } });
const body = (id?: string): string => JSON.stringify({ id, messages: [{ role: 'user', content: 'Hi' }] });
const ask = (user: string, id?: string) => send('/chat', user, { method: 'POST', body: body(id) });
const open = async (): Promise<unknown> => (await send('/health', 'ada')).json();

/** Asks, and leaves as soon as the answer has begun. */
const askAndLeave = (user: string, id: string) =>
  lastValueFrom(
    fromResponse((signal) => send('/chat', user, { method: 'POST', body: body(id), signal })).pipe(take(1)),
  );

it('chooses an ID if the client does not, and sends it', async () => {
  reply = { message };
  const response = await ask('ada');
  const id = response.headers.get('x-chat-id') ?? '';

  expect(await lastValueFrom(fromResponse(response).pipe(finalMessage()))).toEqual(message);
  expect(await lastValueFrom(fromResponse(await send(`/chat/${id}`, 'ada')).pipe(finalMessage()))).toEqual(message);
});

it('adds up the tokens of each user', async () => {
  reply = { message };
  await (await ask('grace')).text();
  await (await ask('grace')).text();

  expect(await (await send('/usage', 'grace')).json()).toMatchObject({ input_tokens: 60, output_tokens: 14 });
  expect(await (await send('/usage', 'nobody')).json()).toEqual({});
});

it('refuses a fourth open stream of a user, also if the clients of the others have left, until one is stopped', async () => {
  reply = { events: eventsOf(message), stallAtByte: 500 };
  const streams = [newID(), newID(), newID()];
  await Promise.all(streams.map((id) => askAndLeave('joan', id)));

  expect(await open()).toEqual({ status: 'ok', open: 3 });

  const refused = await ask('joan');

  expect(refused.status).toBe(429);
  expect(await errorOf(fromResponse(refused))).toMatchObject({ name: 'RateLimitError' });
  expect((await askAndLeave('joan', streams[0] ?? '')).type).toBe('message_start'); // the same request again
  expect((await askAndLeave('other', newID())).type).toBe('message_start');

  await send(`/chat/${streams[0] ?? ''}`, 'joan', { method: 'DELETE' });
  await errorOf(fromResponse(await send(`/chat/${streams[0] ?? ''}`, 'joan')));

  expect(await open()).toEqual({ status: 'ok', open: 3 }); // two of them are Joan's
  expect((await askAndLeave('joan', newID())).type).toBe('message_start');
});

it('shows the answers of a user to nobody else, and wants to know the user', async () => {
  reply = { message };
  const id = newID();
  await (await ask('ada', id)).text();

  expect((await send(`/chat/${id}`, 'eve')).status).toBe(404);
  expect((await fetch(`${gateway.url}/chat/${id}`)).status).toBe(401);
  expect((await ask('a/b')).status).toBe(401);
});
