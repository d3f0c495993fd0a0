/** A client that does not read holds the delivery back: deltas are merged, memory stays bounded, and no text is lost. */
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { lastValueFrom, toArray, type Observable } from 'rxjs';
import { finalText, fromResponse, type AnyEvent } from '../../src/index.js';
import { pipeToServerResponse, toResponse, type RelayOptions } from '../../src/relay/index.js';
import { virtualClock } from '../source/support/clock.js';
import { outcomeOf, settle } from '../source/support/outcome.js';
import {
  blockStart,
  blockStop,
  inputJsonDelta,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  textDelta,
  thinkingDelta,
} from '../support/events.js';
import { Generation } from './support/generation.js';
import { useServices } from './support/services.js';

const services = useServices();

const opening = [messageStart(), blockStart(0, { type: 'text', text: '' })];
const closing = [blockStop(0), messageDelta(), messageStop];
const TOO_SLOW = {
  message: expect.stringContaining('The client reads the stream too slowly.') as unknown,
  status: 500,
};

/** Requests a URL, and reads nothing of the response. */
function requestPaused(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, (response) => {
      response.pause();
      resolve(response);
    })
      .on('error', reject)
      .end();
  });
}

const reading = (body: string): Observable<AnyEvent> =>
  fromResponse(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));

async function eventsIn(body: string): Promise<readonly AnyEvent[]> {
  return lastValueFrom(reading(body).pipe(toArray<AnyEvent>()));
}

/** Serves one generation on Node, and starts it with a client that does not read. */
async function servePaused(options?: RelayOptions) {
  const generation = new Generation();
  let served: ServerResponse | undefined;
  const url = await services.serve((_, response) => {
    served = response;
    generation.events$.pipe(pipeToServerResponse(response, options)).subscribe();
  });
  const requested = requestPaused(url);
  await generation.started;
  generation.emit(...opening);
  const client = await requested;
  return {
    generation,
    client,
    /** How many bytes Node holds for the client. */
    get buffered() {
      return served?.writableLength ?? 0;
    },
  };
}

describe('pipeToServerResponse, with a client that does not read', () => {
  const piece = (index: number) => `${index}: é😀\n`.padEnd(1000, '.');
  const PIECES = 20_000;

  it('merges the deltas that wait, holds nothing twice, and loses nothing', async () => {
    const served = await servePaused({ maxPendingBytes: 2 ** 26 });
    let most = 0;
    for (let index = 0; index < PIECES; index += 1) {
      served.generation.emit(textDelta(piece(index)));
      if (index % 100 === 0) await settle();
      most = Math.max(most, served.buffered);
    }
    served.generation.emit(...closing);
    served.generation.complete();
    const events = await eventsIn(await text(served.client));
    const expected = Array.from({ length: PIECES }, (_, index) => piece(index)).join('');

    expect(await lastValueFrom(fromEvents(events))).toBe(expected);
    expect(events.length).toBeLessThan(PIECES / 4);
    expect(most).toBeLessThan(500_000);
    expect(events.slice(-3)).toEqual(closing);
  });

  it('ends with an error after everything that fits into maxPendingBytes, and stops the generation', async () => {
    const { generation, client } = await servePaused({ maxPendingBytes: 100_000 });
    let sent = '';
    while (generation.isRunning) {
      const delta = `${sent.length},`.padEnd(1000, '.');
      generation.emit(textDelta(delta));
      sent += delta;
      if (sent.length % 100_000 === 0) await settle();
    }
    const { values, error } = await outcomeOf(reading(await text(client)));
    const received = values.map((event) => (event.type === 'content_block_delta' ? textOf(event) : '')).join('');

    expect(received).toBe(sent);
    expect(error).toMatchObject(TOO_SLOW);
  });

  it('sends no heartbeats to it, which would only wait', async () => {
    const clock = virtualClock();
    const { generation, client } = await servePaused({ heartbeatMs: 1, scheduler: clock.scheduler });
    const filling = 'x'.repeat(10_000_000); // more than the sockets hold
    generation.emit(textDelta(filling));
    await settle();
    clock.advance(20);
    generation.emit(...closing);
    generation.complete();
    const body = await text(client);

    expect(body.slice(body.indexOf(filling)).match(/: keep-alive/g)).toBeNull();
  });

  it('stops the generation if it leaves', async () => {
    const { generation, client } = await servePaused();
    for (let index = 0; index < PIECES / 4; index += 1) generation.emit(textDelta(piece(index)));
    client.destroy();
    await generation.stopped;

    expect(generation.isRunning).toBe(false);
  });
});

