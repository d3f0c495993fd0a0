import { lastValueFrom, take, toArray } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  APIConnectionError,
  APIStatusError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  fromResponse,
  IncompleteMessageError,
  InternalServerError,
  InvalidEventError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  textDeltas,
  UnprocessableEntityError,
  type AnyEvent,
  type ResponseInfo,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { bodyOf, eventStream, terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';

const message = buildMessage({ content: 'Hello, world. How are you?' });
const events = eventsOf(message);
const whole = { values: events, ended: 'completed', error: undefined };

/** A response that is nothing but a text, as raw as it is. */
const of = (text: string) => fromResponse(eventStream(text));

describe('fromResponse', () => {
  it('reads a response', async () => {
    expect(await outcomeOf(of(sseOf(events)))).toEqual(whole);
  });

  it('reads what a function makes, anew for each subscription', async () => {
    const create = jest.fn(() => Promise.resolve(eventStream(sseOf(events))));
    const source = fromResponse(create);

    expect(create).not.toHaveBeenCalled();
    expect(await outcomeOf(source)).toEqual(whole);
    expect(await outcomeOf(source)).toEqual(whole);
    expect(create).toHaveBeenCalledTimes(2);
  });

  it('reads what a function returns without a promise', async () => {
    expect(await outcomeOf(fromResponse(() => eventStream(sseOf(events))))).toEqual(whole);
  });

  it('gives the function a signal that unsubscribing aborts, and completing does not', async () => {
    const signals: AbortSignal[] = [];
    const source = fromResponse((signal) => {
      signals.push(signal);
      return eventStream(sseOf(events));
    });
    await outcomeOf(source.pipe(take(1)));
    await outcomeOf(source);

    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('cancels the body when the consumer leaves', async () => {
    const body = writtenBody();
    const seen = watch(fromResponse(eventStream(body.stream)));
    body.write(sseOf(events.slice(0, 2)));
    await settle();

    expect(body.isCancelled).toBe(false);

    seen.subscription.unsubscribe();
    await settle();

    expect(body.isCancelled).toBe(true);
    expect(seen).toMatchObject({ values: events.slice(0, 2), ended: undefined });
  });

  it('cancels the body of a response that is left at once', async () => {
    const body = writtenBody();
    watch(fromResponse(eventStream(body.stream))).subscription.unsubscribe();
    await settle();

    expect(body.isCancelled).toBe(true);
  });

  it('cancels the body when an event is at fault', async () => {
    const body = writtenBody();
    body.write('data: {oops\n\n');

    expect(await errorOf(fromResponse(eventStream(body.stream)))).toBeInstanceOf(InvalidEventError);
    expect(body.isCancelled).toBe(true);
  });

  it('emits each event in the turn in which its bytes are read', async () => {
    const body = writtenBody();
    const seen = watch(fromResponse(eventStream(body.stream)));
    for (const [position, event] of events.entries()) {
      body.write(sseOf([event]));
      await settle();

      expect(seen.values).toHaveLength(position + 1);
    }
    seen.subscription.unsubscribe();
  });

  it.each(['text/event-stream', 'TEXT/Event-Stream; charset=utf-8', 'text/event-stream;x=y'])(
    'takes the content type %p',
    async (type) => {
      const response = eventStream(sseOf(events), { headers: { 'content-type': type } });

      expect(await outcomeOf(fromResponse(response))).toEqual(whole);
    },
  );

  it('takes a response that does not say its content type', async () => {
    const response = new Response(bodyOf([sseOf(events)]));

    expect(response.headers.has('content-type')).toBe(false);
    expect(await outcomeOf(fromResponse(response))).toEqual(whole);
  });
});

describe('an error status', () => {
  const classes = [
    [400, 'invalid_request_error', BadRequestError, 'BadRequestError', false],
    [401, 'authentication_error', AuthenticationError, 'AuthenticationError', false],
    [402, 'billing_error', APIStatusError, 'APIStatusError', false],
    [403, 'permission_error', PermissionDeniedError, 'PermissionDeniedError', false],
    [404, 'not_found_error', NotFoundError, 'NotFoundError', false],
    [408, 'timeout_error', APIStatusError, 'APIStatusError', true],
    [409, 'conflict_error', ConflictError, 'ConflictError', true],
    [413, 'request_too_large', APIStatusError, 'APIStatusError', false],
    [422, 'invalid_request_error', UnprocessableEntityError, 'UnprocessableEntityError', false],
    [429, 'rate_limit_error', RateLimitError, 'RateLimitError', true],
    [500, 'api_error', InternalServerError, 'InternalServerError', true],
    [502, 'api_error', InternalServerError, 'InternalServerError', true],
    [504, 'timeout_error', InternalServerError, 'InternalServerError', true],
    [529, 'overloaded_error', OverloadedError, 'OverloadedError', true],
  ] as const;

  it.each(classes)('%p with the JSON of %s is of its class', async (status, type, StatusError, name, retryable) => {
    const body = errorEvent(type, 'What went wrong.', { request_id: 'req_body' });
    const response = Response.json(body, { status, headers: { 'request-id': 'req_header', 'x-a': '1' } });
    const error = await errorOf(fromResponse(response));

    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ name, status, type, retryable, error: body, phase: 'connect' });
    expect(error).toMatchObject({ requestID: 'req_header', partial: undefined });
    expect((error as APIStatusError).headers?.get('x-a')).toBe('1');
    expect(String(error)).toContain(`${name}: ${status} ${type}: What went wrong.`);
  });

  it.each(classes)('%p with a text quotes it (%s)', async (status, _type, StatusError, name, retryable) => {
    const text = `<html>${'upstream said no '.repeat(50)}</html>`;
    const error = await errorOf(fromResponse(new Response(text, { status })));

    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ name, status, type: undefined, retryable, error: undefined });
    expect(String(error)).toContain(`${name}: ${status}: ${text.slice(0, 200)}…`);
    expect(String(error)).not.toContain(text.slice(0, 201));
  });

  it.each(['', null])('has no body to quote if it is %p', async (body) => {
    for (const [status, , StatusError, name] of classes) {
      const error = await errorOf(fromResponse(new Response(body, { status })));

      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({ status, type: undefined });
      expect(String(error)).toContain(`${name}: ${status}: no body`);
    }
  });

  it.each([
    [{ error: 'oops' }, '{"error":"oops"}'],
    [null, 'null'],
    [[1], '[1]'],
    [{ type: 'error', error: null }, '{"type":"error","error":null}'],
    [{ message: 'no route' }, '{"message":"no route"}'],
  ])('with the JSON of someone else, %p, quotes it', async (body, quoted) => {
    const error = await errorOf(fromResponse(Response.json(body, { status: 503 })));

    expect(error).toMatchObject({ name: 'InternalServerError', type: undefined });
    expect(String(error)).toContain(`503: ${quoted}`);
  });

  it('takes the request’s id from the body if no header has it', async () => {
    const body = errorEvent('api_error', 'x', { request_id: 'req_body' });

    expect(await errorOf(fromResponse(Response.json(body, { status: 500 })))).toMatchObject({ requestID: 'req_body' });
  });

  it.each([
    [401, /Check the API key\.$/],
    [403, /The API key lacks the permission\.$/],
    [404, /Check the model and the baseURL\.$/],
    [413, /Shorten the request\.$/],
    [429, /Try again later\.$/],
    [500, /Try again later\.$/],
    [418, /: no\.$/],
  ])('%p says what to do', async (status, advice) => {
    expect(String(await errorOf(fromResponse(new Response('no', { status }))))).toMatch(advice);
  });

  it('says when to try again, if the response does', async () => {
    const response = new Response('no', { status: 429, headers: { 'retry-after-ms': '6500' } });

    expect(String(await errorOf(fromResponse(response)))).toMatch(/Try again in 7 s\.$/);
  });

  it.each(['spend_limit_reached', 'workspace_spend_limit_reached'])('says what to do about %s', async (error_code) => {
    const spent = { type: 'error', error: { type: 'rate_limit_error', message: 'Spent', details: { error_code } } };
    const expected = /: Spent\. The spend limit has been reached: raise it, or wait until it is reset\.$/;
    for (const headers of [{}, { 'retry-after': '7' }, { 'x-should-retry': 'false' }] as Record<string, string>[]) {
      const error = await errorOf(fromResponse(Response.json(spent, { status: 429, headers })));

      expect(error).toMatchObject({ retryable: false });
      expect(String(error)).toMatch(expected);
    }

    expect(String(await errorOf(of(sseOf([spent]))))).toMatch(expected);
  });

  it.each<[number, RegExp]>([
    [429, /: no\. The API says that trying again will not help\.$/],
    [500, /: no\. The API says that trying again will not help\.$/],
    [529, /: no\. The API says that trying again will not help\.$/],
    [401, /: no\. Check the API key\.$/],
    [409, /: no\.$/],
  ])('%p does not say to try again where x-should-retry says not to', async (status, advice) => {
    for (const headers of [{}, { 'retry-after': '7' }]) {
      const response = new Response('no', { status, headers: { ...headers, 'x-should-retry': 'false' } });

      expect(String(await errorOf(fromResponse(response)))).toMatch(advice);
    }
  });

  it('says to try again where x-should-retry says so', async () => {
    const headers = { 'x-should-retry': 'true' };
    const details = { error_code: 'spend_limit_reached' };
    const spent = { type: 'error', error: { type: 'rate_limit_error', message: 'Spent', details } };

    expect(String(await errorOf(fromResponse(Response.json(spent, { status: 429, headers }))))).toMatch(
      /Try again later\.$/,
    );
  });

  it('is obeyed in what it says of a retry', async () => {
    const answer = (status: number, headers: Record<string, string>, body: unknown = {}) =>
      errorOf(fromResponse(Response.json(body, { status, headers })));
    const details = { error_code: 'org_spend_limit_reached' };
    const spent = { type: 'error', error: { type: 'rate_limit_error', message: 'x', details } };

    expect(await answer(400, { 'x-should-retry': 'true' })).toMatchObject({ retryable: true });
    expect(await answer(529, { 'x-should-retry': 'false' })).toMatchObject({ retryable: false });
    expect(await answer(429, {}, spent)).toMatchObject({ retryable: false });
    expect(await answer(429, { 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 });
    expect(await answer(429, { 'retry-after': '7', 'retry-after-ms': '20' })).toMatchObject({ retryAfterMs: 20 });
    expect(await answer(429, {})).toMatchObject({ retryAfterMs: undefined });
  });

  it('is the error even if its body breaks off', async () => {
    const body = bodyOf(['{"type":"error","err'], terminated());
    const error = await errorOf(fromResponse(new Response(body, { status: 529 })));

    expect(error).toBeInstanceOf(OverloadedError);
    expect(String(error)).toContain('529: {"type":"error","err');
  });

  it('is read no further than 64 KiB, and then let go', async () => {
    const body = writtenBody();
    for (let kib = 0; kib < 70; kib += 1) body.write('x'.repeat(1024));
    const error = await errorOf(fromResponse(new Response(body.stream, { status: 500 })));

    expect(error).toBeInstanceOf(InternalServerError);
    expect(body.isCancelled).toBe(true);
  });
});

