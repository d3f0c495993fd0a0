import { inspect } from 'node:util';
import { tap } from 'rxjs';
import {
  AnthropicError,
  APIConnectionError,
  IncompleteMessageError,
  OverloadedError,
  RateLimitError,
  streamMessage,
  type MessageStreamEvent,
} from '../../src/index.js';
import { errorEvent, type Reply } from '../../src/testing/index.js';
import { errorOf, outcomeOf, type Outcome } from './support/outcome.js';
import { apiKey, askOver, events, firstDelta, message, params, sse, startOf } from './support/greeting.js';
import { useServers } from './support/servers.js';
import { transports } from './support/transports.js';

const serve = useServers();

describe.each(transports)('over %s', (name, transport) => {
  const ask = askOver(transport);
  const codeOfLoss = name === 'nodeFetch()' ? 'ECONNRESET' : 'UND_ERR_SOCKET';

  /** The port of a server that has gone. */
  async function closedPort() {
    const server = await serve();
    await server.close();
    return server;
  }

  /** What comes of a stream whose connection is lost as soon as so many of its events were read, and not before. */
  async function lost(reply: Reply, arrived: number): Promise<Outcome<MessageStreamEvent>> {
    const server = await serve({ message, ...reply });
    let count = 0;
    const loseInTime = () => {
      if (count === arrived) void server.close();
    };
    const source = ask(server, { onResponse: loseInTime });
    return outcomeOf(
      source.pipe(
        tap(() => {
          count += 1;
          loseInTime();
        }),
      ),
    );
  }

  describe('a failure', () => {
    it('is an APIConnectionError if the connection is refused', async () => {
      const server = await closedPort();
      const error = await errorOf(ask(server));

      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({
        name: 'APIConnectionError',
        phase: 'connect',
        retryable: true,
        requestID: undefined,
        cause: { message: 'fetch failed', cause: { code: 'ECONNREFUSED' } },
      });
      expect(String(error)).toMatch(/The API did not respond: fetch failed: .*ECONNREFUSED/);
    });

    it('is an APIConnectionError if the connection is lost before the headers', async () => {
      const server = await serve({ message, delayMs: 2 ** 31 - 1 });
      const failing = errorOf(ask(server));
      await server.request();
      await server.close();
      const error = await failing;

      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'connect', retryable: true });
      expect(error).toMatchObject({ cause: { message: 'fetch failed', cause: { code: codeOfLoss } } });
    });

    it.each([0, 10])('is an APIConnectionError if it is lost before the first event, after %p bytes', async (bytes) => {
      const { values, error } = await lost({ stallAtByte: bytes }, 0);

      expect(values).toEqual([]);
      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'before-content', retryable: true });
      expect(error).toMatchObject({ requestID: 'req_0001', cause: { message: 'terminated' } });
      expect(String(error)).toContain('lost before the first event: terminated');
    });

    it('is an APIConnectionError if it is lost before content', async () => {
      const { values, error } = await lost({ stallAtByte: startOf(firstDelta) + 20 }, firstDelta);

      expect(values).toEqual(events.slice(0, firstDelta));
      expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'before-content' });
      expect(String(error)).toContain('lost after content_block_start');
    });

    it.each([1, 2, 3])('is an APIConnectionError if it is lost in the text, after all events: %p deltas', async (n) => {
      const cut = firstDelta + n;
      for (const reply of [
        { stallAtByte: startOf(cut) },
        { stallAtByte: startOf(cut) + 30, chunkBytes: 13 },
        { stallAtByte: startOf(cut) + 1, gzip: true },
      ]) {
        const { values, error } = await lost(reply, cut);

        expect(values).toEqual(events.slice(0, cut));
        expect(error).toBeInstanceOf(APIConnectionError);
        expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'mid-content', retryable: true });
        expect(error).toMatchObject({ cause: { message: 'terminated' } });
        expect(String(error)).toContain(`The connection was lost after ${events[cut - 1]?.type ?? ''}: terminated`);
      }
    });

    it('is an IncompleteMessageError if the bytes end early', async () => {
      const server = await serve({ message, cutAtByte: startOf(firstDelta + 1) + 3 });
      const { values, error } = await outcomeOf(ask(server));

      expect(values).toEqual(events.slice(0, firstDelta + 1));
      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toMatchObject({ phase: 'mid-content', retryable: true, requestID: 'req_0001' });
      expect(String(error)).toContain(`ended after ${firstDelta + 1} events, before message_stop`);
    });

    it('is the error of a status', async () => {
      const server = await serve({ status: 429, headers: { 'retry-after': '7', 'request-id': 'req_x' } });
      const error = await errorOf(ask(server));

      expect(error).toBeInstanceOf(RateLimitError);
      expect(error).toMatchObject({
        status: 429,
        type: 'rate_limit_error',
        requestID: 'req_x',
        retryAfterMs: 7000,
        retryable: true,
      });
    });

    it('is the error of an error event in the stream', async () => {
      const server = await serve({
        events: [...events.slice(0, firstDelta + 1), errorEvent('overloaded_error', 'Overloaded')],
      });
      const { values, error } = await outcomeOf(ask(server));

      expect(values).toEqual(events.slice(0, firstDelta + 1));
      expect(error).toBeInstanceOf(OverloadedError);
      expect(error).toMatchObject({ status: 529, phase: 'mid-content', requestID: 'req_0001' });
    });

    it('is an APIConnectionError for anything that fetch rejects with', async () => {
      const lost = new TypeError('Load failed');
      const unheard = new Error('in words that no runtime has used yet');
      const atOnce = () => {
        throw lost;
      };
      for (const [failure, fetch] of [
        [lost, () => Promise.reject(lost)],
        [unheard, () => Promise.reject(unheard)],
        [lost, atOnce],
      ] as const) {
        const error = await errorOf(streamMessage(params, { apiKey, fetch }));

        expect(error).toBeInstanceOf(APIConnectionError);
        expect(error).toMatchObject({ phase: 'connect', cause: failure, retryable: true });
      }
    });

    it('is an AnthropicError that is not retryable if fetch itself has a bug', async () => {
      const fault = new TypeError('x is not a function');
      const fetch = (): never => {
        throw fault;
      };
      const error = await errorOf(streamMessage(params, { apiKey, fetch }));

      expect(error).not.toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ name: 'AnthropicError', cause: fault, retryable: false });
      expect((error as Error).message).toBe('The function that creates the response failed: x is not a function.');
    });

    it('passes through if fetch throws an error of this package', async () => {
      const failure = new AnthropicError('mine');

      expect(await errorOf(streamMessage(params, { apiKey, fetch: () => Promise.reject(failure) }))).toBe(failure);
    });

    it('shows no secret', async () => {
      const errors = [
        await errorOf(ask(await closedPort())),
        await errorOf(ask(await serve({ status: 401 }))),
        await errorOf(ask(await serve({ message, disconnectAtByte: 600 }))),
        await errorOf(ask(await serve({ message, cutAtByte: 600 }))),
        await errorOf(ask(await serve({ body: '<html>' }))),
        await errorOf(ask(await serve({ status: 302, headers: { location: 'https://elsewhere.example' } }))),
        await errorOf(ask(await serve(), { signal: AbortSignal.abort() })),
      ];

      expect(errors).toHaveLength(7);
      expect(inspect(errors, { depth: Infinity, showHidden: true })).not.toContain('telltale');
    });
  });

  describe('after message_stop', () => {
    it('a lost connection completes the stream', async () => {
      const { values, ended } = await lost({ stallAtByte: Buffer.byteLength(sse) }, events.length);

      expect([values, ended]).toEqual([events, 'completed']);
    });

    it('a missing blank line does not matter', async () => {
      const server = await serve({ message, cutAtByte: Buffer.byteLength(sse) - 2 });

      expect(await outcomeOf(ask(server))).toEqual({ values: events, ended: 'completed', error: undefined });
    });
  });
});
