import { getEventListeners } from 'node:events';
import { take, tap, VirtualTimeScheduler } from 'rxjs';
import {
  accumulateMessage,
  APIUserAbortError,
  finalMessage,
  streamMessage,
  textDeltas,
  type MessageStreamEvent,
} from '../../src/index.js';
import { MessageAccumulator } from '../../src/accumulate/messageAccumulator.js';
import { sseOf } from '../../src/testing/index.js';
import { eventStream, writtenBody } from './support/bodies.js';
import { errorOf, outcomeOf, settle, watch, type Watched } from './support/outcome.js';
import { apiKey, askOver, events, firstDelta, message, params, sse, startOf } from './support/greeting.js';
import { useServers } from './support/servers.js';
import { transports } from './support/transports.js';

const serve = useServers();

describe.each(transports)('over %s', (_, transport) => {
  const ask = askOver(transport);

  describe('aborting by a signal', () => {
    it('makes no request if it was aborted before', async () => {
      const server = await serve({ message });
      const reason = new Error('changed my mind');
      const fetch = jest.fn();
      const error = await errorOf(ask(server, { signal: AbortSignal.abort(reason), fetch }));

      expect(error).toBeInstanceOf(APIUserAbortError);
      expect(error).toMatchObject({ cause: reason, phase: 'connect', retryable: false });
      expect(fetch).not.toHaveBeenCalled();
      expect(server.requests).toHaveLength(0);
    });

    it('aborts the request before its headers', async () => {
      const server = await serve({ message, delayMs: 2 ** 31 - 1 });
      const controller = new AbortController();
      const seen = watch(ask(server, { signal: controller.signal }));
      const request = await server.request();
      controller.abort('reason');

      expect(seen).toMatchObject({ ended: 'failed', error: { name: 'APIUserAbortError', cause: 'reason' } });
      expect(seen.error).toMatchObject({ phase: 'connect' });
      await request.closed;
      expect(request.hungUp).toBe(true);
    });

    it('aborts the request in the middle of its text', async () => {
      const server = await serve({ message, stallAtByte: startOf(firstDelta + 1) });
      const controller = new AbortController();
      const abort = () => {
        controller.abort();
      };
      const source = ask(server, { signal: controller.signal }).pipe(textDeltas(), tap(abort));
      const { values, error } = await outcomeOf(source);
      const request = await server.request();
      await request.closed;

      expect(error).toBeInstanceOf(APIUserAbortError);
      expect(error).toMatchObject({ cause: { name: 'AbortError' }, phase: 'mid-content', requestID: 'req_0001' });
      expect(values.length).toBeLessThan(2);
      expect(request.hungUp).toBe(true);
    });

    it('has the partial message if messages are accumulated', async () => {
      const server = await serve({ message, stallAtByte: startOf(firstDelta + 1) });
      const controller = new AbortController();
      const failing = new Promise<unknown>((resolve) => {
        ask(server, { signal: controller.signal })
          .pipe(accumulateMessage())
          .subscribe({
            next: ({ content: [block] }) => {
              if (block?.type === 'text' && block.text !== '') controller.abort();
            },
            error: resolve,
          });
      });

      expect(await failing).toBeInstanceOf(APIUserAbortError);
      expect(await failing).toMatchObject({ partial: { content: [{ type: 'text', text: 'Hello 😀 wid' }] } });
    });

    it.each([1, 2, 3, 4])(
      'has the partial message after %p events if only the final message is requested',
      async (n) => {
        const server = await serve({ message, stallAtByte: startOf(n) });
        const controller = new AbortController();
        const expected = new MessageAccumulator();
        events.slice(0, n).forEach((event) => expected.add(event));
        const seen = await new Promise<Watched<unknown>>((resolve) => {
          let count = 0;
          const arrive = () => {
            count += 1;
            if (count === n) resolve(waiting);
          };
          const waiting = watch(ask(server, { signal: controller.signal }).pipe(tap(arrive), finalMessage()));
        });
        controller.abort();

        expect(seen).toMatchObject({
          values: [],
          ended: 'failed',
          error: { name: 'APIUserAbortError', retryable: false },
        });
        expect((seen.error as APIUserAbortError).partial).toEqual(expected.message);
      },
    );

    it('has no partial message if no message had started', async () => {
      const server = await serve({ message, stallAtByte: 0 });
      const controller = new AbortController();
      const abort = () => {
        controller.abort();
      };
      const source = ask(server, { signal: controller.signal, onResponse: abort }).pipe(finalMessage());
      const before = ask(server, { signal: AbortSignal.abort() }).pipe(finalMessage());

      for (const error of [await errorOf(source), await errorOf(before)]) {
        expect(error).toMatchObject({ name: 'APIUserAbortError', partial: undefined });
      }
    });

    it.each([
      ['before message_stop was passed on', 'APIUserAbortError'],
      ['after it', 'completed'],
    ])('respects a complete message: %s, %s', async (when, end) => {
      const server = await serve({ message, stallAtByte: Buffer.byteLength(sse) });
      const controller = new AbortController();
      const { signal } = controller;
      const values: unknown[] = [];
      const outcome = new Promise<unknown>((resolve) => {
        const atStop = ({ type }: MessageStreamEvent) => {
          if (type !== 'message_stop') return;
          if (when === 'after it') setImmediate(abort);
          else abort();
        };
        const abort = () => {
          controller.abort();
        };
        ask(server, { signal })
          .pipe(tap(atStop), finalMessage())
          .subscribe({
            next: (value) => values.push(value),
            error: (error: unknown) => {
              resolve((error as Error).name);
            },
            complete: () => {
              resolve('completed');
            },
          });
      });

      expect(await outcome).toBe(end);
      expect(values).toEqual(end === 'completed' ? [message] : []);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);

      const request = await server.request();
      await request.closed;

      expect(request.hungUp).toBe(true);
    });

    it('fails a stream in which another message has started', async () => {
      const controller = new AbortController();
      const body = writtenBody();
      const fetch = () => Promise.resolve(eventStream(body.stream));
      const seen = watch(streamMessage(params, { apiKey, fetch, signal: controller.signal }));
      body.write(sse);
      body.write(sseOf(events.slice(0, 1)));
      await settle();
      controller.abort();

      expect(seen).toMatchObject({ ended: 'failed', error: { name: 'APIUserAbortError' } });
      expect(seen.values).toHaveLength(events.length + 1);
    });

    it('has no effect after the stream has ended', async () => {
      const server = await serve([{ message }, { status: 500 }]);
      const controller = new AbortController();
      const ends = [watch(ask(server, { signal: controller.signal }))];
      await (
        await server.request(1)
      ).closed;
      ends.push(watch(ask(server, { signal: controller.signal })));
      await (
        await server.request(2)
      ).closed;
      await settle();
      const before = ends.map(({ ended, error }) => [ended, error]);
      controller.abort();
      await settle();

      expect(before).toMatchObject([['completed', undefined], ['failed', { status: 500 }]]); // prettier-ignore
      expect(ends.map(({ ended, error }) => [ended, error])).toEqual(before);
    });

    it('leaves no listener, however a stream ends', async () => {
      const { signal } = new AbortController();
      const server = await serve([
        { message },
        { status: 500 },
        { message, cutAtByte: 700 },
        { message, stallAtByte: 700 },
      ]);
      const ends = [await outcomeOf(ask(server, { signal })), await outcomeOf(ask(server, { signal }))];
      ends.push(await outcomeOf(ask(server, { signal })));
      const stalled = watch(ask(server, { signal }));

      expect(getEventListeners(signal, 'abort')).toHaveLength(1);

      await server.request(4);
      stalled.subscription.unsubscribe();
      ask(server, { signal }).subscribe().unsubscribe();

      expect(ends.map(({ ended }) => ended)).toEqual(['completed', 'failed', 'failed']);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });

    it('leaves no listener when the signal ends the streams', async () => {
      const controller = new AbortController();
      const server = await serve({ message, stallAtByte: 700 });
      const all = Array.from({ length: 5 }, () => watch(ask(server, { signal: controller.signal })));
      await server.request(5);

      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1); // shared, because Node warns from the eleventh on
      controller.abort();
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      expect(all.map(({ error }) => (error as Error).name)).toEqual(Array(5).fill('APIUserAbortError'));
    });
  });

  describe('unsubscribing', () => {
    const scheduled = () => {
      const scheduler = new VirtualTimeScheduler();
      return { scheduler, timeout: { totalMs: 1000, contentMs: 1000 } };
    };

    it('at once emits nothing, and leaves no timer', async () => {
      const server = await serve({ message });
      const options = scheduled();
      const seen = watch(ask(server, options));
      seen.subscription.unsubscribe();
      await settle();

      expect(options.scheduler.actions).toHaveLength(0);
      expect(seen).toMatchObject({ values: [], ended: undefined });
      await Promise.all(server.requests.map(({ closed }) => closed));
      expect(server.openConnections).toBe(0);
    });

    it('before the headers hangs up', async () => {
      const server = await serve({ message, delayMs: 2 ** 31 - 1 });
      const options = scheduled();
      const seen = watch(ask(server, options));
      const request = await server.request();

      expect(options.scheduler.actions).not.toHaveLength(0);

      seen.subscription.unsubscribe();

      expect(options.scheduler.actions).toHaveLength(0);
      await request.closed;
      expect(request.hungUp).toBe(true);
      expect(seen).toMatchObject({ values: [], ended: undefined });
    });

    it('before the first event hangs up', async () => {
      const server = await serve({ message, stallAtByte: 0 });
      const options = scheduled();
      const seen = await new Promise<Watched<unknown>>((resolve) => {
        const onResponse = () => {
          resolve(waiting);
        };
        const waiting = watch(ask(server, { ...options, onResponse }));
      });
      seen.subscription.unsubscribe();
      const request = await server.request();
      await request.closed;

      expect(request.hungUp).toBe(true);
      expect(seen).toMatchObject({ values: [], ended: undefined });
      expect(options.scheduler.actions).toHaveLength(0);
    });

    it.each(events.map((_, n) => n).slice(1))('after %p events hangs up, and nothing more is emitted', async (n) => {
      const server = await serve({ message, stallAtByte: startOf(n) });
      const options = scheduled();
      const { values, ended } = await outcomeOf(ask(server, options).pipe(take(n)));
      const request = await server.request();
      await request.closed;
      await settle();

      expect(request.hungUp).toBe(true);
      expect([values, ended]).toEqual([events.slice(0, n), 'completed']);
      expect(options.scheduler.actions).toHaveLength(0);
    });

    it('during a chunk emits no more of its events', async () => {
      const fetch = () => Promise.resolve(eventStream(sse));
      const seen: unknown[] = [];
      const subscription = streamMessage(params, { apiKey, fetch }).subscribe((event) => {
        seen.push(event);
        if (seen.length === 3) subscription.unsubscribe();
      });
      await settle();

      expect(seen).toEqual(events.slice(0, 3));
    });

    it('cancels the body of a response that arrives later', async () => {
      const response = eventStream(sse);
      let answer: (response: Response) => void = () => undefined;
      const fetch = () => new Promise<Response>((resolve) => (answer = resolve));
      const seen = watch(streamMessage(params, { apiKey, fetch }));
      seen.subscription.unsubscribe();
      answer(response);
      await settle();

      await expect(response.body?.getReader().read()).resolves.toEqual({ done: true, value: undefined });
      expect(seen).toMatchObject({ values: [], ended: undefined });
    });
  });
});
