import { Observable, Subscription } from 'rxjs';
import type { ServerResponseLike } from '../relay/serverResponse.js';
import type { EventOperator } from '../rx/eventOperator.js';
import {
  expectResponseOptions,
  MAX_PENDING_BYTES,
  STOPPED,
  streamHeaders,
  toChunkTexts,
  TOO_SLOW,
  type UIMessageResponseOptions,
} from './chunkText.js';

/** A response of Node that also reports how much waits to be sent, as all of Node's do. */
export interface UIServerResponse extends ServerResponseLike {
  readonly writableLength?: number;
}

/**
 * Answers a request of `useChat` with the events of a stream, on a server of Node: `node:http`, `node:http2`, Express, or
 * Fastify's `reply.raw`.
 *
 *     source                                      --s--t--t--|
 *     pipeUIMessageStreamToResponse(response)
 *     result                                      ---------------|     completes when the response has been sent
 *
 * Subscribe to start it. The status is always 200, as in the AI SDK: an error is a chunk of the stream. If the client leaves,
 * the source is unsubscribed, and nothing is written any more. If you unsubscribe, the response ends with an error. If
 * more than `maxPendingBytes` wait for a slow client, the response ends with an error too.
 *
 * @param response - The response, whose head has not been sent. Headers that it already has are sent too.
 * @param options - The options of {@link toUIMessageStreamResponse}.
 * @returns An operator whose result emits nothing, and never fails: to log errors, use `tap({ error })` before it.
 * @throws {RangeError} At call time, if `heartbeatMs` or `maxPendingBytes` is less than 1 or not a number.
 * @throws {TypeError} At call time, if `messageMetadata` or `describeError` is not a function.
 * @example
 * app.post('/api/chat', (request, response) => {
 *   runTools({ ...params, messages }, { tools }).pipe(pipeUIMessageStreamToResponse(response)).subscribe();
 * });
 */
export function pipeUIMessageStreamToResponse(
  response: UIServerResponse,
  options: UIMessageResponseOptions = {},
): EventOperator<never> {
  expectResponseOptions('pipeUIMessageStreamToResponse', options);
  const { maxPendingBytes = MAX_PENDING_BYTES } = options;
  return (source) =>
    new Observable<never>((subscriber) => {
      let isOpen = !(response.destroyed || response.writableEnded || response.stream?.destroyed === true);
      const finish = (): void => {
        isOpen = false;
        subscriber.complete();
      };
      if (!isOpen) {
        finish();
        return undefined;
      }
      const end = (last?: string): void => {
        if (!isOpen) return;
        isOpen = false;
        if (last !== undefined) response.write(last);
        response.end();
      };
      response.on('close', finish);
      response.on('finish', finish); // over HTTP/2, also if the client leaves
      response.on('error', finish); // without a listener, an error would end the process
      response.statusCode = 200;
      for (const [name, value] of streamHeaders(options)) response.setHeader(name, value);
      response.flushHeaders?.();
      const subscription = new Subscription();
      subscription.add(
        toChunkTexts(source, options).subscribe({
          next(text) {
            if (!isOpen) return;
            response.write(text);
            response.flush?.();
            if ((response.writableLength ?? 0) < maxPendingBytes) return;
            end(TOO_SLOW);
            subscription.unsubscribe();
          },
          // Chunks never fail, so this is one that cannot be written: it is too long for a string.
          error: () => {
            end(STOPPED);
          },
          complete: end,
        }),
      );
      return () => {
        subscription.unsubscribe();
        end(STOPPED);
        response.off('close', finish);
        response.off('finish', finish);
        response.off('error', finish);
      };
    });
}
