import { AnthropicError, fromResponse, serverSentEvents, streamMessage, type ResponseInfo } from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { eventStream } from './support/bodies.js';
import { errorOf, outcomeOf } from './support/outcome.js';

const params = { model: 'claude-opus-5-5', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hi' }] };
const sse = sseOf(eventsOf(buildMessage({ content: 'Hello' })));

/** The sources that call a function of the user, which returns whatever the spec says. */
const sources = (respond: () => unknown) => {
  const make = respond as () => Response;
  return [
    fromResponse(make),
    serverSentEvents(make),
    serverSentEvents('http://localhost', { fetch: make as unknown as typeof fetch }),
    streamMessage(params, { apiKey: 'k', fetch: make as unknown as typeof fetch }),
  ];
};

describe('a function that makes the request', () => {
  it.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'object'],
    ['a body', 'data: x', 'string'],
    ['data', { ok: true }, 'an object'],
  ])('may not return %s', async (_, value, name) => {
    for (const returned of [value, Promise.resolve(value)]) {
      for (const source of sources(() => returned)) {
        const error = await errorOf(source);

        expect(error).toBeInstanceOf(AnthropicError);
        expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
        expect(String(error)).toBe(
          `AnthropicError: The function that makes the request must return a Response, as fetch does, got ${name}.`,
        );
      }
    }
  });

  it('may return a Response without a promise', async () => {
    for (const source of sources(() => eventStream(sse))) {
      expect(await outcomeOf<unknown>(source)).toMatchObject({ ended: 'completed' });
    }
  });

  it('may throw before it returns a promise', async () => {
    const failure = new TypeError('fetch failed');
    for (const source of sources(() => {
      throw failure;
    })) {
      expect(await errorOf(source)).toMatchObject({ name: 'APIConnectionError', cause: failure });
    }
  });

  it('may return a response of another implementation', async () => {
    const { status, ok, headers, body } = eventStream(sse);
    const polyfilled = { status, ok, headers, body } as Response;

    expect(await outcomeOf(serverSentEvents(polyfilled))).toMatchObject({ ended: 'completed' });
  });
});

describe('a body', () => {
  it.each(['text/event-stream', 'application/json', 'text/html'])('must consist of bytes: %s', async (type) => {
    const body = new ReadableStream<string>({
      start(controller) {
        controller.enqueue(sse);
        controller.close();
      },
    });
    const response = new Response(body, { headers: { 'content-type': type } });
    const error = await errorOf(fromResponse(response));

    expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
    expect(String(error)).toContain('must consist of bytes, got string. Pipe text through a TextEncoderStream.');
  });
});

describe('the status 304', () => {
  it('is no redirect', async () => {
    const fetch = () => Promise.resolve(new Response(null, { status: 304 }));
    for (const source of [streamMessage(params, { apiKey: 'k', fetch }), fromResponse(fetch)]) {
      const error = await errorOf(source);

      expect(error).toMatchObject({ name: 'APIStatusError', status: 304, retryable: false });
      expect(String(error)).toContain('A cache answered: send the request without cache headers.');
    }
  });

  it.each([300, 305, 306])('nor is %p', async (status) => {
    const fetch = () => Promise.resolve(new Response(null, { status }));

    expect(String(await errorOf(streamMessage(params, { apiKey: 'k', fetch })))).not.toContain('redirect');
  });
});

it('onResponse receives the workspace', async () => {
  const seen: ResponseInfo[] = [];
  const onResponse = (info: ResponseInfo) => seen.push(info);
  await outcomeOf(
    fromResponse(eventStream(sse, { headers: { 'anthropic-workspace-id': 'wrkspc_1' } }), { onResponse }),
  );
  await outcomeOf(fromResponse(eventStream(sse), { onResponse }));

  expect(seen.map(({ workspaceID }) => workspaceID)).toEqual(['wrkspc_1', undefined]);
});

it('a relative URL on a server is an error with advice', async () => {
  const errors = [
    await errorOf(fromResponse((signal) => fetch('/api/chat', { signal }))),
    await errorOf(serverSentEvents('/api/chat')),
  ];

  for (const error of errors)
    expect(String(error)).toMatch(/Failed to parse URL.*On a server, a URL must be absolute\.$/);
});
