/** What holds for both responses: a web Response, and a response of Node. Each is read over a real connection. */
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { fromEvent, type Observable, type Subscription } from 'rxjs';
import { abortOn, type AnyEvent } from 'rxjs-anthropic';
import {
  pipeUIMessageStreamToResponse,
  toUIMessageStreamResponse,
  type UIMessageResponseOptions,
} from 'rxjs-anthropic/ai-sdk';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';
import { Generation } from '../relay/support/generation.js';
import { useServices } from '../relay/support/services.js';
import { until } from '../relay/support/until.js';
import { virtualClock } from '../source/support/clock.js';
import { blockStart, messageStart, textDelta } from '../support/events.js';
import { FakeResponse } from '../support/relayWorkloads.js';
import { partText, readResponse } from './support/aiReader.js';

const events = eventsOf(buildMessage({ content: ['The tide comes in.', 'Twice a day.'] }), { deltaLength: 7 });
const services = useServices();

type Start = (source: Observable<AnyEvent>, options?: UIMessageResponseOptions) => Promise<string>;

const starts: readonly (readonly [name: string, start: Start])[] = [
  [
    'toUIMessageStreamResponse',
    (source, options) =>
      services.serveWeb(({ signal }) =>
        Promise.resolve(toUIMessageStreamResponse(source.pipe(abortOn(fromEvent(signal, 'abort'))), options)),
      ),
  ],
  [
    'pipeUIMessageStreamToResponse',
    (source, options) =>
      services.serve((_, response) => {
        source.pipe(pipeUIMessageStreamToResponse(response, options)).subscribe();
      }),
  ],
];

describe.each(starts)('%s', (name, start) => {
  it('answers with the chunks, and the headers of the protocol', async () => {
    const generation = new Generation();
    const responded = fetch(
      await start(generation.events$, { headers: { 'x-more': '1', 'cache-control': 'no-store' } }),
    );
    await generation.started;
    const response = await responded; // before the first event
    generation.emit(...events);
    generation.complete();
    const { message, error } = await readResponse(response);

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-more': '1',
      'x-vercel-ai-ui-message-stream': 'v1',
    });
    expect(error).toBeUndefined();
    expect(partText(message, 'text')).toBe('The tide comes in.Twice a day.');
  });

  it('ends with [DONE], also after an error', async () => {
    for (const end of ['complete', 'fail'] as const) {
      const generation = new Generation();
      const responded = fetch(await start(generation.events$));
      await generation.started;
      generation.emit(...events);
      generation[end](new Error('secret'));

      expect(await (await responded).text()).toMatch(/\n\ndata: \[DONE\]\n\n$/);
    }
  });

  it('stops the source when the client leaves', async () => {
    const generation = new Generation();
    const controller = new AbortController();
    const responded = fetch(await start(generation.events$), { signal: controller.signal });
    await generation.started;
    await responded;
    controller.abort();
    await generation.stopped;

    expect(generation.isRunning).toBe(false);
  });

  it('sends comments while there are no chunks, which the client ignores', async () => {
    const clock = virtualClock();
    const generation = new Generation();
    const responded = fetch(await start(generation.events$, { heartbeatMs: 1000, scheduler: clock.scheduler }));
    await generation.started;
    clock.advance(1000);
    generation.emit(...events);
    generation.complete();
    const body = await (await responded).text();
    const { error } = await readResponse(new Response(body));

    expect(body).toMatch(/^: keep-alive\n\n/);
    expect(error).toBeUndefined();
  });

  it('ends with an error if too much waits for a client that does not read', async () => {
    const generation = new Generation();
    const requested = requestPaused(await start(generation.events$, { maxPendingBytes: 1_000_000 }));
    await generation.started;
    const incoming = await requested;
    generation.emit(messageStart(), blockStart(0, { type: 'text', text: '' }));
    const piece = textDelta('x'.repeat(100_000));
    await until(() => {
      generation.emit(piece);
      return !generation.isRunning;
    });
    const { error } = await readResponse(new Response(await text(incoming)));

    expect(error).toBe('The client reads the stream too slowly.');
  });

  it('checks its options at call time', () => {
    const unread = new FakeResponse(true);
    const call = (options: object): unknown =>
      name === 'toUIMessageStreamResponse'
        ? toUIMessageStreamResponse(new Generation().events$, options)
        : pipeUIMessageStreamToResponse(unread, options);

    expect(() => call({ heartbeatMs: 0 })).toThrow(RangeError);
    expect(() => call({ maxPendingBytes: '9' })).toThrow(
      `${name}: maxPendingBytes must be a number of at least 1, got '9'.`,
    );
    expect(() => call({ describeError: 1 })).toThrow(TypeError);
  });
});

describe('pipeUIMessageStreamToResponse', () => {
  it('ends the response with an error when the service unsubscribes', async () => {
    const generation = new Generation();
    let subscription: Subscription | undefined;
    const url = await services.serve((_, response) => {
      subscription = generation.events$.pipe(pipeUIMessageStreamToResponse(response)).subscribe();
    });
    const responded = fetch(url);
    await generation.started;
    generation.emit(...events.slice(0, 4));
    subscription?.unsubscribe();
    const { error, chunks } = await readResponse(await responded);

    expect(error).toBe('The service stopped the stream.');
    expect(chunks.map(({ type }) => type)).not.toContain('finish');
    expect(generation.isRunning).toBe(false);
  });

  it('completes when the response has been sent, and does not subscribe if the client has left', async () => {
    const generation = new Generation();
    const ends: string[] = [];
    const url = await services.serve((_, response) => {
      const source = ends.length === 0 ? generation.events$ : new Generation().events$;
      source.pipe(pipeUIMessageStreamToResponse(response)).subscribe({ complete: () => ends.push('complete') });
    });
    const responded = fetch(url);
    await generation.started;
    generation.emit(...events);
    generation.complete();
    await (await responded).text();
    await until(() => ends.length === 1);
    const left = Object.assign(new FakeResponse(true), { destroyed: true });
    const unread = new Generation();
    unread.events$.pipe(pipeUIMessageStreamToResponse(left)).subscribe({ complete: () => ends.push('at once') });

    expect(ends).toEqual(['complete', 'at once']);
    expect(unread.starts).toBe(0);
  });
});

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