describe('toResponse, with a reader that does not read', () => {
  /** Creates a response of which nothing has been read. */
  async function respond(options?: RelayOptions) {
    const generation = new Generation();
    const responded = toResponse(generation.events$, options);
    generation.emit(...opening);
    return { generation, response: await responded };
  }

  it('merges what waits by type and block, and keeps everything else in its place', async () => {
    const { generation, response } = await respond();
    generation.emit(textDelta('.'.repeat(20_000))); // more than the body holds
    await settle();
    const blocks = [
      blockStop(0),
      blockStart(1, { type: 'thinking', thinking: '', signature: '' }),
      blockStart(2, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
    ];
    const newDelta: AnyEvent & { readonly new_field: number } = { ...inputJsonDelta('', 2), new_field: 1 };
    generation.emit(
      textDelta('a'),
      textDelta('\ud83d'),
      textDelta('\ude00'),
      ...blocks,
      thinkingDelta('b', 1),
      thinkingDelta('c', 1),
      inputJsonDelta('{', 2),
      ping,
      inputJsonDelta('"x":', 2),
      inputJsonDelta('1}', 2),
      newDelta,
      blockStop(1),
      blockStop(2),
      ...closing.slice(1),
    );
    generation.complete();

    expect((await eventsIn(await response.text())).slice(3)).toEqual([
      textDelta('a😀'),
      ...blocks,
      thinkingDelta('bc', 1),
      inputJsonDelta('{', 2),
      ping,
      inputJsonDelta('"x":1}', 2),
      newDelta,
      blockStop(1),
      blockStop(2),
      ...closing.slice(1),
    ]);
  });

  it('gives a merged delta the id of the newest', async () => {
    const { generation, response } = await respond();
    generation.emit(textDelta('.'.repeat(20_000)));
    await settle();
    generation.emit(textDelta('a'), textDelta('b'), ...closing);
    generation.complete();
    const ids = [...(await response.text()).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

    expect(ids).toEqual([1, 2, 3, 5, 6, 7, 8]);
  });

  it('receives each event by itself as long as it reads', async () => {
    const { generation, response } = await respond();
    const outcome = outcomeOf(fromResponse(response));
    const deltas = ['a', 'b', 'c'].map((letter) => textDelta(letter));
    generation.emit(...deltas, ...closing);
    generation.complete();

    expect((await outcome).values).toEqual([...opening, ...deltas, ...closing]);
  });

  it('has everything that fits into maxPendingBytes, then an error', async () => {
    const { generation, response } = await respond({ maxPendingBytes: 1000 });
    generation.emit(textDelta('.'.repeat(20_000)));
    await settle();
    for (let index = 0; index < 6; index += 1) generation.emit(textDelta('x'.repeat(100)));
    await generation.stopped;
    const { values, error } = await outcomeOf(fromResponse(response));

    expect(values.at(-1)).toEqual(textDelta('x'.repeat(600)));
    expect(error).toMatchObject(TOO_SLOW);
  });

  it('also counts what cannot be merged', async () => {
    const { generation, response } = await respond({ maxPendingBytes: 1000 });
    generation.emit(textDelta('.'.repeat(20_000)));
    await settle();
    for (let index = 0; index < 100; index += 1) generation.emit(ping);
    await generation.stopped;

    expect((await outcomeOf(fromResponse(response))).error).toMatchObject(TOO_SLOW);
    expect(generation.emitted).toBeLessThan(30);
  });

  it('has a complete answer, even if its last event exceeds maxPendingBytes', async () => {
    const { generation, response } = await respond({ maxPendingBytes: 1000 });
    generation.emit(textDelta('.'.repeat(20_000)));
    await settle();
    const end: AnyEvent & { readonly new_field: string } = { ...messageStop, new_field: 'x'.repeat(1000) };
    generation.emit(blockStop(0), messageDelta(), end);
    generation.complete();

    const { values, ended } = await outcomeOf(fromResponse(response));

    expect([values.at(-1), ended]).toEqual([end, 'completed']);
  });

  it('reads on when it reads again', async () => {
    const { generation, response } = await respond();
    const outcome = outcomeOf(fromResponse(response));
    for (let index = 0; index < 50; index += 1) {
      generation.emit(textDelta('x'.repeat(10_000)));
      await settle();
    }
    generation.emit(...closing);
    generation.complete();

    expect((await outcome).values.map(textOf).join('')).toBe('x'.repeat(500_000));
  });

  it('stops the generation if it cancels', async () => {
    const { generation, response } = await respond();
    generation.emit(textDelta('.'.repeat(20_000)), textDelta('x'));
    await response.body?.cancel();

    expect(generation.isRunning).toBe(false);
  });
});

function fromEvents(events: readonly AnyEvent[]): Observable<string> {
  return reading(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')).pipe(finalText());
}

function textOf(event: AnyEvent): string {
  const { delta }: AnyEvent & { readonly delta?: { readonly text?: string } } = event;
  return delta?.text ?? '';
}
