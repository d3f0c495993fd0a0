import type { Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { Delivery, type DeliveryTarget } from './delivery.js';
import { expectRelayOptions, type RelayOptions } from './relayOptions.js';
import type { ResponseHead } from './responseHead.js';

/** How many bytes a body holds for a client that does not read them, before frames wait and are merged. */
const HIGH_WATER_MARK = 16_384;

/**
 * Answers a request with the events of a stream, as a web `Response`: for Hono, Next.js, Bun, Deno, Cloudflare Workers and
 * every other server whose handlers return one.
 *
 *     events$        --s--t--t--|                         --#
 *     toResponse()
 *     result         --r         Response, status 200     --r    Response, status 529, with the error as JSON
 *     its body         s--t--t--|
 *
 * Subscribes at once. The response begins with the first event. If the stream fails before that, the response is an
 * error in JSON with the error's status, `retry-after`, `request-id` and `x-should-retry`. If nothing has arrived after
 * `heartbeatMs`, the response begins with a comment, and a later error is an `error` event: see `toServerSentEvents`.
 *
 * If the client leaves, the runtime cancels the body, which unsubscribes. Until the response has begun, only the signal
 * of the request says so: pass it to the source. While the client reads slowly, the frames wait, and deltas of the same
 * block are merged, without loss. If more than `maxPendingBytes` wait, the body ends with an error.
 *
 * @param source - The events.
 * @param options.headers - More headers, or a function from the API's response to them.
 * @param options.maxPendingBytes - The most memory for frames that wait, in bytes. Default 16 MiB.
 * @param options - Also `heartbeatMs`, `ids`, `restarts`, `describeError` and `scheduler`, as in `toServerSentEvents`.
 * @returns Resolves when the response begins. Never rejects.
 * @throws {RangeError} At call time, if `heartbeatMs` or `maxPendingBytes` is less than 1 or not a number.
 * @example
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * app.post('/chat', async ({ req }) => {
 *   const { messages } = await req.json();
 *   return toResponse(streamMessage({ ...params, messages }, { signal: req.raw.signal }));
 * });
 */
export function toResponse(source: Observable<AnyEvent>, options: RelayOptions = {}): Promise<Response> {
  expectRelayOptions('toResponse', options);
  return new Promise((resolve) => {
    const target = new BodyTarget(resolve, () => {
      delivery.resume();
    });
    const delivery = new Delivery(target, options);
    const subscription = delivery.run(source);
    target.onCancel(() => {
      delivery.close();
      subscription.unsubscribe();
    });
  });
}

/** Writes to the body of a Response. */
class BodyTarget implements DeliveryTarget {
  readonly hasBegun = false; // it begins with a frame
  readonly #respond: (response: Response) => void;
  readonly #encoder = new TextEncoder();
  readonly #body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #cancel = (): void => undefined;

  constructor(respond: (response: Response) => void, onPull: () => void) {
    this.#respond = respond;
    this.#body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: onPull,
        cancel: () => {
          this.#cancel();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK }),
    );
  }

  /** Sets what happens when the client leaves, which cannot be before the response has begun. */
  onCancel(cancel: () => void): void {
    this.#cancel = cancel;
  }

  begin(head: ResponseHead): void {
    this.#respond(new Response(this.#body, head));
  }

  refuse(head: ResponseHead, body: string): void {
    this.#respond(new Response(body, head));
  }

  write(text: string): boolean {
    this.#controller?.enqueue(this.#encoder.encode(text));
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  end(): void {
    this.#controller?.close();
  }
}
