import {
  accumulateMessage,
  APIStatusError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  fromResponse,
  InternalServerError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
  ContentTooLargeError,
  GatewayTimeoutError,
  PaymentRequiredError,
  RequestTimeoutError,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { bodyOf, eventStream, terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';

const message = buildMessage({ content: 'Hello, world. How are you?' });

const events = eventsOf(message);

/** A response that is nothing but a text, as raw as it is. */
const of = (text: string) => fromResponse(eventStream(text));

describe('an error status', () => {
  const classes = [
    [400, 'invalid_request_error', BadRequestError, 'BadRequestError', false],
    [401, 'authentication_error', AuthenticationError, 'AuthenticationError', false],
    [402, 'billing_error', PaymentRequiredError, 'PaymentRequiredError', false],
    [403, 'permission_error', PermissionDeniedError, 'PermissionDeniedError', false],
    [404, 'not_found_error', NotFoundError, 'NotFoundError', false],
    [408, 'timeout_error', RequestTimeoutError, 'RequestTimeoutError', true],
    [409, 'conflict_error', ConflictError, 'ConflictError', true],
    [413, 'request_too_large', ContentTooLargeError, 'ContentTooLargeError', false],
    [422, 'invalid_request_error', UnprocessableEntityError, 'UnprocessableEntityError', false],
    [429, 'rate_limit_error', RateLimitError, 'RateLimitError', true],
    [500, 'api_error', InternalServerError, 'InternalServerError', true],
    [502, 'api_error', InternalServerError, 'InternalServerError', true],
    [504, 'timeout_error', GatewayTimeoutError, 'GatewayTimeoutError', true],
    [529, 'overloaded_error', OverloadedError, 'OverloadedError', true],
  ] as const;

  it.each(classes)(
    '%p with the JSON of %s has the class of its status',
    async (status, type, StatusError, name, retryable) => {
      const body = errorEvent(type, 'What went wrong.', { request_id: 'req_body' });
      const response = Response.json(body, { status, headers: { 'request-id': 'req_header', 'x-a': '1' } });
      const error = await errorOf(fromResponse(response));

      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({ name, status, type, retryable, error: body, phase: 'connect' });
      expect(error).toMatchObject({ requestID: 'req_header', partial: undefined });
      expect((error as APIStatusError).headers?.get('x-a')).toBe('1');
      expect(String(error)).toContain(`${name}: ${status} ${type}: What went wrong.`);
    },
  );

  it.each(classes)('%p with a text quotes it (%s)', async (status, _type, StatusError, name, retryable) => {
    const text = `<html>${'upstream said no '.repeat(50)}</html>`;
    const error = await errorOf(fromResponse(new Response(text, { status })));

    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ name, status, type: undefined, retryable, error: undefined });
    expect(String(error)).toContain(`${name}: ${status}: ${text.slice(0, 200)}…`);
    expect(String(error)).not.toContain(text.slice(0, 201));
  });

  it.each([
    ['<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>…</body>\r\n</html>\r\n', '502 Bad Gateway'],
    ['<TITLE lang="en">\n  Sign\n  in\n</TITLE>', 'Sign in'],
    ['upstream\n\n  is down\n', 'upstream is down'],
  ])('quotes the title of a page, or the text in one line: %j', async (text, quote) => {
    const error = await errorOf(fromResponse(new Response(text, { status: 502 })));

    expect(error).toHaveProperty('message', `502: ${quote}. Try again later.`);
  });

  it.each(['', null])('has no body to quote if it is %p', async (body) => {
    for (const [status, , StatusError, name] of classes) {
      const error = await errorOf(fromResponse(new Response(body, { status })));

      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({ status, type: undefined });
      expect(String(error)).toContain(`${name}: ${status}: the response has no body`);
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

    expect(error).toMatchObject({ name: 'ServiceUnavailableError', type: undefined });
    expect(String(error)).toContain(`503: ${quoted}`);
  });

  it('takes the request’s id from the body if no header has it', async () => {
    const body = errorEvent('api_error', 'x', { request_id: 'req_body' });

    expect(await errorOf(fromResponse(Response.json(body, { status: 500 })))).toMatchObject({ requestID: 'req_body' });
  });

  it.each([
    [401, /Check the API key\.$/],
    [403, /The API key does not have permission for this request\.$/],
    [404, /Check the URL or baseURL, and the model\.$/],
    [413, /Shorten the request\.$/],
    [429, /Try again later\.$/],
    [500, /Try again later\.$/],
    [418, /: no\.$/],
  ])('%p gives advice', async (status, advice) => {
    expect(String(await errorOf(fromResponse(new Response('no', { status }))))).toMatch(advice);
  });

  it('includes the time of the next try if the response has it', async () => {
    const response = new Response('no', { status: 429, headers: { 'retry-after-ms': '6500' } });

    expect(String(await errorOf(fromResponse(response)))).toMatch(/Try again in 7 s\.$/);
  });

  it.each(['spend_limit_reached', 'workspace_spend_limit_reached'])('gives advice about %s', async (error_code) => {
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
  ])('%p does not advise to try again if x-should-retry is false', async (status, advice) => {
    for (const headers of [{}, { 'retry-after': '7' }]) {
      const response = new Response('no', { status, headers: { ...headers, 'x-should-retry': 'false' } });

      expect(String(await errorOf(fromResponse(response)))).toMatch(advice);
    }
  });

  it('advises to try again if x-should-retry is true', async () => {
    const headers = { 'x-should-retry': 'true' };
    const details = { error_code: 'spend_limit_reached' };
    const spent = { type: 'error', error: { type: 'rate_limit_error', message: 'Spent', details } };

    expect(String(await errorOf(fromResponse(Response.json(spent, { status: 429, headers }))))).toMatch(
      /Try again later\.$/,
    );
  });

  it('decides whether and when a retry may help', async () => {
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

  it('is reported even if the connection is lost in its body', async () => {
    const body = bodyOf(['{"type":"error","err'], terminated());
    const error = await errorOf(fromResponse(new Response(body, { status: 529 })));

    expect(error).toBeInstanceOf(OverloadedError);
    expect(String(error)).toContain('529: {"type":"error","err');
  });

  it('is read to at most 64 KiB, and then cancelled', async () => {
    const body = writtenBody();
    for (let kib = 0; kib < 70; kib += 1) body.write('x'.repeat(1024));
    const error = await errorOf(fromResponse(new Response(body.stream, { status: 500 })));

    expect(error).toBeInstanceOf(InternalServerError);
    expect(body.isCancelled).toBe(true);
  });
});

describe('an error status whose body never ends', () => {
  it('becomes the error of its status when a timeout expires', async () => {
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
    ['billing_error', 402, PaymentRequiredError, false],
    ['permission_error', 403, PermissionDeniedError, false],
    ['not_found_error', 404, NotFoundError, false],
    ['request_too_large', 413, ContentTooLargeError, false],
    ['rate_limit_error', 429, RateLimitError, true],
    ['api_error', 500, InternalServerError, true],
    ['timeout_error', 504, GatewayTimeoutError, true],
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

  it('is reported if it is the last event and its blank line is missing', async () => {
    const sent = sseOf([errorEvent('api_error', 'x')]).trimEnd();

    expect(await errorOf(of(sent))).toBeInstanceOf(InternalServerError);
  });

  it.each(['{"type":"error"}', '{"type":"error","error":"oops"}', '{"type":"error","error":null}'])(
    'without details, %s, is quoted',
    async (data) => {
      const error = await errorOf(of(`data: ${data}\n\n`));

      expect(error).toMatchObject({ name: 'APIStatusError', status: undefined, type: undefined, retryable: false });
      expect(String(error)).toContain(`APIStatusError: The API reported an error: ${data}`);
    },
  );

  it('has the partial message if messages are accumulated', async () => {
    const sent = sseOf([...events.slice(0, 3), errorEvent('overloaded_error', 'x')]);
    const error = await errorOf(of(sent).pipe(accumulateMessage()));

    expect(error).toMatchObject({ partial: { content: [{ type: 'text', text: 'Hello, world' }] } });
  });
});
