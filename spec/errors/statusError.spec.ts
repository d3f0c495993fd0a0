import Anthropic from '@anthropic-ai/sdk';
import { eventError, responseError, statusError } from '../../src/errors/statusError.js';
import * as api from '../../src/index.js';
import { errorEvent } from '../../src/testing/index.js';
import { errorBody } from './support/errors.js';

const unknownResponse = { headers: undefined, requestID: undefined };

describe('statusError', () => {
  it.each([
    [400, 'BadRequestError'],
    [401, 'AuthenticationError'],
    [402, 'PaymentRequiredError'],
    [403, 'PermissionDeniedError'],
    [404, 'NotFoundError'],
    [408, 'RequestTimeoutError'],
    [409, 'ConflictError'],
    [413, 'ContentTooLargeError'],
    [422, 'UnprocessableEntityError'],
    [429, 'RateLimitError'],
    [500, 'InternalServerError'],
    [502, 'InternalServerError'],
    [503, 'ServiceUnavailableError'],
    [504, 'GatewayTimeoutError'],
    [529, 'OverloadedError'],
    [418, 'APIStatusError'],
    [499, 'APIStatusError'],
    [undefined, 'APIStatusError'],
  ] as const)('creates an error of the class for status %p: %s', (status, name) => {
    const error = statusError('failed', { status });

    expect(error.constructor).toBe(api[name]);
    expect(error.status).toBe(status);
  });

  it('uses the names of the official SDK for the statuses with which the API responds', () => {
    /** The SDK has classes for these, but the Messages API does not respond with them. */
    const withoutClass = [412, 431, 499, 501];
    const statuses = Array.from({ length: 200 }, (_, index) => 400 + index);
    const differing = statuses.filter((status) => {
      const ours = statusError('failed', { status }).name;
      const theirs = Anthropic.APIError.generate(status, {}, '', new Headers()).constructor.name;
      return ours !== (theirs === 'APIError' ? 'APIStatusError' : theirs);
    });

    expect(differing).toEqual(withoutClass);
  });

  it('passes all options to the error', () => {
    const options = {
      status: 529,
      type: 'overloaded_error',
      headers: new Headers(),
      error: {},
      phase: 'mid-content',
      requestID: 'req_1',
      cause: new Error('cause'),
    } as const;

    expect(statusError('failed', options)).toMatchObject(options);
  });

  it.each<[api.APIStatusErrorOptions, string]>([
    [{ status: 418, type: 'teapot_error' }, '418 teapot_error: It failed.'],
    [{ status: 418 }, '418: It failed.'],
    [{ status: undefined, type: 'teapot_error' }, 'teapot_error: It failed.'],
    [{ status: undefined }, 'The API reported an error: It failed.'],
  ])('begins its message with the status and the type: %j', (options, message) => {
    expect(statusError('It failed', options).message).toBe(message);
  });

  it.each([
    ['temperature: Extra inputs are not permitted', true],
    ['`temperature` is deprecated for this model.', true],
    ['top_k is not supported', true],
    ['top_p: Input should be less than or equal to 1', false],
    ['messages.0.temperatures: Extra inputs are not permitted', false],
    ['messages: Extra inputs are not permitted', false],
  ])('says which API version accepts a sampling parameter: %j', (explanation, isAdvised) => {
    const advice = "Leave it out, or pass apiVersion: '2023-06-01' and a model that accepts it.";

    expect(statusError(explanation, { status: 400 }).message.endsWith(advice)).toBe(isAdvised);
    expect(statusError(explanation, { status: 422 }).message).not.toContain(advice);
  });

  it.each([
    ['It failed', 'It failed.'],
    ['It failed.', 'It failed.'],
    ['Why?', 'Why?'],
    ['No!', 'No!'],
    ['And so on…', 'And so on…'],
    ['(details)', '(details).'],
  ])('ends the explanation %j as a sentence: %j', (explanation, sentence) => {
    expect(statusError(explanation, { status: 418 }).message).toBe(`418: ${sentence}`);
  });

  const spendLimit = errorBody('rate_limit_error', { error_code: 'workspace_spend_limit_reached' });
  const raiseIt = 'The spend limit has been reached: raise it, or wait until it is reset.';

  it.each<[number, object, string]>([
    [401, {}, 'Check the API key.'],
    [403, {}, 'The API key does not have permission for this request.'],
    [404, {}, 'Check the URL or baseURL, and the model.'],
    [413, {}, 'Shorten the request.'],
    [429, {}, 'Try again later.'],
    [500, {}, 'Try again later.'],
    [529, { 'retry-after': '7' }, 'Try again in 7 s.'],
    [529, { 'retry-after-ms': '6001' }, 'Try again in 7 s.'],
    [529, { 'retry-after-ms': '100' }, 'Try again in 0.1 s.'],
    [529, { 'retry-after': '0' }, 'Try again in 0 s.'],
    [429, { 'x-should-retry': 'false' }, 'The API says that trying again will not help.'],
    [500, { 'x-should-retry': 'false' }, 'The API says that trying again will not help.'],
    [401, { 'x-should-retry': 'true' }, 'Try again later.'],
  ])('ends its message with advice: %i %j, %s', (status, headers, advice) => {
    const options = { status, headers: new Headers({ ...headers }) };

    expect(statusError('Failed', options).message).toBe(`${status}: Failed. ${advice}`);
  });

  it('advises to raise a spend limit, unless x-should-retry is true', () => {
    const headers = new Headers({ 'x-should-retry': 'true' });

    expect(statusError('Spent', { status: 429, error: spendLimit }).message).toBe(`429: Spent. ${raiseIt}`);
    expect(statusError('Spent', { status: 429, error: spendLimit, headers }).message).toBe(
      '429: Spent. Try again later.',
    );
  });
});

