import { readResponseInfo } from '../../src/source/responseInfo.js';

const describeHeaders = (headers: Record<string, string>) => readResponseInfo(new Response(null, { headers }));

describe('readResponseInfo', () => {
  it('has no field without a header', () => {
    expect(describeHeaders({})).toMatchObject({
      status: 200,
      requestID: undefined,
      rateLimits: { requests: undefined, tokens: undefined, inputTokens: undefined, outputTokens: undefined },
    });
  });

  it('has the status, the same headers object, and the request id', () => {
    const response = new Response(null, { status: 429, headers: { 'request-id': 'req_1' } });
    const info = readResponseInfo(response);

    expect(info).toMatchObject({ status: 429, requestID: 'req_1' });
    expect(info.headers).toBe(response.headers);
  });

  it.each([
    ['requests', 'requests'],
    ['tokens', 'tokens'],
    ['input-tokens', 'inputTokens'],
    ['output-tokens', 'outputTokens'],
  ] as const)('reads the rate limit of %s', (header, name) => {
    const { rateLimits } = describeHeaders({
      [`anthropic-ratelimit-${header}-limit`]: '4000',
      [`anthropic-ratelimit-${header}-remaining`]: '0',
      [`anthropic-ratelimit-${header}-reset`]: '2026-11-21T02:10:00Z',
    });

    expect(rateLimits[name]).toEqual({ limit: 4000, remaining: 0, reset: new Date(Date.UTC(2026, 10, 21, 2, 10)) });
    expect(Object.values(rateLimits).filter((limit) => limit !== undefined)).toHaveLength(1);
  });

  it('reads an incomplete rate limit', () => {
    expect(describeHeaders({ 'anthropic-ratelimit-tokens-remaining': '7' }).rateLimits.tokens).toEqual({
      limit: undefined,
      remaining: 7,
      reset: undefined,
    });
  });

  it('ignores a value that is not a number or a time', () => {
    const nonsense = {
      'anthropic-ratelimit-tokens-limit': 'unlimited',
      'anthropic-ratelimit-tokens-remaining': '',
      'anthropic-ratelimit-tokens-reset': 'soon',
    };

    expect(describeHeaders(nonsense).rateLimits.tokens).toEqual({
      limit: undefined,
      remaining: undefined,
      reset: undefined,
    });
  });
});
