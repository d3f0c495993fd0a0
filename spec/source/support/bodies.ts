/** A response's body as a spec writes it, byte for byte and when it wants to. */
export interface WrittenBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Whether the reader has given it up. */
  readonly isCancelled: boolean;
  write(bytes: string | Uint8Array): void;
  end(): void;
  /** Breaks off, as a lost connection does. */
  fail(error: unknown): void;
}

export function writtenBody(): WrittenBody {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel() {
      isCancelled = true;
    },
  });
  return {
    stream,
    get isCancelled() {
      return isCancelled;
    },
    write: (bytes) => controller?.enqueue(bytesOf(bytes)),
    end: () => controller?.close(),
    fail: (error) => controller?.error(error),
  };
}

/** A body that arrives in these pieces, and then ends, or fails with an error. */
export function bodyOf(pieces: readonly (string | Uint8Array)[], failure?: unknown): ReadableStream<Uint8Array> {
  const rest = pieces.map(bytesOf);
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = rest.shift();
        if (piece !== undefined) controller.enqueue(piece);
        else if (failure !== undefined) controller.error(failure);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A 200 of server-sent events; `init` goes over it. */
export function eventStream(body: BodyInit | null, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  if (!headers.has('content-type')) headers.set('content-type', 'text/event-stream; charset=utf-8');
  return new Response(body, { ...init, headers });
}

export function bytesOf(text: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text);
}

/** How a lost connection looks in Node: `fetch` in this realm, as it is outside of Jest. */
export function terminated(): TypeError {
  return new TypeError('terminated', {
    cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
  });
}
