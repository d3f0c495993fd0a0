import { Observable } from 'rxjs';
import type { EventOperator } from '../rx/eventOperator.js';
import { Delivery, type DeliveryTarget } from './delivery.js';
import { expectRelayOptions, type RelayOptions } from './relayOptions.js';
import type { ResponseHead } from './responseHead.js';
import type { ServerResponseLike } from './serverResponse.js';

/**
 * Answers a request with the events of a stream, on a server of Node: `node:http`, `node:http2`, Express, or
 * Fastify's `reply.raw`.
 *
 *     source                            --s--t--t--|
 *     pipeToServerResponse(response)
 *     result                            ---------------|     completes when the response has been sent, or the client left
 *
 * Subscribe to start it. The response begins with the first event. If the source fails before that, the response is an
 * error in JSON with the error's status, `retry-after`, `request-id` and `x-should-retry`. If nothing has arrived after
 * `heartbeatMs`, the response begins with a comment, and a later error is an `error` event: see `toServerSentEvents`.
 *
 * If the client leaves, the source is unsubscribed at once, and nothing is written any more. If the client has already
 * left, the source is never subscribed. If you unsubscribe, for example when the server shuts down, the response ends
 * with an error that can be retried. While the client reads slowly, the frames wait, and deltas of the same block are
 * merged, without loss. If more than `maxPendingBytes` wait, the response ends with an error.
 *
 * @param response - The response, whose head has not been sent. Headers that it already has are sent too.
 * @param options.headers - More headers, or a function from the API's response to them.
 * @param options.maxPendingBytes - The most memory for frames that wait, in bytes. Default 16 MiB.
 * @param options - Also `heartbeatMs`, `ids`, `restarts`, `describeError` and `scheduler`, as in `toServerSentEvents`.
 * @returns An operator whose result emits nothing, and never fails: to log errors, use `tap({ error })` before it.
 * @throws {RangeError} At call time, if `heartbeatMs` or `maxPendingBytes` is less than 1 or not a number.
 * @example
 * app.post('/chat', (request, response) => {
 *   streamMessage({ ...params, messages: request.body.messages }).pipe(pipeToServerResponse(response)).subscribe();
 * });
 */
export function pipeToServerResponse(response: ServerResponseLike, options: RelayOptions = {}): EventOperator<never> {
  expectRelayOptions('pipeToServerResponse', options);
  return (source) =>
    new Observable<never>((subscriber) => {
      if (response.destroyed || response.writableEnded || response.stream?.destroyed === true) {
        subscriber.complete();
        return undefined;
      }
      const delivery = new Delivery(new ServerTarget(response), options);
      const close = (): void => {
        delivery.close();
        subscriber.complete();
      };
      const resume = (): void => {
        delivery.resume();
      };
      response.on('close', close);
      response.on('finish', close); // over HTTP/2, also if the client leaves
      response.on('drain', resume);
      response.on('error', close); // without a listener, an error would end the process
      const subscription = delivery.run(source);
      return () => {
        subscription.unsubscribe();
        delivery.stop();
        response.off('close', close);
        response.off('finish', close);
        response.off('drain', resume);
        response.off('error', close);
      };
    });
}

/** Writes to a response of Node. */
class ServerTarget implements DeliveryTarget {
  readonly #response: ServerResponseLike;

  constructor(response: ServerResponseLike) {
    this.#response = response;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  begin(head: ResponseHead): void {
    this.#setHead(head);
    this.#response.flushHeaders?.();
  }

  refuse(head: ResponseHead, body: string): void {
    this.#setHead(head);
    this.#response.end(body);
  }

  write(text: string): boolean {
    const canReceiveMore = this.#response.write(text) !== false; // a middleware may return nothing
    this.#response.flush?.();
    return canReceiveMore;
  }

  end(): void {
    this.#response.end();
  }

  #setHead({ status, headers }: ResponseHead): void {
    this.#response.statusCode = status;
    for (const [name, value] of headers) {
      this.#response.setHeader(name, name === 'set-cookie' ? headers.getSetCookie() : value);
    }
  }
}
