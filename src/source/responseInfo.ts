/** One of the API's rate limits, as it stands after the request. */
export interface RateLimit {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** When it is full again. */
  readonly reset: Date | undefined;
}

/** What a response says before its first event. */
export interface ResponseInfo {
  readonly status: number;
  readonly headers: Headers;
  /** The `request-id` header, to quote to support. */
  readonly requestID: string | undefined;
  /** The `anthropic-ratelimit-*` headers; a limit that the response does not name is undefined. */
  readonly rateLimits: {
    readonly requests: RateLimit | undefined;
    readonly tokens: RateLimit | undefined;
    readonly inputTokens: RateLimit | undefined;
    readonly outputTokens: RateLimit | undefined;
  };
}

export function describeResponse({ status, headers }: Pick<Response, 'status' | 'headers'>): ResponseInfo {
  return {
    status,
    headers,
    requestID: headers.get('request-id') ?? undefined,
    rateLimits: {
      requests: rateLimit(headers, 'requests'),
      tokens: rateLimit(headers, 'tokens'),
      inputTokens: rateLimit(headers, 'input-tokens'),
      outputTokens: rateLimit(headers, 'output-tokens'),
    },
  };
}

function rateLimit(headers: Headers, of: string): RateLimit | undefined {
  const read = (field: string): string => headers.get(`anthropic-ratelimit-${of}-${field}`) ?? '';
  const [limit, remaining, reset] = [read('limit'), read('remaining'), read('reset')];
  if (!(limit || remaining || reset)) return undefined;
  const time = Date.parse(reset);
  return { limit: count(limit), remaining: count(remaining), reset: time >= 0 ? new Date(time) : undefined };
}

function count(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
