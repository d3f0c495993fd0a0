/** One of the API's rate limits, as of this response. */
export interface RateLimit {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** When the limit is fully replenished. */
  readonly reset: Date | undefined;
}

/** The information in the status and headers of a response. */
export interface ResponseInfo {
  readonly status: number;
  readonly headers: Headers;
  /** The `request-id` header, to quote to support. */
  readonly requestID: string | undefined;
  /** The `anthropic-workspace-id` header: the workspace that the request is billed to. */
  readonly workspaceID: string | undefined;
  /** The `anthropic-ratelimit-*` headers. A limit without headers is undefined. */
  readonly rateLimits: {
    readonly requests: RateLimit | undefined;
    readonly tokens: RateLimit | undefined;
    readonly inputTokens: RateLimit | undefined;
    readonly outputTokens: RateLimit | undefined;
  };
}

/** Reads the status and headers of a response. */
export function readResponseInfo({ status, headers }: Pick<Response, 'status' | 'headers'>): ResponseInfo {
  return {
    status,
    headers,
    requestID: headers.get('request-id') ?? undefined,
    workspaceID: headers.get('anthropic-workspace-id') ?? undefined,
    rateLimits: {
      requests: readRateLimit(headers, 'requests'),
      tokens: readRateLimit(headers, 'tokens'),
      inputTokens: readRateLimit(headers, 'input-tokens'),
      outputTokens: readRateLimit(headers, 'output-tokens'),
    },
  };
}

function readRateLimit(headers: Headers, name: string): RateLimit | undefined {
  const read = (field: string): string => headers.get(`anthropic-ratelimit-${name}-${field}`) ?? '';
  const limit = read('limit');
  const remaining = read('remaining');
  const reset = read('reset');
  if (limit === '' && remaining === '' && reset === '') return undefined;
  return { limit: parseCount(limit), remaining: parseCount(remaining), reset: parseDate(reset) };
}

function parseCount(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Returns undefined for a text that is not a date, or is a date before 1970. */
function parseDate(text: string): Date | undefined {
  const time = Date.parse(text);
  return time >= 0 ? new Date(time) : undefined;
}