describe('responseError', () => {
  it('explains the failure as the JSON of the API does', () => {
    const headers = new Headers({ 'request-id': 'req_1' });
    const body = errorEvent('not_found_error', 'model: claude-x', { request_id: 'req_2' });
    const error = responseError(404, JSON.stringify(body), { headers, requestID: 'req_1' });

    expect(error).toMatchObject({
      name: 'NotFoundError',
      status: 404,
      type: 'not_found_error',
      requestID: 'req_1',
      phase: 'connect',
      error: body,
      message: '404 not_found_error: model: claude-x. Check the URL or baseURL, and the model.',
    });
    expect(error).toHaveProperty('headers', headers);
  });

  it('takes the request id from the body if no header has it', () => {
    const body = errorEvent('api_error', 'failed', { request_id: 'req_2' });

    expect(responseError(500, JSON.stringify(body), unknownResponse).requestID).toBe('req_2');
  });

  it.each([
    ['Bad gateway', undefined, '502: Bad gateway. Try again later.'],
    ['', undefined, '502: the response has no body. Try again later.'],
    ['{"detail":"x"}', { detail: 'x' }, '502: {"detail":"x"}. Try again later.'],
    ['x'.repeat(201), undefined, `502: ${'x'.repeat(200)}… Try again later.`],
  ])('quotes a body that does not explain the failure: %j', (text, error, message) => {
    expect(responseError(502, text, unknownResponse)).toMatchObject({ error, message });
  });
});

describe('eventError', () => {
  it('has the status that the type stands for, and the phase of the stream', () => {
    const event = errorEvent('overloaded_error', 'Overloaded');

    expect(eventError(event, 'mid-content', unknownResponse)).toMatchObject({
      name: 'OverloadedError',
      status: 529,
      type: 'overloaded_error',
      phase: 'mid-content',
      error: event,
      message: '529 overloaded_error: Overloaded. Try again later.',
    });
  });

  it('quotes an event of another form', () => {
    const event = { type: 'error', code: 7 };

    expect(eventError(event, 'before-content', unknownResponse)).toMatchObject({
      name: 'APIStatusError',
      status: undefined,
      error: event,
      message: 'The API reported an error: {"type":"error","code":7}.',
    });
  });

  it('does not quote an event that has no JSON', () => {
    const event: { type: string; self?: unknown } = { type: 'error' };
    event.self = event;

    expect(eventError(event, 'before-content', unknownResponse).message).toBe(
      'The API reported an error: the response has no body.',
    );
  });
});