describe('an error status whose body never ends', () => {
  it('is the error that the status says, when the wait for its body has run out', async () => {
    const clock = virtualClock();
    const headers = { 'retry-after': '7' };
    const response = new Response(writtenBody().stream, { status: 401, headers });
    const seen = watch(fromResponse(response, { timeout: { idleMs: 1000 }, scheduler: clock.scheduler }));
    await settle();
    clock.advance(1000);

    expect(seen.error).toBeInstanceOf(AuthenticationError);
    expect(seen.error).toMatchObject({ status: 401, retryAfterMs: 7000, retryable: false });
  });
});

describe('an error event in a 200', () => {
  const types = [
    ['invalid_request_error', 400, BadRequestError, false],
    ['authentication_error', 401, AuthenticationError, false],
    ['billing_error', 402, APIStatusError, false],
    ['permission_error', 403, PermissionDeniedError, false],
    ['not_found_error', 404, NotFoundError, false],
    ['request_too_large', 413, APIStatusError, false],
    ['rate_limit_error', 429, RateLimitError, true],
    ['api_error', 500, InternalServerError, true],
    ['timeout_error', 504, InternalServerError, true],
    ['overloaded_error', 529, OverloadedError, true],
    ['invented_error', undefined, APIStatusError, false],
    ['constructor', undefined, APIStatusError, false],
  ] as const;

  it.each(types)('of type %s', async (type, status, StatusError, retryable) => {
    for (const [before, phase] of [
      [0, 'before-content'],
      [2, 'before-content'],
      [3, 'mid-content'],
    ] as const) {
      const present = events.slice(0, before);
      const sent = errorEvent(type, 'Out of order.', { request_id: 'req_event' });
      const { values, error } = await outcomeOf(of(sseOf([...present, sent])));

      expect(values).toEqual(present);
      expect(error).toBeInstanceOf(StatusError);
      expect((error as Error).constructor).toBe(StatusError);
      expect(error).toMatchObject({ type, status, phase, retryable, error: sent, requestID: 'req_event' });
      expect(String(error)).toMatch(
        new RegExp(`: ${status === undefined ? '' : `${status} `}${type}: Out of order\\.`),
      );
    }
  });

  it('has the request’s id and the headers of its response', async () => {
    const sent = errorEvent('overloaded_error', 'x', { request_id: 'req_event' });
    const error = await errorOf(
      fromResponse(eventStream(sseOf([sent]), { headers: { 'request-id': 'req_header', 'retry-after': '3' } })),
    );

    expect(error).toMatchObject({ requestID: 'req_header', retryAfterMs: 3000 });
  });

  it('counts if it is the last event and lacks its blank line', async () => {
    const sent = sseOf([errorEvent('api_error', 'x')]).trimEnd();

    expect(await errorOf(of(sent))).toBeInstanceOf(InternalServerError);
  });

  it.each(['{"type":"error"}', '{"type":"error","error":"oops"}', '{"type":"error","error":null}'])(
    'that says nothing, %s, is quoted',
    async (data) => {
      const error = await errorOf(of(`data: ${data}\n\n`));

      expect(error).toMatchObject({ name: 'APIStatusError', status: undefined, type: undefined, retryable: false });
      expect(String(error)).toContain(`APIStatusError: The API failed: ${data}`);
    },
  );

  it('brings the partial message, where messages are accumulated', async () => {
    const sent = sseOf([...events.slice(0, 3), errorEvent('overloaded_error', 'x')]);
    const error = await errorOf(of(sent).pipe(accumulateMessage()));

    expect(error).toMatchObject({ partial: { content: [{ type: 'text', text: 'Hello, world' }] } });
  });
});

