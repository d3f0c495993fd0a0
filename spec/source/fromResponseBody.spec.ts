import {
  AnthropicError,
  APIConnectionError,
  fromResponse,
  IncompleteMessageError,
  InvalidEventError,
  textDeltas,
  type AnyEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { bodyOf, eventStream, terminated, writtenBody } from './support/bodies.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';

const message = buildMessage({ content: 'Hello, world. How are you?' });

const events = eventsOf(message);

const whole = { values: events, ended: 'completed', error: undefined };

/** A response that is nothing but a text, as raw as it is. */
const of = (text: string) => fromResponse(eventStream(text));

describe('a body that ends early', () => {
  it.each(events.map((_, n) => n))('after %p events fails with IncompleteMessageError', async (n) => {
    const { values, error } = await outcomeOf(of(sseOf(events.slice(0, n))));

    expect(values).toEqual(events.slice(0, n));
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({
      name: 'IncompleteMessageError',
      phase: n < 3 ? 'before-content' : 'mid-content',
      retryable: true,
      partial: undefined,
    });
    expect(String(error)).toContain(
      n === 0
        ? 'ended before the first event.'
        : `ended after ${n} ${n === 1 ? 'event' : 'events'}, before message_stop`,
    );
  });

  it('has the request’s id', async () => {
    const response = eventStream('', { headers: { 'request-id': 'req_1' } });

    expect(await errorOf(fromResponse(response))).toMatchObject({ requestID: 'req_1' });
  });

  it('inside a second message fails too', async () => {
    const { values, error } = await outcomeOf(of(sseOf([...events, ...events.slice(0, 3)])));

    expect(values).toHaveLength(events.length + 3);
    expect(error).toBeInstanceOf(IncompleteMessageError);
  });

  it('by a lost connection fails with APIConnectionError, after every event that had arrived', async () => {
    const failure = terminated();
    const text = sseOf(events.slice(0, 3)).trimEnd();
    const { values, error } = await outcomeOf(fromResponse(eventStream(bodyOf([text], failure))));

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).not.toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ phase: 'mid-content', cause: failure });
    expect(String(error)).toContain('lost after content_block_delta: terminated: other side closed');
  });

  it('by a lost connection after message_stop completes', async () => {
    for (const text of [sseOf(events), sseOf(events).trimEnd()]) {
      expect(await outcomeOf(fromResponse(eventStream(bodyOf([text], terminated()))))).toEqual(whole);
    }
  });

  it('by a value that is not an error has that value as the cause', async () => {
    const body = writtenBody();
    body.fail('gone');
    const error = await errorOf(fromResponse(eventStream(body.stream)));

    expect(error).toMatchObject({ name: 'APIConnectionError', cause: 'gone' });
    expect(String(error)).toContain('lost before the first event: gone');
  });
});

