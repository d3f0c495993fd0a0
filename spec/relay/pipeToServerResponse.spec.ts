import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { EMPTY, NEVER, of, type Observable } from 'rxjs';
import { fromResponse, type AnyEvent } from '../../src/index.js';
import { pipeToServerResponse, toResponse, type RelayOptions } from '../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { errorOf, outcomeOf, settle, watch } from '../source/support/outcome.js';
import { Generation } from './support/generation.js';
import { useServices } from './support/services.js';

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
    while (outcome.ended === undefined) await turn();

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
    while (outcomes.length < 2) await turn();

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
      while (values.length <= index) await turn();

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
