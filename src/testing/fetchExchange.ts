import { firstValueFrom, Subject, takeUntil, timer, type SchedulerLike } from 'rxjs';
import type { StreamErrorEvent } from './errorEvent.js';
import type { RecordedRequest } from './messagesServer.js';
import type { Reply } from './reply.js';
import type { ReplyBody } from './replyBody.js';
import type { ReplyPlan } from './replyPlan.js';

/** The statuses whose responses have no body: `Response` refuses one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** One request of `messagesFetch`, and its response. */
export class FetchExchange {
  /** Resolves when the response has ended, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #scheduler: SchedulerLike | undefined;
  /** Emits when the response has ended. Ends every wait. */
  readonly #ended = new Subject<void>();
  #isEnded = false;
  #hungUp = false;
  #controller: ReadableStreamDefaultController | undefined;

  constructor(signal: AbortSignal | undefined, scheduler: SchedulerLike | undefined) {
    this.#signal = signal;
    this.#scheduler = scheduler;
    this.closed = firstValueFrom(this.#ended, { defaultValue: undefined });
    signal?.addEventListener('abort', this.#hangUp);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  record(request: Omit<RecordedRequest, 'hungUp' | 'closed'>): RecordedRequest {
    const isHungUp = () => this.#hungUp;
    return {
      ...request,
      get hungUp() {
        return isHungUp();
      },
      closed: this.closed,
    };
  }

  /** Returns the response. Rejects if the request is aborted before, or if the reply is to have no response. */
  async send(plan: ReplyPlan, { delayMs = 0, paceMs = 0, noResponse }: Reply): Promise<Response> {
    await this.#wait(delayMs);
    this.#signal?.throwIfAborted();
    if (noResponse !== undefined) {
      this.#end();
      throw connectionError('fetch failed', noResponse);
    }
    const { status, headers } = plan;
    if (!WITHOUT_BODY.has(status)) return new Response(this.#bodyOf(plan.body, paceMs), { status, headers });
    this.#end();
    return new Response(null, { status, headers });
  }

  /** Returns the response for an error of the script. */
  fail(event: StreamErrorEvent): Response {
    this.#end();
    return new Response(JSON.stringify(event), { status: 500, headers: { 'content-type': 'application/json' } });
  }

  #bodyOf(body: ReplyBody, paceMs: number): ReadableStream<Uint8Array> {
    const chunks = body.chunks();
    let isFirst = true;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: async (controller) => {
          if (!isFirst) await this.#wait(paceMs);
          isFirst = false;
          if (this.#isEnded) return;
          const chunk = this.#next(chunks);
          if (chunk.done !== true) controller.enqueue(chunk.value);
          else if (body.ending !== 'stall') this.#finish(controller, body.ending);
        },
        cancel: this.#hangUp,
      },
      { highWaterMark: 0 }, // a chunk is created when it is read, so that none is lost when the body fails
    );
  }

  /** Reads a chunk. A script that fails in the middle of a body terminates the response. */
  #next(chunks: Iterator<Uint8Array>): IteratorResult<Uint8Array> {
    try {
      return chunks.next();
    } catch (cause) {
      this.#end();
      throw new TypeError('terminated', { cause });
    }
  }

  #finish(controller: ReadableStreamDefaultController, ending: 'end' | 'disconnect' | 'reset'): void {
    this.#end();
    if (ending === 'end') controller.close();
    else controller.error(connectionError('terminated', ending));
  }

  #end(): void {
    this.#isEnded = true;
    this.#signal?.removeEventListener('abort', this.#hangUp);
    this.#ended.next();
  }

  readonly #hangUp = (): void => {
    if (this.#isEnded) return;
    this.#hungUp = true;
    this.#end();
    this.#controller?.error(this.#signal?.reason); // no effect if the reader has cancelled
  };

  /** Waits. Ends at once if the response ends. */
  async #wait(ms: number): Promise<void> {
    if (ms === 0 || this.#isEnded) return;
    await firstValueFrom(timer(ms, this.#scheduler).pipe(takeUntil(this.#ended)), { defaultValue: 0 });
  }
}

/** The error that Node's `fetch` has if the other side closes or resets the connection. */
function connectionError(message: string, by: 'close' | 'disconnect' | 'reset'): TypeError {
  const cause =
    by === 'reset'
      ? Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
      : Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  return new TypeError(message, { cause });
}
