/** The options with which `HttpClient` reports a response as it arrives. */
const REPORTED = {
  observe: 'events',
  responseType: 'text',
  reportProgress: true,
  reportDownloadProgress: true, // its name since Angular 22; earlier versions ignore it
  transferCache: false, // a response is not stored for the browser while the application is rendered on a server
} as const;

/** Converts the arguments of `fetch` to those of `HttpClient.request`, and the signal. */
export async function readRequest(input: RequestInfo | URL, init: RequestInit = {}) {
  // `HttpClient` has the other options of `fetch` under the same names.
  const { body, credentials, headers, method, signal, ...others } = init;
  const request = input instanceof Request ? new Request(input, init) : undefined;
  return {
    url: typeof input === 'string' ? input : 'url' in input ? input.url : input.href,
    method: request?.method ?? method ?? 'GET',
    signal: request?.signal ?? signal ?? undefined,
    options: {
      ...others,
      ...credentialsOption(credentials),
      ...REPORTED,
      body: request === undefined ? toHttpBody(body) : await bodyOf(request),
      headers: { accept: '*/*', ...Object.fromEntries(new Headers(request?.headers ?? headers)) },
    },
  };
}

/** `XMLHttpRequest` can only include credentials. The other values are for `withFetch()`. */
function credentialsOption(credentials: RequestCredentials | undefined) {
  if (credentials === undefined) return {};
  return credentials === 'include' ? { withCredentials: true } : { credentials };
}

async function bodyOf(request: Request): Promise<ArrayBuffer | null> {
  return request.body === null ? null : request.arrayBuffer();
}

/** `HttpClient` sends what `fetch` accepts as it is, except views of bytes, which it would convert to JSON. */
function toHttpBody(body: RequestInit['body']): unknown {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice().buffer;
  if (body instanceof ReadableStream) throw new TypeError('httpFetch: the body of a request cannot be a stream.');
  return body ?? null;
}
