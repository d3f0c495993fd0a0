import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import { errorEvent } from './errorEvent.js';
import type { RecordedRequest } from './messagesServer.js';
import type { Reply } from './reply.js';
import type { ReplyPlan } from './replyPlan.js';
import { parseBody } from './script.js';

/**
 * One request and its response.
 *
 * @internal -- left out of the published types, which import nothing of Node
 */
export class Exchange {
  /** Resolves when the response has ended, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #response: ServerResponse;
  /** Aborted when the response has ended. Ends every wait. */
  readonly #ended = new AbortController();
  /** Whether the server itself terminated the response. */
  #isTerminated = false;
  #hungUp = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('error', () => undefined); // 'close' always follows, and is handled below
    this.closed = new Promise((resolve) => {
      this.#ended.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    response.once('close', () => {
      this.#hungUp = !this.#isTerminated && !response.writableFinished;
      this.#ended.abort();
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
      body: parseBody(body),
      get hungUp() {
        return isHungUp();
      },
      closed: this.closed,
    };
  }

  async send(plan: ReplyPlan, { delayMs = 0, paceMs = 0, gzip = false, noResponse }: Reply): Promise<void> {
    const { signal } = this.#ended;
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    signal.throwIfAborted();
    if (noResponse !== undefined) {
      this.terminate(noResponse);
      return;
    }
    this.#response.writeHead(plan.status, plan.headers);
    const sink = gzip ? this.#gzipSink() : this.#plainSink();
    await this.#write('');
    let sent = 0;
    let writes = 0;
    for (const chunk of plan.body.chunks()) {
      if (sent > 0 && paceMs > 0) await sleep(paceMs, undefined, { signal });
      await sink.write(chunk);
      await turn(); // lets a client in the same process read the writes one by one
      sent += chunk.length;
      writes += 1;
    }
    const { ending } = plan.body;
    if (ending === 'end') sink.end();
    else if (ending !== 'stall') {
      // `Reply` documents this delay. It is counted in turns of the event loop, because a busy client in the same
      // process needs some turns for each write, however long they take.
      for (let turns = turnsBefore(ending, gzip, writes); turns > 0; turns -= 1) {
        await sleep(1, undefined, { signal });
      }
      this.terminate(ending);
    }
  }

  /** Reports an error of the script or of the server to the client, unless it has disconnected. */
  fail(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    if (this.#response.headersSent) {
      this.terminate();
      return;
    }
    this.#response.writeHead(500, { 'content-type': 'application/json' });
    this.#response.end(JSON.stringify(errorEvent('api_error', String(error))));
  }

  /** Ends the response by closing or resetting the connection. */
  terminate(by: 'close' | 'disconnect' | 'reset' = 'close'): void {
    this.#isTerminated = true;
    if (by === 'reset') this.#response.socket?.resetAndDestroy();
    this.#response.destroy();
    this.#ended.abort();
  }

  #plainSink(): Sink {
    return {
      write: (chunk) => this.#write(chunk),
      end: () => this.#response.end(),
    };
  }

  #gzipSink(): Sink {
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    gzip.on('data', (compressed: Uint8Array) => this.#response.write(compressed));
    gzip.on('end', () => this.#response.end());
    this.#ended.signal.addEventListener('abort', () => gzip.destroy());
    return {
      write: async (chunk) => {
        await new Promise<void>((resolve) => {
          gzip.write(chunk, (error) => {
            if (!error) resolve();
          });
        });
        await this.#write('');
      },
      end: () => gzip.end(),
    };
  }

  /**
   * Writes a chunk. Resolves when this and all earlier chunks have left the process, so that no chunk is created before
   * the client can receive it. Never resolves if the client has disconnected: 'close' then ends the exchange.
   */
  #write(chunk: Uint8Array | ''): Promise<void> {
    return new Promise((resolve) => {
      this.#response.write(chunk, (error) => {
        if (!error) resolve();
      });
    });
  }
}

/** Where the chunks of a body are written: the response, or a compressor in front of it. */
interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
}

/** How many turns of the event loop, of at least 1 ms each, the connection stays open after the last write. */
function turnsBefore(ending: 'disconnect' | 'reset', gzip: boolean, writes: number): number {
  if (gzip) return 50 + writes;
  return ending === 'reset' ? 5 : 0;
}