describe('a body that is not a stream of events', () => {
  it('is quoted, with its content type', async () => {
    const page = `<!doctype html>\n${'<p>Sign in</p>'.repeat(30)}`;
    const error = await errorOf(fromResponse(new Response(page, { headers: { 'content-type': 'text/html' } })));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 0, data: page.slice(0, 200), retryable: false });
    expect(String(error)).toContain('Expected a text/event-stream response, got text/html.');
    expect(String(error)).toContain(`${page.slice(0, 200)}…`);
  });

  it('is quoted completely if it is short', async () => {
    expect(await errorOf(fromResponse(Response.json({ ok: true })))).toMatchObject({ data: '{"ok":true}' });
  });

  it('has the id of its request', async () => {
    const headers = { 'content-type': 'text/html', 'request-id': 'req_1' };

    expect(await errorOf(fromResponse(new Response('<p>', { headers })))).toMatchObject({ requestID: 'req_1' });
  });

  it.each([
    ['a page', `<!doctype html>\n${'<p>Sign in</p>'.repeat(30)}`],
    ['JSON', '{"error":{"message":"no such route"}}'],
    ['JSON over lines', '{\n  "data": 1,\n  "event": 2\n}'],
    ['a word', 'no'],
    ['a word that begins like a field', 'datum'],
    ['characters of several bytes', '世'.repeat(300)],
    ['what follows white space', '\n\n  no'],
  ])('is quoted if the response has no content type: %s', async (_, text) => {
    for (const pieces of [[text], Array.from(text), [text.slice(0, 150), text.slice(150)]]) {
      const response = new Response(bodyOf(pieces), { headers: { 'request-id': 'req_1' } });
      const { values, error } = await outcomeOf(fromResponse(response));

      expect(values).toEqual([]);
      expect(error).toBeInstanceOf(InvalidEventError);
      expect(error).toMatchObject({ position: 0, data: text.slice(0, 200), retryable: false, requestID: 'req_1' });
      expect(String(error)).toContain('Expected a text/event-stream response, got one without a content-type.');
      expect(String(error)).toContain(`(event 0: ${text.length > 200 ? `${text.slice(0, 200)}…` : text})`);
    }
  });

  it.each([
    ['nothing', ''],
    ['white space', '\r\n \n'],
    ['a comment', ': keep-alive\n\n'],
    ['a name', 'event: message_start\n\n'],
    ['a cut event', sseOf(events.slice(0, 1)).slice(0, 60)],
    ['a cut name', 'eve'],
    ['a field after something else', 'hello\r\nretry: 10\r\n'],
  ])('is an incomplete stream if there is no content type and the body is only %s', async (_, text) => {
    const error = await errorOf(fromResponse(new Response(bodyOf([text]))));

    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ retryable: true });
  });

  it('is an incomplete stream if an event arrived, or the content type is text/event-stream', async () => {
    for (const before of ['hello', 'x'.repeat(300)]) {
      const later = `${before}\n${sseOf(events.slice(0, 1))}`;

      expect(await errorOf(fromResponse(new Response(bodyOf([later]))))).toBeInstanceOf(IncompleteMessageError);
    }

    expect(await errorOf(of('hello'))).toBeInstanceOf(IncompleteMessageError);
  });

  it('is a lost connection if the body fails', async () => {
    const error = await errorOf(fromResponse(new Response(bodyOf(['hello'], terminated()))));

    expect(error).toMatchObject({ name: 'APIConnectionError' });
  });

  it.each(['text/event-streams', 'application/text/event-stream', ''])('has a type like %p', async (type) => {
    const response = new Response(sseOf(events), { headers: { 'content-type': type } });

    const error = await errorOf(fromResponse(response));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(String(error)).toContain(`got ${type || 'an empty content type'}.`);
  });

  it.each([200, 204])('may be a response of status %p without a body', async (status) => {
    const error = await errorOf(fromResponse(new Response(null, { status })));

    expect(error).toBeInstanceOf(AnthropicError);
    expect(String(error)).toBe(
      `AnthropicError: The response, with status ${status}, has no body. The server must answer with a stream of events.`,
    );
  });

  it('may be a response of React Native, which has no streams', async () => {
    const response = Object.defineProperty(new Response('x'), 'body', { value: undefined });

    expect(String(await errorOf(fromResponse(response)))).toMatch(/no body stream.*React Native.*expo\/fetch/);
  });

  it('may be a response that has already been read', async () => {
    const source = of(sseOf(events));

    expect(await outcomeOf(source)).toEqual(whole);

    const error = await errorOf(source);

    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ retryable: false });
    expect(String(error)).toContain('already been read. Pass a function');
  });

  it('may be a response that was partly read', async () => {
    const response = eventStream(bodyOf([sseOf(events.slice(0, 1)), sseOf(events.slice(1))]));
    const reader = response.body?.getReader();
    await reader?.read();
    reader?.releaseLock();

    expect(String(await errorOf(fromResponse(response)))).toContain('already been read. Pass a function');
  });

  it('may be a response with a locked body', async () => {
    const response = eventStream(sseOf(events));
    response.body?.getReader();
    const error = await errorOf(fromResponse(response));

    expect(error).toBeInstanceOf(AnthropicError);
    expect(String(error)).toContain('already been read. Pass a function');
  });

  it('may be a response with another reader, which continues', async () => {
    const body = writtenBody();
    const source = fromResponse(eventStream(body.stream));
    const first = watch(source);
    const error = await errorOf(source);
    body.write(sseOf(events));
    body.end();
    await settle();

    expect(error).toBeInstanceOf(AnthropicError);
    expect(String(error)).toContain('already been read. Pass a function');
    expect(first).toMatchObject(whole);
  });
});

