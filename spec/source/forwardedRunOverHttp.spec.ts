import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import {
  accumulateMessage,
  continueOnConnectionError,
  fromResponse,
  messageEvents,
  messageState,
  retryOnConnectionError,
  serverSentEvents,
  textDeltas,
} from '../../src/index.js';
import { sseOf } from '../../src/testing/index.js';
import { virtualClock } from './support/clock.js';
import { answerEvents, callEvents, pauseEvents, pingSse, result, run, runEnd } from './support/forwardedRuns.js';
import { errorOf, watch } from './support/outcome.js';

/** A service that forwards a run, whose response the spec writes. */
class RunService {
  requests = 0;
  #response: ServerResponse | undefined;
  #hasHungUp = false;
  readonly #server = createServer((_request, response) => {
    this.requests += 1;
    this.#response = response;
    response.on('close', () => {
      this.#hasHungUp = !response.writableFinished;
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });

  get hasHungUp(): boolean {
    return this.#hasHungUp;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The response to the last request, once it has arrived. */
  async response(): Promise<ServerResponse> {
    await until(() => this.#response !== undefined);
    if (this.#response === undefined) throw new Error('no request');
    return this.#response;
  }
}

/** Waits for the sockets, turn by turn of the event loop. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn();
}

describe('a tool run that is forwarded over HTTP', () => {
  let service: RunService;
  beforeEach(async () => {
    service = new RunService();
    await service.listen();
  });
  afterEach(() => {
    service.close();
  });

  const source = (options = {}) => fromResponse((signal) => fetch(service.url, { signal }), options);

  it.each([
    ['fromResponse', source],
    [
      'serverSentEvents with messageEvents',
      (options: object) => serverSentEvents(service.url, options).pipe(messageEvents()),
    ],
  ])('%s reads both messages, with a tool of 6 s and a ping every second between them', async (_, read) => {
    const clock = virtualClock();
    const seen = watch(read({ scheduler: clock.scheduler }));
    const response = await service.response();
    response.write(sseOf(callEvents));
    for (let second = 0; second < 6; second += 1) {
      await until(() => seen.values.length === callEvents.length + second);
      clock.advance(1000);
      response.write(pingSse);
    }
    response.end(sseOf([result, ...answerEvents, runEnd]));
    await until(() => seen.ended !== undefined);

    expect(seen).toMatchObject({ ended: 'completed' });
    expect(seen.values.filter(({ type }) => type !== 'ping')).toEqual([...callEvents, result, ...answerEvents, runEnd]);
    expect(service.hasHungUp).toBe(false);
  });

  it.each([
    ['a call', callEvents],
    ['pause_turn', pauseEvents],
    ['a result', [...callEvents, result]],
    ['half of the second message', run.slice(0, callEvents.length + 6)],
  ])('fails if the connection is reset after %s', async (_, events) => {
    const seen = watch(source());
    const response = await service.response();
    response.write(sseOf(events));
    await until(() => seen.values.length === events.length);
    response.destroy();
    await until(() => seen.ended !== undefined);

    expect(seen.error).toMatchObject({ name: 'APIConnectionError', phase: 'mid-content' });
  });

  describe('whose connection is lost between its messages', () => {
    const policy = { initialDelayMs: 0, whenStarted: 'restart' } as const;

    /** Loses the connection once a consumer has received the first message and the tool's result. */
    async function loseConnection(): Promise<void> {
      const response = await service.response();
      response.write(sseOf([...callEvents, result]), () => {
        response.destroy();
      });
    }

    it.each([
      ['retryOnConnectionError', () => source().pipe(retryOnConnectionError(policy), accumulateMessage())],
      [
        'continueOnConnectionError',
        () =>
          source().pipe(continueOnConnectionError({ ...policy, continueWith: () => source() }), accumulateMessage()),
      ],
    ])('%s passes the error with the first message, and requests nothing again', async (_, read) => {
      const failing = errorOf(read());
      await loseConnection();

      expect(await failing).toMatchObject({ name: 'APIConnectionError', partial: { stop_reason: 'tool_use' } });
      expect(service.requests).toBe(1);
    });

    it('messageState ends with the error and the first message', async () => {
      const seen = watch(source().pipe(messageState()));
      await loseConnection();
      await until(() => seen.ended !== undefined);

      expect(seen.values.at(-1)).toMatchObject({
        status: 'error',
        error: { name: 'APIConnectionError' },
        message: { stop_reason: 'tool_use' },
      });
    });
  });

  it('textDeltas emits the text of every message', async () => {
    const seen = watch(source().pipe(textDeltas()));
    const response = await service.response();
    response.end(sseOf([...pauseEvents, ...answerEvents, runEnd]));
    await until(() => seen.ended !== undefined);

    expect(seen).toMatchObject({ ended: 'completed' });
    expect(seen.values.join('')).toBe('Searching.It rains.');
  });
});
