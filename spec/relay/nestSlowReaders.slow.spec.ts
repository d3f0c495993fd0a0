/** Many clients of a NestJS application that do not read: its memory stays bounded, and their text is exact. */
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { lastValueFrom } from 'rxjs';
import { finalText, fromResponse, type MessageCreateParams } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { useServers } from '../source/support/servers.js';
import { usePrograms, type Program } from '../support/programs.js';

const CLIENTS = 50;
const DELTAS = 1600;
const DELTA_LENGTH = 4000;
const content = Array.from({ length: DELTAS }, (_, index) => `${index}: é😀\n`.padEnd(DELTA_LENGTH, '.')).join('');
const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};

const serveApi = useServers();
const start = usePrograms();
let nest: Program;
beforeAll(async () => {
  nest = await start('spec/relay/support/nestService.ts');
});

/** Asks, and reads nothing of the response. */
function askPaused(api: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`${nest.url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' } }, (response) => {
      response.pause();
      resolve(response);
    })
      .on('error', reject)
      .end(JSON.stringify({ api, params }));
  });
}

const state = async () => (await (await fetch(`${nest.url}/state`)).json()) as { events: number; bytes: number };

/** Waits until no more events pass through the application. */
async function stalled(): Promise<{ events: number; bytes: number }> {
  let last = await state();
  for (let same = 0; same < 20;) {
    const now = await state();
    same = now.events === last.events ? same + 1 : 0;
    last = now;
  }
  return last;
}

it(`${CLIENTS} clients that do not read hold the API back, and get the exact text once they read`, async () => {
  const { url: api } = await serveApi({
    events: eventsOf(buildMessage({ content }), { deltaLength: DELTA_LENGTH }),
  });
  const before = await state();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => askPaused(api)));
  const during = await stalled();

  // The sockets of a client hold about 4 MB, and the whole text would take 6.4 MB.
  expect(during.events).toBeLessThan(CLIENTS * DELTAS * 0.9);
  expect((during.bytes - before.bytes) / CLIENTS).toBeLessThan(1_000_000);

  const texts = clients.map(async (client) => {
    const response = new Response(await text(client), { headers: { 'content-type': 'text/event-stream' } });
    return (await lastValueFrom(fromResponse(response).pipe(finalText()))) === content;
  });

  expect(await Promise.all(texts)).toEqual(clients.map(() => true));
});