describe('an invalid event', () => {
  it.each<[string, string]>([
    ['is no JSON', 'data: {oops\n\n'],
    ['lacks a field', sseOf([{ type: 'content_block_delta' }])],
    ['comes out of order', sseOf([{ type: 'content_block_stop', index: 9 } as AnyEvent])],
    ['is too long', `data: ${'x'.repeat(700)}`],
  ])('that %s has the id of its request', async (_, text) => {
    const headers = { 'request-id': 'req_1' };
    for (const id of ['req_1', undefined]) {
      const response = eventStream(text, id === undefined ? {} : { headers });
      const error = await errorOf(fromResponse(response, { maxBufferSize: 600 }));

      expect(error).toBeInstanceOf(InvalidEventError);
      expect((error as InvalidEventError).requestID).toBe(id);
    }
  });
});

describe('an event that is too long', () => {
  const options = { maxBufferSize: 600 };
  const long = `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${'x'.repeat(600)}"}}\n\n`;

  it('fails the stream as soon as it is too long, after the events before it', async () => {
    const body = writtenBody();
    const seen = watch(fromResponse(eventStream(body.stream), options));
    body.write(sseOf(events.slice(0, 3)));
    body.write(long.slice(0, 400));
    await settle();

    expect(seen.ended).toBeUndefined();

    body.write(long.slice(400, 650));
    await settle();

    expect(seen.values).toEqual(events.slice(0, 3));
    expect(seen.error).toBeInstanceOf(InvalidEventError);
    expect(seen.error).toMatchObject({ position: 3, retryable: false });
    expect(String(seen.error)).toContain('longer than maxBufferSize, 600 UTF-16 code units');
    expect(body.isCancelled).toBe(true);
  });

  it('is measured without the events before it', async () => {
    const many = eventsOf(buildMessage({ content: 'word '.repeat(500) }));
    const bytes = bodyOf(Array.from(sseOf(many)));

    expect(await outcomeOf(fromResponse(eventStream(bytes), options))).toMatchObject({ ended: 'completed' });
  });

  it('has more than 5 000 000 characters by default', async () => {
    const huge = buildMessage({ content: 'x'.repeat(5_000_000) });
    const sse = sseOf(eventsOf(huge, { deltaLength: Infinity }));
    const bytes = bodyOf(Array.from({ length: 6 }, (_, i) => sse.slice(i * 1_000_000, (i + 1) * 1_000_000)));
    const { values, ended } = await outcomeOf(fromResponse(eventStream(bytes)).pipe(textDeltas()));

    expect([values.map(({ length }) => length), ended]).toEqual([[5_000_000], 'completed']);
  });
});

describe('a JSON body in a 200', () => {
  it.each<[string, string, number, boolean]>([
    ['{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}', 'OverloadedError', 529, true],
    ['{"error":{"type":"rate_limit_error","message":"Slow"}}', 'RateLimitError', 429, true],
    ['{"error":"Claude API error","status":"503"}', 'ServiceUnavailableError', 503, true],
    ['{"object":"error","message":"No","type":"BAD_REQUEST","code":400}', 'BadRequestError', 400, false],
    ['{"type":"authentication_error","message":"Who?"}', 'AuthenticationError', 401, false],
  ])('is the error that it names: %s', async (text, name, status, retryable) => {
    for (const type of ['application/json', 'text/plain', 'text/event-stream', undefined]) {
      const headers = type === undefined ? {} : { 'content-type': type };
      const response = new Response(bodyOf([text]), { headers: { ...headers, 'request-id': 'req_1' } });

      expect(await errorOf(fromResponse(response))).toMatchObject({ name, status, retryable, requestID: 'req_1' });
    }
  });

  it("names the SDK's toReadableStream()", async () => {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');

    expect(await errorOf(fromResponse(new Response(bodyOf([lines]))))).toMatchObject({
      name: 'InvalidEventError',
      message: expect.stringContaining("as the SDK's toReadableStream() sends them") as string,
    });
  });
});
