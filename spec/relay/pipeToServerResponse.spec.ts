import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import {
  connect,
  createServer as createHttp2Server,
  Http2ServerResponse,
  type ClientHttp2Session,
  type Http2Server,
} from 'node:http2';
import { Socket, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { EMPTY, NEVER, of, type Observable } from 'rxjs';
import { fromResponse, type AnyEvent } from '../../src/index.js';
import { pipeToServerResponse, toResponse, type RelayOptions } from '../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { errorOf, outcomeOf, settle, watch } from '../source/support/outcome.js';
import { Generation } from './support/generation.js';
import { useServices } from './support/services.js';
import { until } from './support/until.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in.' }), { deltaLength: 7 });
const services = useServices();

const read = (url: string): Observable<AnyEvent> => fromResponse((signal) => fetch(url, { signal }));

/** Serves one generation. Resolves once it is subscribed. */
async function serve(options?: RelayOptions, prepare: (response: ServerResponse) => void = () => undefined) {
  const generation = new Generation();
  const served: { response?: ServerResponse; outcome?: ReturnType<typeof watch> } = {};
  const url = await services.serve((_, response) => {
    prepare(response);
    Object.assign(served, {
      response,
      outcome: watch(generation.events$.pipe(pipeToServerResponse(response, options))),
    });
  });
  const responded = fetch(url);
  await generation.started;
  const { response, outcome } = served;
  if (response === undefined || outcome === undefined) throw new Error('There was no request.');
  return { generation, responded, response, outcome };
}

