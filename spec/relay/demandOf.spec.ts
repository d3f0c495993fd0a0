/** A response that is full holds the source back, and never longer than until it is closed. */
import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, constants, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import compression from 'compression';
import express from 'express';
import { fromResponse, textDeltas, type Demand } from '../../src/index.js';
import { demandOf } from '../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { virtualClock } from '../source/support/clock.js';
import { useServers } from '../source/support/servers.js';
import { settle } from '../source/support/outcome.js';
import { useServices } from './support/services.js';
import { until } from './support/until.js';

const EVENTS = ['drain', 'close', 'finish'];
const listeners = (writable: NodeJS.EventEmitter) => EVENTS.map((event) => writable.listenerCount(event));

/** Whether a promise has settled within a few turns. */
async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = false;
  void promise?.finally(() => {
    settled = true;
  });
  await settle();
  return settled;
}

/** A writable that is full after the first write, until the spec drains it. */
function createFull() {
  const writes: (() => void)[] = [];
  const writable = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, callback) => writes.push(callback),
  });
  writable.write('xx');
  return { writable, drain: () => writes.shift()?.() };
}

describe('demandOf', () => {
  it('does not wait, and listens to nothing, while the writable accepts more', () => {
    const writable = new PassThrough();
    const before = listeners(writable);

    expect(demandOf(writable).ready()).toBeUndefined();
    expect(listeners(writable)).toEqual(before);
  });

  it('waits for the drain and one more turn, with one listener of each kind, which it then removes', async () => {
    const { writable, drain } = createFull();
    const clock = virtualClock();
    const before = listeners(writable);
    const demand = demandOf(writable, { scheduler: clock.scheduler });
    const first = demand.ready();
    const second = demand.ready();

    expect(first).toBe(second);
    expect(listeners(writable)).toEqual(before.map((count) => count + 1));

    drain();

    expect(await isSettled(first)).toBe(false);

    clock.advance(1);
    await first;

    expect(listeners(writable)).toEqual(before);
    expect(demand.ready()).toBeUndefined();
  });

  it('goes on waiting if the writable is full again in that turn', async () => {
    const { writable, drain } = createFull();
    const clock = virtualClock();
    const waiting = demandOf(writable, { scheduler: clock.scheduler }).ready();
    writable.once('drain', () => writable.write('xx'));
    drain();
    await settle();
    clock.advance(1);

    expect(await isSettled(waiting)).toBe(false);

    drain();
    await settle();
    clock.advance(1);

    expect(await isSettled(waiting)).toBe(true);
  });

  it.each([
    ['is destroyed', (writable: Writable) => writable.destroy()],
    [
      'ends',
      (writable: Writable, drain: () => void) => {
        writable.end();
        drain();
      },
    ],
  ])('stops waiting, and never waits again, if the writable %s', async (_, act) => {
    const { writable, drain } = createFull();
    const before = listeners(writable);
    const demand = demandOf(writable);
    const waiting = demand.ready();
    act(writable, drain);
    await waiting;

    expect(demand.ready()).toBeUndefined();
    expect(demandOf(writable).ready()).toBeUndefined();
    expect(listeners(writable)).toEqual(before);
  });
});

const FILLING = 'x'.repeat(20_000_000); // more than the sockets hold
const services = useServices();
const serveApi = useServers();

/** Requests a URL, and reads nothing of the response. */
function requestPaused(url: string, headers = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.pause();
      resolve(response);
    })
      .on('error', reject)
      .end();
  });
}

describe('demandOf a response', () => {
  it('stops waiting if the client leaves', async () => {
    let served: { demand: Demand; response: ServerResponse } | undefined;
    const url = await services.serve((_, response) => {
      response.write(FILLING);
      served = { demand: demandOf(response), response };
    });
    const client = await requestPaused(url);
    const waiting = served?.demand.ready();

    expect(await isSettled(waiting)).toBe(false);

    client.destroy();
    await waiting;

    expect(served?.demand.ready()).toBeUndefined();
    expect(served?.response.listenerCount('drain')).toBe(0);
  });

  it.each(['identity', 'gzip'])(
    'waits until the client reads, behind the middleware compression: %s',
    async (encoding) => {
      const served: ServerResponse[] = [];
      const app = express()
        .use(compression({ level: 0 })) // as long as without compression
        .get('/', (_, response) => {
          served.push(response);
          response.type('text').write(FILLING);
        });
      const client = await requestPaused(await services.serve(app), { 'accept-encoding': encoding });
      const [response] = served;
      if (response === undefined) throw new Error('There was no request.');
      await until(() => response.writableNeedDrain);
      const waiting = demandOf(response).ready();

      expect(client.headers['content-encoding']).toBe(encoding === 'gzip' ? 'gzip' : undefined);
      expect(await isSettled(waiting)).toBe(false);

      client.resume();
      await waiting;

      expect(response.writableNeedDrain).toBe(false);
    },
  );

  it('stops waiting if the client leaves over HTTP/2', async () => {
    const server = createHttp2Server();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': '/' });
    const [, response] = (await once(server, 'request')) as [unknown, Http2ServerResponse];
    response.write(FILLING);
    const demand = demandOf(response);
    const waiting = demand.ready();

    expect(await isSettled(waiting)).toBe(false);

    stream.close(constants.NGHTTP2_CANCEL);
    await waiting;

    expect(demand.ready()).toBeUndefined();

    session.destroy();
    server.close();
  });

  it('holds the source back, and loses nothing', async () => {
    const content = Array.from({ length: 2000 }, (_, index) => `${index}\n`.padEnd(5000, '.')).join('');
    const api = await serveApi({ events: eventsOf(buildMessage({ content }), { deltaLength: 5000 }) });
    let received = 0;
    const url = await services.serve((_, response) => {
      fromResponse((signal) => fetch(api.url + '/v1/messages', { method: 'POST', body: '{}', signal }), {
        demand: demandOf(response),
      })
        .pipe(textDeltas())
        .subscribe({
          next: (delta) => {
            received += delta.length;
            response.write(delta); // without a look at what it returns
          },
          complete: () => response.end(),
        });
    });
    const client = await requestPaused(url);
    await settle();
    const during = received;

    expect((await text(client)) === content).toBe(true);
    expect(during).toBeLessThan(content.length);
  });
});
