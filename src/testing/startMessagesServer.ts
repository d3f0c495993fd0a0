import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import { errorEvent } from './errorEvent.js';
import type { MessagesServer, RecordedRequest } from './messagesServer.js';
import { checkReply, planReply, refusal, type Reply, type ReplyPlan } from './reply.js';
import { RequestLog } from './requestLog.js';

/** What to answer: the same each time, one reply a request, or whatever a function makes of the request. */
export type MessagesScript = Reply | readonly Reply[] | ((request: RecordedRequest) => Reply | Promise<Reply>);

export interface MessagesServerOptions {
  /** The port on 127.0.0.1. Default 0: one that is free. */
  readonly port?: number;
}

/**
 * Starts an HTTP server on 127.0.0.1 that plays the Messages API from a script, its faults included. Needs Node.
 *
 *     request 1     ^--x                      { status: 529 }
 *     request 2        ^--a--b--c-#           { message, paceMs: 20, disconnectAtByte: 500 }
 *     request 3                   ^--(abcde|) { message }
 *
 * It answers `POST /v1/messages`, with any query. Any other path or method is a 404 `not_found_error`, a body that is not
 * a JSON object a 400 `invalid_request_error`; neither uses up a reply. A function that throws, or returns a reply with a
 * number that makes no sense, is a 500 `api_error` with its message. Pages of any origin may ask.
 *
 * @param script - A reply for all requests, one a request (the last repeats), or a function of the request. By default,
 *   and for an empty array, a short greeting by the model that was asked for.
 * @param options.port - Default 0: one that is free.
 * @returns The server, once it listens. It keeps the process alive until its `close()`.
 * @throws {RangeError | TypeError} Rejects so if a reply makes no sense, and with the system's error if the port is taken.
 *
 * @example
 * const server = await startMessagesServer([{ status: 529 }, { message: buildMessage({ content: 'Hello' }) }]);
 * const ask = () => fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{"stream":true}' });
 * console.log((await ask()).status, (await ask()).status); // 529 200
 * await server.close();
 */
export async function startMessagesServer(
  script: MessagesScript = {},
  options: MessagesServerOptions = {},
): Promise<MessagesServer> {
  const nextReply = typeof script === 'function' ? script : inOrder(script);
  const log = new RequestLog();
  const exchanges = new Set<Exchange>();

  const answer = async (incoming: IncomingMessage, exchange: Exchange): Promise<void> => {
    const request = exchange.record(incoming, await text(incoming));
    const position = log.add(request);
    const reply = refusal(request) ?? (await nextReply(request));
    await exchange.send(planReply(reply, request.body, position), reply);
  };

  const server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (incoming, response) => {
    if (incoming.method === 'OPTIONS') {
      response.writeHead(204, preflightHeaders(incoming)).end();
      return;
    }
    const exchange = new Exchange(response);
    exchanges.add(exchange);
    void exchange.closed.then(() => exchanges.delete(exchange));
    answer(incoming, exchange).catch((error: unknown) => {
      exchange.fail(error);
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: log.requests,
    get openConnections() {
      return exchanges.size;
    },
    request: (position) => log.request(position),
    async close() {
      log.close();
      exchanges.forEach((exchange) => {
        exchange.breakOff();
      });
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

function inOrder(script: Reply | readonly Reply[]): () => Reply {
  const replies = [script].flat() as readonly Reply[];
  replies.forEach(checkReply);
  let used = 0;
  return () => replies[Math.min(used++, replies.length - 1)] ?? {};
}

function preflightHeaders({ headers }: IncomingMessage): Record<string, string> {
  return {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
  };
}

/** One request and its response. */
class Exchange {
  /** Resolves when the response is over, one way or another. */
  readonly closed: Promise<void>;
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  #isOver = false;
  #hungUp = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('error', () => undefined); // always followed by 'close', which says all there is to say
    this.closed = new Promise((resolve) => {
      this.#gone.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    response.once('close', () => {
      this.#hungUp = !this.#isOver && !response.writableFinished;
      this.#gone.abort();
    });
  }

  record(incoming: IncomingMessage, body: string): RecordedRequest {
    const { pathname, searchParams } = new URL(`http://127.0.0.1${incoming.url ?? '/'}`);
    const isHungUp = () => this.#hungUp;
    return {
      method: incoming.method ?? '',
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
      ),
      body: parsed(body),
      get hungUp() {
        return isHungUp();
      },
      closed: this.closed,
    };
  }

  async send(plan: ReplyPlan, { delayMs = 0, paceMs = 0, gzip = false, noResponse }: Reply): Promise<void> {
    const { signal } = this.#gone;
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    signal.throwIfAborted();
    if (noResponse !== undefined) {
      this.breakOff(noResponse);
      return;
    }
    this.#response.writeHead(plan.status, plan.headers);
    const sink = gzip ? this.#gzipSink() : this.#plainSink();
    await this.#written('');
    let sent = 0;
    let writes = 0;
    for (const chunk of plan.chunks) {
      if (sent > 0 && paceMs > 0) await sleep(paceMs, undefined, { signal });
      await sink.write(chunk);
      await turn(); // or a client in the same process could not read the writes one by one
      sent += chunk.length;
      writes += 1;
    }
    if (sent < plan.limit || plan.atLimit === 'end') sink.end();
    else if (plan.atLimit !== 'stall') {
      // As Reply says. In turns, since a busy client in the same process needs some for each write, however long they take.
      for (let turns = gzip ? 50 + writes : plan.atLimit === 'reset' ? 5 : 0; turns > 0; turns -= 1) {
        await sleep(1, undefined, { signal });
      }
      this.breakOff(plan.atLimit);
    }
  }

  /** For what goes wrong while answering: the client hears of it, unless it has left. */
  fail(error: unknown): void {
    if (this.#gone.signal.aborted) return;
    if (this.#response.headersSent) {
      this.breakOff();
      return;
    }
    this.#response.writeHead(500, { 'content-type': 'application/json' });
    this.#response.end(JSON.stringify(errorEvent('api_error', String(error))));
  }

  /** Closes or resets the connection. */
  breakOff(how: 'close' | 'reset' = 'close'): void {
    this.#isOver = true;
    if (how === 'reset') this.#response.socket?.resetAndDestroy();
    this.#response.destroy();
    this.#gone.abort();
  }

  #plainSink(): Sink {
    return {
      write: (chunk) => this.#written(chunk),
      end: () => this.#response.end(),
    };
  }

  #gzipSink(): Sink {
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    gzip.on('data', (compressed: Uint8Array) => this.#response.write(compressed));
    gzip.on('end', () => this.#response.end());
    this.#gone.signal.addEventListener('abort', () => gzip.destroy());
    return {
      write: async (chunk) => {
        await new Promise<void>((resolve) => {
          gzip.write(chunk, (error) => {
            if (!error) resolve();
          });
        });
        await this.#written('');
      },
      end: () => gzip.end(),
    };
  }

  /**
   * Writes, and waits until that and all before it has left the process: until then the next is not even made. Waits for
   * ever where the client has left: what is to be done then, 'close' does.
   */
  #written(chunk: Uint8Array | ''): Promise<void> {
    return new Promise((resolve) => {
      this.#response.write(chunk, (error) => {
        if (!error) resolve();
      });
    });
  }
}

interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
}

function parsed(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body; // as RecordedRequest says; the answer is a 400
  }
}
