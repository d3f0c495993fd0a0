import { lastValueFrom, take, tap } from 'rxjs';
import { APIStatusError, streamMessage, type ResponseInfo } from '../../src/index.js';
import { eventsOf, type MessagesServer } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { eventStream, writtenBody } from './support/bodies.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';
import { apiKey, askOver, events, message, params, sse, startOf } from './support/greeting.js';
import { useServers } from './support/servers.js';
import { transports } from './support/transports.js';

const serve = useServers();

describe.each(transports)('over %s', (_, transport) => {
  const ask = askOver(transport);

  describe('a subscription', () => {
    it('makes one request', async () => {
      const server = await serve({ message });
      const source = ask(server);
      await settle();

      expect(server.requests).toHaveLength(0);

      const outcomes = await Promise.all([outcomeOf(source), outcomeOf(source)]);

      expect(outcomes).toEqual(Array(2).fill({ values: events, ended: 'completed', error: undefined }));
      expect(server.requests).toHaveLength(2);
    });

    it('calls fetch synchronously, and not before', () => {
      const fetch = jest.fn(() => Promise.resolve(eventStream(sse)));
      const source = streamMessage(params, { apiKey, fetch });

      expect(fetch).not.toHaveBeenCalled();

      const subscription = source.subscribe();

      expect(fetch).toHaveBeenCalledTimes(1);
      subscription.unsubscribe();
    });

    it('sends the parameters and options as they were at the call', async () => {
      const server = await serve({ message });
      const given = { ...params, messages: [{ role: 'user' as const, content: 'Hi' }] };
      const options = { apiKey, baseURL: server.url, headers: { 'x-trace': '1' }, betas: ['a'] };
      const source = streamMessage(given, options);
      given.messages.push({ role: 'user', content: 'more' });
      given.max_tokens = 1;
      Object.assign(options, { apiKey: 'other', baseURL: 'http://127.0.0.1:1' });
      options.headers['x-trace'] = '2';
      options.betas.push('b');
      await outcomeOf(source);
      const request = await server.request();

      expect(request.body).toEqual({ ...params, stream: true });
      expect(request.headers).toMatchObject({ 'x-api-key': apiKey, 'x-trace': '1', 'anthropic-beta': 'a' });
    });

    it('emits the events as they arrive, including pings', async () => {
      const withPings = eventsOf(message, { pingEvery: 2 });
      const server = await serve({ events: withPings, stallAtByte: startOf(1) });
      const source = ask(server).pipe(take(1));

      expect(await lastValueFrom(source)).toEqual(withPings[0]);
      expect(await outcomeOf(ask(await serve({ events: withPings })))).toMatchObject({
        values: withPings,
        ended: 'completed',
      });
    });

    it.each(streams)('reads $name', async ({ events, options }) => {
      const server = await serve([
        { events, ...options },
        { events, ...options, gzip: true, chunkBytes: 50 },
        { events, ...options, chunkBytes: 7 },
      ]);
      for (const outcome of [
        await outcomeOf(ask(server)),
        await outcomeOf(ask(server)),
        await outcomeOf(ask(server)),
      ]) {
        expect(outcome).toEqual({ values: events, ended: 'completed', error: undefined });
      }
    });
  });

  describe('onResponse', () => {
    /** Notes what happens, in its order. */
    function noted(server: MessagesServer) {
      const notes: unknown[] = [];
      const source = ask(server, { onResponse: (response) => notes.push(response) });
      return { notes, done: outcomeOf(source).then(({ values, ended }) => notes.push(...values, ended)) };
    }

    it('is called once, before the first event, with the information of the headers', async () => {
      const { notes, done } = noted(await serve({ message }));
      await done;
      const response = notes[0] as ResponseInfo;

      expect(notes.slice(1)).toEqual([...events, 'completed']);
      expect(response).toMatchObject({ status: 200, requestID: 'req_0001' });
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(response.rateLimits.requests).toEqual({
        limit: 4000,
        remaining: 3999,
        reset: new Date('2030-01-01T00:00:00Z'),
      });
      expect(response.rateLimits.outputTokens?.limit).toBe(80_000);
    });

    it('comes before the first event even if everything arrives at once', async () => {
      const order: string[] = [];
      const fetch = () => Promise.resolve(eventStream(sse));
      const source = streamMessage(params, { apiKey, fetch, onResponse: () => order.push('response') });
      await lastValueFrom(source.pipe(tap(({ type }) => order.push(type))));

      expect(order).toEqual(['response', ...events.map(({ type }) => type)]);
    });

    it('is called for an error status too', async () => {
      const { notes, done } = noted(await serve({ status: 429 }));
      await done;

      expect(notes).toEqual([expect.objectContaining({ status: 429, requestID: 'req_0001' }), 'failed']);
    });

    it('makes the stream fail with the error that it throws, and aborts the request', async () => {
      const server = await serve({ message, stallAtByte: 0 });
      const error = new Error('thrown by onResponse');
      const seen = await errorOf(
        ask(server, {
          onResponse: () => {
            throw error;
          },
        }),
      );
      const request = await server.request();
      await request.closed;

      expect(seen).toBe(error);
      expect(request.hungUp).toBe(true);
    });

    it('may unsubscribe', async () => {
      const server = await serve({ message });
      const leave = () => {
        seen.subscription.unsubscribe();
      };
      const seen = watch(ask(server, { onResponse: leave }));
      await (
        await server.request()
      ).closed;
      await settle();

      expect(seen).toMatchObject({ values: [], ended: undefined });
    });
  });

  describe('a redirect', () => {
    it.each([307, 308])('%p is followed on the same origin, with the same request', async (status) => {
      const server = await serve([
        { status, headers: { location: '/v1/messages?hop=1' }, body: '' },
        { status, headers: { location: '?hop=2' }, body: 'moved' },
        { message },
      ]);

      expect(await outcomeOf(ask(server))).toEqual({ values: events, ended: 'completed', error: undefined });
      expect(server.requests.map(({ query }) => query)).toEqual([{}, { hop: '1' }, { hop: '2' }]);
      for (const request of server.requests) {
        expect(request).toMatchObject({ method: 'POST', body: { ...params, stream: true } });
        expect(request.headers['x-api-key']).toBe(apiKey);
      }
    });

    it('is followed to an absolute address of the same origin', async () => {
      const server: MessagesServer = await serve(({ query }) =>
        query['hop'] === '1'
          ? { message }
          : { status: 307, headers: { location: `${server.url}/v1/messages?hop=1` }, body: '' },
      );

      expect(await outcomeOf(ask(server))).toMatchObject({ ended: 'completed' });
    });

    it.each([301, 302, 303, 307, 308])('%p to another origin is rejected without a request to it', async (status) => {
      const other = await serve({ message });
      const server = await serve({ status, headers: { location: `${other.url}/v1/messages` }, body: '' });
      const error = await errorOf(ask(server));

      expect(error).toBeInstanceOf(APIStatusError);
      expect(error).toMatchObject({ status, retryable: false, phase: 'connect', requestID: 'req_0001' });
      expect(String(error)).toContain(
        `${server.url}/v1/messages redirects to ${other.url}/v1/messages, with status ${status}.`,
      );
      expect(String(error)).toContain('Set baseURL');
      expect(server.requests).toHaveLength(1);
      await settle();
      expect(other.requests).toHaveLength(0);
    });

    it.each(['http://localhost', 'https://127.0.0.1', '//localhost'])(
      'to %s counts as another origin',
      async (start) => {
        const server: MessagesServer = await serve(() => ({
          status: 308,
          headers: { location: `${start}:${new URL(server.url).port}/v1/messages` },
          body: '',
        }));

        expect(await errorOf(ask(server))).toBeInstanceOf(APIStatusError);
        expect(server.requests).toHaveLength(1);
      },
    );

    it.each([301, 302, 303])('%p on the same origin is rejected, since it would change the method', async (status) => {
      const server = await serve({ status, headers: { location: '/v1/messages?hop=1' }, body: '' });
      const error = await errorOf(ask(server));

      expect(error).toBeInstanceOf(APIStatusError);
      expect(error).toMatchObject({ status, retryable: false });
      expect(String(error)).toContain(
        `${server.url}/v1/messages redirects to ${server.url}/v1/messages, with status ${status}. Only redirects to the same origin with status 307 or 308`,
      );
      expect(server.requests).toHaveLength(1);
    });

    it.each([{}, { location: 'http://' }])('without a valid address, with %p, is rejected', async (headers) => {
      const server = await serve({ status: 307, headers, body: '' });
      const error = await errorOf(ask(server));

      expect(error).toMatchObject({ status: 307, name: 'APIStatusError' });
      expect(String(error)).toContain('redirects to an invalid address, with status 307');
    });

    it('is rejected if the browser hides its address', async () => {
      const hidden = Object.defineProperties(new Response(null), {
        type: { value: 'opaqueredirect' },
        status: { value: 0 },
      });
      const error = await errorOf(streamMessage(params, { apiKey, fetch: () => Promise.resolve(hidden) }));

      expect(error).toMatchObject({ status: undefined, name: 'APIStatusError' });
      expect(String(error)).toContain(
        'https://api.anthropic.com/v1/messages redirects to an address that the browser does not reveal.',
      );
    });

    it('has its body cancelled', async () => {
      const body = writtenBody();
      const moved = new Response(body.stream, { status: 307, headers: { location: '/v1/messages' } });
      const answers = [moved, eventStream(sse)];
      const fetch = () => Promise.resolve(answers.shift() ?? Response.error());

      expect(await outcomeOf(streamMessage(params, { apiKey, fetch }))).toMatchObject({ ended: 'completed' });
      expect(body.isCancelled).toBe(true);
    });

    it('is followed at most five times', async () => {
      const hop = { status: 307, headers: { location: '/v1/messages' }, body: '' };
      const five = await serve([hop, hop, hop, hop, hop, { message }]);

      expect(await outcomeOf(ask(five))).toMatchObject({ ended: 'completed' });

      const endless = await serve(hop);
      const error = await errorOf(ask(endless));

      expect(error).toBeInstanceOf(APIStatusError);
      expect(String(error)).toContain('redirects more than 5 times');
      expect(endless.requests).toHaveLength(6);
    });
  });
});