describe('a body that ends early', () => {
  it.each(events.map((_, n) => n))('after %p events is no answer', async (n) => {
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
        ? 'ended without a single event:'
        : `ended after ${n} ${n === 1 ? 'event' : 'events'}, before message_stop`,
    );
  });

  it('has the request’s id', async () => {
    const response = eventStream('', { headers: { 'request-id': 'req_1' } });

    expect(await errorOf(fromResponse(response))).toMatchObject({ requestID: 'req_1' });
  });

  it('inside of a second message is no answer either', async () => {
    const { values, error } = await outcomeOf(of(sseOf([...events, ...events.slice(0, 3)])));

    expect(values).toHaveLength(events.length + 3);
    expect(error).toBeInstanceOf(IncompleteMessageError);
  });

  it('by a lost connection is an APIConnectionError, after all that had arrived', async () => {
    const failure = terminated();
    const text = sseOf(events.slice(0, 3)).trimEnd();
    const { values, error } = await outcomeOf(fromResponse(eventStream(bodyOf([text], failure))));

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).not.toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ phase: 'mid-content', cause: failure });
    expect(String(error)).toContain('lost after content_block_delta: terminated: other side closed');
  });

  it('by a lost connection after message_stop is an answer', async () => {
    for (const text of [sseOf(events), sseOf(events).trimEnd()]) {
      expect(await outcomeOf(fromResponse(eventStream(bodyOf([text], terminated()))))).toEqual(whole);
    }
  });

  it('by something that is no error is told as it is', async () => {
    const body = writtenBody();
    body.fail('gone');
    const error = await errorOf(fromResponse(eventStream(body.stream)));

    expect(error).toMatchObject({ name: 'APIConnectionError', cause: 'gone' });
    expect(String(error)).toContain('lost before the first event: gone');
  });
});

