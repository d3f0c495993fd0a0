import {
  accumulateMessage,
  AnthropicError,
  APIStatusError,
  AuthenticationError,
  OverloadedError,
  runTools,
  serverSentEvents,
  streamMessage,
  type AnyEvent,
  type MessageCreateParams,
  type ResponseInfo,
  type StreamMessageOptions,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { eventStream, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { outcomeOf, settle, watch } from './support/outcome.js';
import { params } from './support/greeting.js';
import { expectNoKey, expectSilentConsole, fetchOf, key, keyIn, type Answer } from './support/secrets.js';
import { useServers } from './support/servers.js';

const serve = useServers();

expectSilentConsole();

const textOf = (body: string, init?: ResponseInit) => new Response(body, init);

const sse = (...frames: readonly (AnyEvent | string)[]) => eventStream(sseOf(frames));

const fails =
  (error: unknown): Answer =>
  () => {
    throw error as Error;
  };

const rejected = (message: string) => errorEvent('overloaded_error', message);

const address = 'https://a.example';

describe('a secret', () => {
  it('from the environment is not shown', async () => {
    process.env['ANTHROPIC_API_KEY'] = key;
    const { error } = await outcomeOf(streamMessage(params, { fetch: fetchOf(() => textOf(key, { status: 500 })) }));

    expect(error).toBeInstanceOf(APIStatusError);
    expectNoKey([error]);
  });

  it('in the address of serverSentEvents is not shown if fetch quotes it', async () => {
    for (const url of [
      `https://user:${encodeURIComponent(key)}@a.example/`,
      `${address}/?token=${encodeURIComponent(key)}`,
    ]) {
      for (const input of [url, new URL(url)]) {
        const { error } = await outcomeOf(
          serverSentEvents(input, { fetch: fetchOf((url) => Promise.reject(new Error(url))) }),
        );

        expect(error).toBeInstanceOf(AnthropicError);
        expectNoKey([error]);
      }
    }
    const { error } = await outcomeOf(serverSentEvents(`https://user:${encodeURIComponent(key)}@a.example/`));

    expect(String(error)).toContain('[redacted]');
    expectNoKey([error]);
  });

  it('that is not allowed in a header is not shown by serverSentEvents', async () => {
    const broken = `${key.slice(0, 20)}\n${key.slice(20)}`;
    for (const headers of [{ 'x-api-key': broken }, [['x-api-key', broken]] as [string, string][]]) {
      const { error } = await outcomeOf(serverSentEvents(address, { headers }));

      expect(error).toBeInstanceOf(AnthropicError);
      expect(String(error)).toContain('[redacted]');
      expectNoKey([error]);
    }
  });

  it('is not shown if a gateway echoes it', async () => {
    const server = await serve(({ headers }) => ({
      status: 500,
      body: { headers },
      headers: { 'x-echo': headers['x-api-key'] ?? '' },
    }));
    const seen: ResponseInfo[] = [];
    const onResponse = (info: ResponseInfo) => seen.push(info);
    const { error } = await outcomeOf(streamMessage(params, { apiKey: key, baseURL: server.url, onResponse }));

    expect(error).toMatchObject({ status: 500, error: { headers: { 'x-api-key': '[redacted]' } } });
    expect(seen[0]?.headers.get('x-echo')).toBe('[redacted]');
    expectNoKey([error, ...seen]);
  });

  it('is not shown by the reason of a signal', async () => {
    const reason = Object.assign(new Error(`stop ${key}`), { key });
    const before = streamMessage(params, { apiKey: key, signal: AbortSignal.abort(reason) });
    const controller = new AbortController();
    const answer: Answer = () => eventStream(writtenBody().stream);
    const during = watch(streamMessage(params, { apiKey: key, signal: controller.signal, fetch: fetchOf(answer) }));
    const run = watch(runTools(params, { tools: [], apiKey: key, signal: controller.signal, fetch: fetchOf(answer) }));
    const never = runTools(params, { tools: [], apiKey: key, signal: AbortSignal.abort(reason) });
    await settle();
    controller.abort(reason);
    const errors = [(await outcomeOf(before)).error, during.error, run.error, (await outcomeOf(never)).error];

    for (const error of errors)
      expect(error).toMatchObject({ name: 'APIUserAbortError', cause: { key: '[redacted]' } });
    expectNoKey(errors);
  });

  it('is not shown by a timeout that names the last event', async () => {
    const clock = virtualClock();
    const body = writtenBody();
    const options = { scheduler: clock.scheduler, timeout: { idleMs: 1000 }, apiKey: key };
    const seen = watch(streamMessage(params, { ...options, fetch: fetchOf(() => eventStream(body.stream)) }));
    body.write(sseOf([{ type: key }]));
    await settle();
    clock.advance(1000);

    expect(seen.error).toMatchObject({ timeout: 'idleMs', lastEvent: '[redacted]' });
    expectNoKey([seen.error]);
  });

  it('is not shown by an error event that is flushed when a timeout expires', async () => {
    const clock = virtualClock();
    const body = writtenBody();
    const options = { scheduler: clock.scheduler, timeout: { idleMs: 1000 }, apiKey: key };
    const seen = watch(streamMessage(params, { ...options, fetch: fetchOf(() => eventStream(body.stream)) }));
    body.write(sseOf([rejected(key)]).trimEnd());
    await settle();
    clock.advance(1000);

    expect(seen.error).toBeInstanceOf(OverloadedError);
    expectNoKey([seen.error]);
  });

  it('is not shown by an error that onResponse throws', async () => {
    const onResponse = () => {
      throw new Error(`my key is ${key}`);
    };
    const { error } = await outcomeOf(streamMessage(params, { apiKey: key, onResponse, fetch: fetchOf(() => sse()) }));

    expect(String(error)).toBe('Error: my key is [redacted]');
    expectNoKey([error]);
  });

  it('is not shown by an error that is thrown at call time', () => {
    const refused: [Partial<MessageCreateParams>, StreamMessageOptions][] = [
      [{ model: '' }, {}],
      [{ messages: [] }, {}],
      [{}, { apiKey: `${key}\n` + key }],
      [{}, { apiKey: null, authToken: `${key}\u2026` }],
      [{}, { headers: { 'x-api-key': `${key}\n${key}` } }],
      [{}, { headers: { [`x-${key}`]: 'line\nbreak' } }],
      [{}, { apiVersion: `${key}\n${key}` }],
      [{}, { betas: [`${key}\n${key}`] }],
      ...[
        `ftp://user:${key}@a.example`,
        `user:${key}@a.example`,
        `ftp://a.example/?key=${key}`,
        `/${key}`,
        `http://?key=other${key}`,
      ].map((baseURL): [object, StreamMessageOptions] => [{}, { baseURL }]),
      [{}, { baseURL: `https://user:${key}@a.example` }],
      [{}, { baseURL: `ftp://user:${key}@a.example`, apiKey: null }],
      [{}, { baseURL: `user:${key}@a.example`, apiKey: null }],
      [{}, { baseURL: `http://?k=${key}`, apiKey: null }],
      [{}, { timeout: { idleMs: -1 } }],
    ];
    for (const [wrong, options] of refused) {
      for (const call of [
        () => streamMessage({ ...params, ...wrong }, { apiKey: key, ...options }),
        () => runTools({ ...params, ...wrong }, { tools: [], apiKey: key, ...options }),
      ]) {
        let error: unknown;
        try {
          void call();
        } catch (thrown) {
          error = thrown;
        }

        expect(Object.prototype.toString.call(error)).toBe('[object Error]'); // Headers' own are of another realm in Jest
        expectNoKey([error]);
      }
    }
  });
});

describe('without a secret in it', () => {
  const source = (answer: Answer, options: StreamMessageOptions = {}) =>
    streamMessage(params, { apiKey: key, fetch: fetchOf(answer), ...options });

  it('a cause is the error itself that fetch has thrown', async () => {
    const cause = Object.assign(new TypeError('fetch failed'), { cause: new Error('why'), request: { headers: {} } });

    expect((await outcomeOf(source(fails(cause)))).error).toHaveProperty('cause', cause);
    expect((await outcomeOf(serverSentEvents(address, { fetch: fetchOf(fails(cause)) }))).error).toHaveProperty(
      'cause',
      cause,
    );
  });

  it('an error of this package is emitted itself', async () => {
    const error = new AuthenticationError('mine', { status: 401 });

    expect((await outcomeOf(source(fails(error)))).error).toBe(error);
  });

  it('a signal’s reason, and an error that onResponse throws, are emitted themselves', async () => {
    const reason = { why: 'stop' };
    const onResponse = () => {
      throw reason as unknown as Error;
    };

    expect((await outcomeOf(source(() => sse(), { signal: AbortSignal.abort(reason) }))).error).toHaveProperty(
      'cause',
      reason,
    );
    expect((await outcomeOf(source(() => sse(), { onResponse }))).error).toBe(reason);
  });

  it('a header that is undefined is ignored', async () => {
    const headers = { 'x-gateway-key': undefined };

    expect(
      String((await outcomeOf(source(fails(new Error('undefined is no function')), { headers }))).error),
    ).toContain('undefined is no function');
  });

  it('headers are those of the response itself', async () => {
    const response = textOf('no', { status: 500, headers: { 'x-a': 'b' } });
    const seen: ResponseInfo[] = [];
    const { error } = await outcomeOf(source(() => response, { onResponse: (info) => seen.push(info) }));

    expect(error).toHaveProperty('headers', response.headers);
    expect((error as APIStatusError).headers).toBe(response.headers);
    expect(seen[0]?.headers).toBe(response.headers);
  });

  it('a key in the model’s answer is preserved', async () => {
    const spoken = eventsOf(buildMessage({ content: `Your key is ${key}.` }));
    const { values } = await outcomeOf(source(() => sse(...spoken)));
    const { error } = await outcomeOf(
      source(() => sse(...spoken.slice(0, -2), rejected(key))).pipe(accumulateMessage()),
    );

    expect(values).toEqual(spoken);
    expect(error).toMatchObject({ partial: { content: [{ text: `Your key is ${key}.` }] } });
    expect(keyIn(String(error))).toEqual([]);
  });
});
