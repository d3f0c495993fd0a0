/** What is specified over `fetch` elsewhere, and depends on the transport: timeouts, secrets and raw events. */
import type { RequestListener } from 'node:http';
import { serverSentEvents, streamMessage, type ResponseInfo, type StreamMessageOptions } from '../../src/index.js';
import { virtualClock } from './support/clock.js';
import { askOver, message, params, startOf } from './support/greeting.js';
import { outcomeOf, settle, watch } from './support/outcome.js';
import { expectNoKey, expectSilentConsole, key } from './support/secrets.js';
import { useListeners, useServers } from './support/servers.js';
import { transports } from './support/transports.js';

const serve = useServers();
const { listen, close } = useListeners();

expectSilentConsole();

describe.each(transports)('%s', (_, fetch) => {
  /** Waits until a condition holds, however many turns that takes. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await settle();
  }

  describe('a timeout', () => {
    it.each([
      ['firstEventMs', 0, 'before-content'],
      ['idleMs', startOf(3), 'mid-content'],
      ['contentMs', startOf(3), 'mid-content'],
      ['totalMs', startOf(3), 'mid-content'],
    ] as const)('%s ends a response that stalls at byte %i, and its request', async (timeout, stallAtByte, phase) => {
      const server = await serve({ message, stallAtByte });
      const clock = virtualClock();
      let hasHeaders = false;
      const seen = watch(
        askOver(fetch)(server, {
          timeout: { [timeout]: 1000 },
          scheduler: clock.scheduler,
          onResponse: () => {
            hasHeaders = true;
          },
        }),
      );
      await until(() => hasHeaders && seen.values.length === (stallAtByte === 0 ? 0 : 3));
      clock.advance(1000);
      const request = await server.request();
      await request.closed;

      expect(seen).toMatchObject({
        ended: 'failed',
        error: { name: 'APIConnectionTimeoutError', timeout, ms: 1000, phase },
      });
      expect([request.hungUp, clock.timers]).toEqual([true, 0]);
    });

    it('headersMs ends a request that nobody answers', async () => {
      const server = await serve({ message, delayMs: 3_600_000 });
      const clock = virtualClock();
      const seen = watch(askOver(fetch)(server, { timeout: { headersMs: 1000 }, scheduler: clock.scheduler }));
      const request = await server.request();
      clock.advance(1000);
      await request.closed;

      expect(seen).toMatchObject({ ended: 'failed', error: { timeout: 'headersMs', ms: 1000, phase: 'connect' } });
      expect([request.hungUp, clock.timers]).toEqual([true, 0]);
    });
  });

  describe('a key', () => {
    const ask = (baseURL: string, options: StreamMessageOptions = {}) =>
      streamMessage(params, { apiKey: key, baseURL, fetch, ...options });

    it.each<[name: string, answer: RequestListener]>([
      ['in the body of an error', (_, response) => response.writeHead(401).end(`bad key ${key}`)],
      ['in a header', (_, response) => response.writeHead(500, { 'request-id': key, 'x-echo': key }).end()],
      ['in the address of a redirect', (_, response) => response.writeHead(302, { location: `/?key=${key}` }).end()],
      ['in an event', (_, response) => response.end(`event: error\ndata: ${key}\n\n`)],
      ['before the connection is lost', (_, response) => response.write(key, () => response.destroy())],
    ])('that a server repeats %s is not shown', async (_, answer) => {
      const url = await listen((request, response) => {
        request.resume().once('end', () => {
          answer(request, response);
        });
      });
      const infos: ResponseInfo[] = [];
      const { ended, error } = await outcomeOf(ask(url, { onResponse: (info) => void infos.push(info) }));

      expect(ended).toBe('failed');
      expectNoKey([error, infos]);
    });

    it('is not shown if there is no server', async () => {
      const url = await listen(() => undefined);
      close();
      const { error } = await outcomeOf(ask(`${url}/${encodeURIComponent(key)}?key=${encodeURIComponent(key)}`));

      expect(error).toMatchObject({ phase: 'connect' });
      expectNoKey([error]);
    });
  });

  describe('serverSentEvents', () => {
    it('emits the events of any server, with each read anew', async () => {
      const received: string[] = [];
      const url = await listen((request, response) => {
        received.push(`${request.method ?? ''} ${request.headers.accept ?? ''}`);
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end('event: greeting\nid: 1\ndata: {"a":\ndata: 1}\n\n: comment\n\ndata: 世\n\ndata: unterminated');
      });
      const source = serverSentEvents(url, { fetch });
      const whole = {
        values: [
          { event: 'greeting', id: '1', data: '{"a":\n1}' },
          { event: undefined, id: undefined, data: '世' },
          { event: undefined, id: undefined, data: 'unterminated', unterminated: true },
        ],
        ended: 'completed',
        error: undefined,
      };

      expect(await outcomeOf(source)).toEqual(whole);
      expect(await outcomeOf(source)).toEqual(whole);
      expect(received).toEqual(['GET text/event-stream', 'GET text/event-stream']);
    });

    it('fails with the status of an error', async () => {
      const url = await listen((_, response) => response.writeHead(503, { 'request-id': 'req_1' }).end('busy'));

      expect(await outcomeOf(serverSentEvents(url, { fetch }))).toMatchObject({
        values: [],
        ended: 'failed',
        error: { status: 503, requestID: 'req_1' },
      });
    });
  });
});