describe('what is no stream of events', () => {
  it('is quoted, with its content type', async () => {
    const page = `<!doctype html>\n${'<p>Sign in</p>'.repeat(30)}`;
    const error = await errorOf(fromResponse(new Response(page, { headers: { 'content-type': 'text/html' } })));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 0, data: page.slice(0, 200), retryable: false });
    expect(String(error)).toContain('not text/event-stream but text/html');
    expect(String(error)).toContain(`${page.slice(0, 200)}…`);
  });

  it('is quoted whole if it is short', async () => {
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
  ])('is quoted where the response does not say what it is: %s', async (_, text) => {
    for (const pieces of [[text], Array.from(text), [text.slice(0, 150), text.slice(150)]]) {
      const response = new Response(bodyOf(pieces), { headers: { 'request-id': 'req_1' } });
      const { values, error } = await outcomeOf(fromResponse(response));

      expect(values).toEqual([]);
      expect(error).toBeInstanceOf(InvalidEventError);
      expect(error).toMatchObject({ position: 0, data: text.slice(0, 200), retryable: false, requestID: 'req_1' });
      expect(String(error)).toContain('not text/event-stream and has no content-type');
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
  ])('is none if the response does not say what it is, and all that came is %s', async (_, text) => {
    const error = await errorOf(fromResponse(new Response(bodyOf([text]))));

    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ retryable: true });
  });

  it('is none if an event came, or the response says that it is one', async () => {
    for (const before of ['hello', 'x'.repeat(300)]) {
      const later = `${before}\n${sseOf(events.slice(0, 1))}`;

      expect(await errorOf(fromResponse(new Response(bodyOf([later]))))).toBeInstanceOf(IncompleteMessageError);
    }

    expect(await errorOf(of('hello'))).toBeInstanceOf(IncompleteMessageError);
  });

  it('is no more than a lost connection, if it breaks off', async () => {
    const error = await errorOf(fromResponse(new Response(bodyOf(['hello'], terminated()))));

    expect(error).toMatchObject({ name: 'APIConnectionError' });
  });

  it.each(['text/event-streams', 'application/text/event-stream', ''])('has a type like %p', async (type) => {
    const response = new Response(sseOf(events), { headers: { 'content-type': type } });

    expect(await errorOf(fromResponse(response))).toBeInstanceOf(InvalidEventError);
  });

  it('may be a response without a body', async () => {
    const error = await errorOf(fromResponse(new Response(null, { status: 204 })));

    expect(error).toBeInstanceOf(AnthropicError);
    expect(String(error)).toMatch(/no body stream.*React Native.*expo\/fetch/);
  });

  it('may be a response that was read before', async () => {
    const source = of(sseOf(events));

    expect(await outcomeOf(source)).toEqual(whole);

    const error = await errorOf(source);

    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ retryable: false });
    expect(String(error)).toContain('already been read. Pass a function');
  });

  it('may be a response of which someone has read a part', async () => {
    const response = eventStream(bodyOf([sseOf(events.slice(0, 1)), sseOf(events.slice(1))]));
    const reader = response.body?.getReader();
    await reader?.read();
    reader?.releaseLock();

    expect(String(await errorOf(fromResponse(response)))).toContain('already been read. Pass a function');
  });

  it('may be a response that someone is about to read', async () => {
    const response = eventStream(sseOf(events));
    response.body?.getReader();
    const error = await errorOf(fromResponse(response));

    expect(error).toBeInstanceOf(AnthropicError);
    expect(String(error)).toContain('already been read. Pass a function');
  });

  it('may be a response that someone else is reading, who is left alone', async () => {
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

describe('what the function throws', () => {
  it('is an APIConnectionError with its cause', async () => {
    const failure = new TypeError('Failed to fetch');
    for (const source of [
      fromResponse(() => Promise.reject(failure)),
      fromResponse(() => {
        throw failure;
      }),
    ]) {
      const error = await errorOf(source);

      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ cause: failure, phase: 'connect', retryable: true });
      expect(String(error)).toContain('The API did not respond: Failed to fetch');
    }
  });

  it('is an APIUserAbortError if a signal of your own has ended it', async () => {
    const failure = new DOMException('This operation was aborted', 'AbortError');
    const before = await errorOf(fromResponse(() => Promise.reject(failure)));
    const during = await errorOf(fromResponse(eventStream(bodyOf([sseOf(events.slice(0, 3))], failure))));

    expect(before).toBeInstanceOf(APIUserAbortError);
    expect(before).toMatchObject({ cause: failure, phase: 'connect', retryable: false });
    expect(during).toBeInstanceOf(APIUserAbortError);
    expect(during).toMatchObject({ cause: failure, phase: 'mid-content', retryable: false });
  });

  it.each<[string, unknown, object]>([
    [
      'an APIStatusError if it says a status',
      { status: 429, message: 'slow' },
      { name: 'RateLimitError', status: 429 },
    ],
    [
      'an AnthropicError if it is a fault of your own',
      new RangeError('mine'),
      { name: 'AnthropicError', retryable: false },
    ],
    ['an AnthropicError if it is no error', 'oops', { name: 'AnthropicError', retryable: false }],
  ])('is %s', async (_, failure, expected) => {
    const throwing = () => {
      throw failure as Error;
    };
    const error = await errorOf(fromResponse(throwing));

    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ ...expected, cause: failure });
  });

  it('stays as it is if it is an error of the package', async () => {
    const failure = new AnthropicError('mine');

    expect(await errorOf(fromResponse(() => Promise.reject(failure)))).toBe(failure);
  });
});