describe('pipeToServerResponse', () => {
  it('writes the frames of one turn together', async () => {
    const { generation, responded, response } = await serve();
    const write = jest.spyOn(response, 'write');
    generation.emit(...events);
    await turn();

    expect(write).toHaveBeenCalledTimes(1);

    generation.complete();

    expect((await outcomeOf(fromResponse(await responded))).values).toEqual(events);
  });

  it('emits nothing, completes when the response has been sent, and leaves no listener behind', async () => {
    const listeners = (response: ServerResponse) =>
      ['close', 'finish', 'drain', 'error'].map((name) => response.listenerCount(name));
    let before: readonly number[] = [];
    const { generation, responded, response, outcome } = await serve({}, (prepared) => {
      before = listeners(prepared);
    });
    generation.emit(...events);
    generation.complete();
    await (await responded).text();
    await until(() => outcome.ended !== undefined);

    expect(outcome).toMatchObject({ values: [], ended: 'completed' });
    expect(listeners(response)).toEqual(before);
  });

  it('completes if the client leaves, and writes nothing any more', async () => {
    const { generation, responded, response, outcome } = await serve();
    generation.emit(...events.slice(0, 3));
    const { body } = await responded;
    await settle();
    const write = jest.spyOn(response, 'write');
    const end = jest.spyOn(response, 'end');
    await body?.cancel();
    await generation.stopped;
    generation.emit(...events);
    await settle();

    expect(outcome).toMatchObject({ values: [], ended: 'completed' });
    expect([write.mock.calls, end.mock.calls]).toEqual([[], []]);
  });

  it('writes nothing of the turn in which the client leaves', async () => {
    const { generation, responded, response } = await serve();
    generation.emit(...events.slice(0, 3));
    await responded;
    const write = jest.spyOn(response, 'write');
    generation.emit(...events.slice(3));
    response.emit('close');
    await settle();

    expect(write).not.toHaveBeenCalled();
  });

  it('never subscribes to its source if the client has already left, or the response has been sent', async () => {
    const generation = new Generation();
    const outcomes: unknown[] = [];
    const url = await services.serve((request, response) => {
      const pipe = () => outcomes.push(watch(generation.events$.pipe(pipeToServerResponse(response))).ended);
      if (request.url === '/sent') {
        response.end();
        pipe();
      } else {
        response.on('close', pipe);
        response.write('.');
      }
    });
    await (await fetch(`${url}/sent`)).text();
    await (await fetch(url)).body?.cancel();
    await until(() => outcomes.length === 2);

    expect(outcomes).toEqual(['completed', 'completed']);
    expect(generation.starts).toBe(0);
  });

  it('keeps the headers that the response has, and sets those of the options, also several cookies', async () => {
    const headers: [string, string][] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ];
    const { generation, responded } = await serve({ headers }, (response) => {
      response.setHeader('access-control-allow-origin', '*');
    });
    generation.emit(...events);
    generation.complete();
    const response = await responded;

    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('ends with an error frame if the head has already been sent', async () => {
    const { generation, responded } = await serve({}, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    generation.fail(new Error('secret'));
    const response = await responded;

    expect(response.status).toBe(200);
    expect(await errorOf(fromResponse(response))).toMatchObject({ status: 500, apiMessage: 'The service failed.' });
  });

  it('does not ask for headers if the head has already been sent', async () => {
    const headers = jest.fn(() => {
      throw new Error('secret');
    });
    const { generation, responded } = await serve({ headers }, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    generation.emit(...events);
    generation.complete();

    expect((await outcomeOf(fromResponse(await responded))).values).toEqual(events);
    expect(headers).not.toHaveBeenCalled();
  });

  it('goes on if a middleware has replaced write by a function that returns nothing', async () => {
    const { generation, responded } = await serve({}, (response) => {
      const write = response.write.bind(response) as (chunk: string) => boolean;
      Object.assign(response, { write: (chunk: string) => void write(chunk) });
    });
    generation.emit(...events.slice(0, 2));
    const response = await responded;
    const { values } = watch(fromResponse(response));
    await until(() => values.length === 2);
    generation.emit(...events.slice(2));
    await until(() => values.length === events.length);
    generation.complete();

    expect(values).toEqual(events);
  });

  it('ends with an error that can be retried if the service unsubscribes', async () => {
    const { generation, responded, outcome } = await serve();
    generation.emit(...events.slice(0, 3));
    const response = await responded;
    outcome.subscription.unsubscribe();
    const { values, error } = await outcomeOf(fromResponse(response));

    expect(generation.isRunning).toBe(false);
    expect(values).toEqual(events.slice(0, 3));
    expect(error).toMatchObject({ status: 503, retryable: true, apiMessage: 'The service stopped the stream.' });
  });

  it('ends without an error if the service unsubscribes after the complete message', async () => {
    const { generation, responded, outcome } = await serve();
    generation.emit(...events);
    outcome.subscription.unsubscribe();

    expect(await outcomeOf(fromResponse(await responded))).toMatchObject({ values: events, ended: 'completed' });
  });

  it('answers with status 503 if the service unsubscribes before the first event', async () => {
    const { responded, outcome } = await serve();
    outcome.subscription.unsubscribe();
    const response = await responded;

    expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'true']);
  });

  it('delivers at once behind a middleware that compresses', async () => {
    const { generation, responded } = await serve({}, compress);
    const response = await begin(generation, responded);
    const { values } = watch(fromResponse(response));
    for (const [index, event] of events.entries()) {
      if (index > 0) generation.emit(event);
      await until(() => values.length > index);

      expect(values[index]).toEqual(event);
    }
    generation.complete();

    expect(response.headers.get('content-encoding')).toBe('gzip');
  });

  it('delivers a source that emits everything at once, and one that is empty', async () => {
    const sources = [of(...events), EMPTY];
    const url = await services.serve((_, response) => {
      (sources.shift() ?? NEVER).pipe(pipeToServerResponse(response)).subscribe();
    });

    expect((await outcomeOf(read(url))).values).toEqual(events);
    expect(await errorOf(read(url))).toMatchObject({ name: 'IncompleteMessageError' });
  });
});

/** Emits the first event, with which the response begins. */
function begin(generation: Generation, responded: Promise<Response>): Promise<Response> {
  generation.emit(...events.slice(0, 1));
  return responded;
}

/** Does what the middleware `compression` does to a response, except that it also compresses event streams. */
function compress(response: ServerResponse): void {
  const gzip = createGzip();
  const write = response.write.bind(response) as (chunk: unknown) => boolean;
  const end = response.end.bind(response);
  gzip.on('data', write);
  gzip.on('end', () => end());
  response.setHeader('content-encoding', 'gzip');
  Object.assign(response, {
    write: (chunk: string) => gzip.write(chunk),
    end: () => gzip.end(),
    flush: () => {
      gzip.flush();
    },
  });
}

describe('pipeToServerResponse, over HTTP/2', () => {
  /** Serves one generation, and requests it. The server and the client are closed at the end of the test. */
  async function serveHttp2() {
    const generation = new Generation();
    const closed = new Promise<Http2ServerResponse>((resolve) => {
      server.on('request', (_, response) => {
        response.on('close', () => {
          resolve(response);
        });
        generation.events$.pipe(pipeToServerResponse(response)).subscribe();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const request = client.request({ ':path': '/' });
    await generation.started;
    generation.emit(...events.slice(0, 3));
    await once(request, 'response');
    return { generation, request, closed };
  }

  let server: Http2Server;
  let client: ClientHttp2Session;

  beforeEach(() => {
    server = createHttp2Server();
  });

  afterEach(() => {
    client.destroy();
    server.close();
  });

  it('delivers all events', async () => {
    const { generation, request } = await serveHttp2();
    const body = text(request);
    generation.emit(...events.slice(3));
    generation.complete();

    expect((await outcomeOf(fromResponse(eventStream(await body)))).values).toEqual(events);
  });

  it('stops the generation if the client leaves, and writes nothing any more', async () => {
    const { generation, request, closed } = await serveHttp2();
    const write = jest.spyOn(Http2ServerResponse.prototype, 'write');
    const end = jest.spyOn(Http2ServerResponse.prototype, 'end');
    request.close();
    await generation.stopped;
    await closed;
    const calls = [...write.mock.calls, ...end.mock.calls];
    write.mockRestore();
    end.mockRestore();

    expect(calls).toEqual([]);
  });

  it('does not start the generation if the client has already left', async () => {
    const generation = new Generation();
    const left = new Promise<Http2ServerResponse>((resolve) => {
      server.on('request', (_, response) => {
        response.on('close', () => {
          resolve(response);
        });
      });
    });
    server.listen(0, '127.0.0.1');
    const received = once(server, 'request');
    await once(server, 'listening');
    client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const request = client.request({ ':path': '/' });
    await received;
    request.close();
    const { ended, subscription } = watch(generation.events$.pipe(pipeToServerResponse(await left)));
    subscription.unsubscribe();

    expect(ended).toBe('completed');
    expect(generation.starts).toBe(0);
  });
});

function eventStream(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

describe('bad options', () => {
  const anyResponse = new ServerResponse(new IncomingMessage(new Socket()));

  it.each([0, -1, NaN])('maxPendingBytes %p and heartbeatMs %p are refused at call time', (value) => {
    expect(() => pipeToServerResponse(anyResponse, { maxPendingBytes: value })).toThrow(RangeError);
    expect(() => pipeToServerResponse(anyResponse, { heartbeatMs: value })).toThrow(
      'pipeToServerResponse: heartbeatMs',
    );
    expect(() => toResponse(NEVER, { maxPendingBytes: value })).toThrow('toResponse: maxPendingBytes');
    expect(() => toResponse(NEVER, { heartbeatMs: value })).toThrow(RangeError);
  });
});
