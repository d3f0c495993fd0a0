import { Subscription, type Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import {
  expectResponseOptions,
  MAX_PENDING_BYTES,
  STOPPED,
  streamHeaders,
  toChunkTexts,
  TOO_SLOW,
  type UIMessageResponseOptions,
} from './chunkText.js';

/**
 * Answers a request of `useChat` with the events of a stream, as a web `Response`: for Next.js, Hono, Bun, Deno and every
 * other server whose handlers return one.
 *
 * Subscribes at once. The status is always 200, as in the AI SDK: an error is a chunk of the stream. If the client leaves, the
 * runtime cancels the body, which unsubscribes. If it reads slowly, the text waits. If more than `maxPendingBytes`
 * wait, the stream ends with an error.
 *
 * @param source - The events of a message or of a run.
 * @param options.headers - More headers.
 * @param options.heartbeatMs - How long nothing may be sent before a comment is, in ms. Default 15 000.
 * @param options.maxPendingBytes - The most that may wait for a client that does not read, in bytes. Default 16 MiB.
 * @param options - Also the options of {@link toUIMessageStream}, and the `scheduler` of the comments.
 * @returns The response, with the header `x-vercel-ai-ui-message-stream: v1`.
 * @throws {RangeError} At call time, if `heartbeatMs` or `maxPendingBytes` is less than 1 or not a number.
 * @throws {TypeError} At call time, if `messageMetadata` or `describeError` is not a function.
 * @example
 * export async function POST(request: Request): Promise<Response> {
 *   const { messages } = await request.json();
 *   return toUIMessageStreamResponse(streamMessage({ ...params, messages: fromUIMessages(messages) }));
 * }
 */
export function toUIMessageStreamResponse(
  source: Observable<AnyEvent>,
  options: UIMessageResponseOptions = {},
): Response {
  expectResponseOptions('toUIMessageStreamResponse', options);
  const { maxPendingBytes = MAX_PENDING_BYTES } = options;
  const encoder = new TextEncoder();
  const subscription = new Subscription();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const close = (last?: string): void => {
          subscription.unsubscribe();
          if (last !== undefined) controller.enqueue(encoder.encode(last));
          controller.close();
        };
        subscription.add(
          toChunkTexts(source, options).subscribe({
            next(text) {
              if (subscription.closed) return;
              controller.enqueue(encoder.encode(text));
              if ((controller.desiredSize ?? 0) <= -maxPendingBytes) close(TOO_SLOW);
            },
            // Chunks never fail, so this is one that cannot be written: it is too long for a string.
            error: () => {
              close(STOPPED);
            },
            complete: close,
          }),
        );
      },
      cancel() {
        subscription.unsubscribe();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(body, { headers: streamHeaders(options) });
}