describe('an event at fault', () => {
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

  it('fails the stream after what came before it, as soon as it is too long', async () => {
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

  it('does not count what came before it', async () => {
    const many = eventsOf(buildMessage({ content: 'word '.repeat(500) }));
    const bytes = bodyOf(Array.from(sseOf(many)));

    expect(await outcomeOf(fromResponse(eventStream(bytes), options))).toMatchObject({ ended: 'completed' });
  });

  it('is none by default, until 16 Mi', async () => {
    const huge = buildMessage({ content: 'x'.repeat(5_000_000) });
    const sse = sseOf(eventsOf(huge, { deltaLength: Infinity }));
    const bytes = bodyOf(Array.from({ length: 6 }, (_, i) => sse.slice(i * 1_000_000, (i + 1) * 1_000_000)));
    const { values, ended } = await outcomeOf(fromResponse(eventStream(bytes)).pipe(textDeltas()));

    expect([values.map(({ length }) => length), ended]).toEqual([[5_000_000], 'completed']);
  });
});

describe('onResponse', () => {
  it('is called once a subscription', async () => {
    const seen: ResponseInfo[] = [];
    const source = fromResponse(() => eventStream(sseOf(events)), { onResponse: (info) => seen.push(info) });
    await outcomeOf(source);
    await outcomeOf(source);

    expect(seen.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('is called for an error status without a body', async () => {
    const seen: number[] = [];
    const onResponse = ({ status }: ResponseInfo) => seen.push(status);
    const error = await errorOf(fromResponse(new Response(null, { status: 500 }), { onResponse }));

    expect(error).toBeInstanceOf(InternalServerError);
    expect(seen).toEqual([500]);
  });
});

describe('a gateway', () => {
  const text = sseOf(events);

  it.each<[string, string]>([
    ['without event lines', sseOf(events, { eventLines: false })],
    ['with CRLF', sseOf(events, { crlf: true })],
    ['with CR', text.replaceAll('\n', '\r')],
    ['that ends with [DONE]', `${text}data: [DONE]\n\n`],
    ['that ends with [DONE] and no blank line', `${text}data: [DONE]`],
    ['that ends without a blank line', text.trimEnd()],
    ['that ends with half an event', `${text}event: ping\ndata: {"typ`],
    ['with comments', `: hello\n\n${text.replaceAll('event: ', ': still here\nevent: ')}:`],
    ['with a byte order mark', `\ufeff${text}`],
    ['with no space after the colon', text.replaceAll(': ', ':').replaceAll('" :', '":')],
    ['with ids, retry and fields of its own', text.replaceAll('data: ', 'id: 7\nretry: 10\nx-gateway: a\ndata: ')],
    ['with wrong event lines', text.replaceAll(/event: .*/g, 'event: message')],
    ['that repeats message_start', sseOf([...events.slice(0, 1), ...events])],
    ['that repeats it later', sseOf([...events.slice(0, 3), ...events.slice(0, 1), ...events.slice(3)])],
    ['that repeats message_stop', sseOf([...events, ...events.slice(-1)])],
    ['that breaks data over lines', text.replaceAll(',"', '\ndata: ,"')],
    ['that pads its data', sseOf(events, { padding: 40 })],
  ])('%s is understood', async (_, sse) => {
    expect(await outcomeOf(of(sse))).toEqual(whole);
  });

  it('that sends events, blocks and deltas of the future is passed on as it is', async () => {
    const [, , , ...rest] = events;
    const future = [
      { type: 'weather_report', sunny: true },
      ...events.slice(0, 3),
      { type: 'content_block_delta', index: 0, delta: { type: 'scent_delta', scent: 'rose' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'hologram', volume: 3 } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'inside of it' } },
      { type: 'content_block_stop', index: 1 },
      ...rest,
      { type: 'afterthought' },
    ];

    expect(await outcomeOf(of(sseOf(future)))).toEqual({ ...whole, values: future });
  });

  it('that leaves out message_stop gives no answer', async () => {
    expect(await errorOf(of(sseOf(events.slice(0, -1))))).toBeInstanceOf(IncompleteMessageError);
    expect(await errorOf(of(`${sseOf(events.slice(0, -1))}data: [DONE]\n\n`))).toBeInstanceOf(IncompleteMessageError);
  });

  it('that buffers gives all the same, in one turn', async () => {
    const body = writtenBody();
    const turns: number[] = [];
    const seen = watch(fromResponse(eventStream(body.stream)));
    await settle();
    body.write(text);
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
      turns.push(seen.values.length);
    }

    seen.subscription.unsubscribe();

    expect([...new Set(turns)]).toEqual([0, events.length]);
  });
});

describe('the recorded ways of writing', () => {
  it.each(streams)('$name', async ({ events, sse }) => {
    expect(await lastValueFrom(of(sse).pipe(toArray()))).toEqual(events);
  });
});

describe('a function that makes no response', () => {
  it('fails with an error of its own code, which no retry can help', async () => {
    const fault = new TypeError("Cannot read properties of undefined (reading 'token')");
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(fault)));

    expect(error).toMatchObject({ name: 'AnthropicError', cause: fault, retryable: false });
  });

  it('fails by the status that it throws', async () => {
    const refused = Object.assign(new Error('Unauthorized'), { status: 401 });
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(refused)));

    expect(error).toMatchObject({ name: 'AuthenticationError', status: 401, cause: refused, retryable: false });
  });

  it('fails with a connection error where the network is at fault', async () => {
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(new TypeError('fetch failed'))));

    expect(error).toMatchObject({ name: 'APIConnectionError', retryable: true });
  });

  it('fails where the runtime gives responses no body at all, as React Native does', async () => {
    const response = Object.assign(Object.create(Response.prototype) as object, {}) as Response;
    for (const [name, value] of Object.entries({
      ok: true,
      status: 200,
      headers: new Headers(),
      body: undefined,
      bodyUsed: false,
    })) {
      Object.defineProperty(response, name, { value });
    }
    const { error } = await outcomeOf(fromResponse(response));

    expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
    expect(String(error)).toContain('React Native');
  });
});
