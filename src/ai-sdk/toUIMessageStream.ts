import { concatMap, type Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import type { DescribeError } from '../relay/publicError.js';
import type { EventOperator } from '../rx/eventOperator.js';
import { expectFunctions } from '../utils/options.js';
import { toChunks } from './toChunks.js';
import type { UIMessageEnd } from './uiMessage.js';
import type { UIMessageChunk } from './uiMessageChunk.js';

export interface ToUIMessageStreamOptions {
  /**
   * Whether `message_restart` becomes `reset-step`, which removes what the failed attempt has shown. AI SDK 7 understands
   * it. Pass false for clients of AI SDK 5 and 6, which fail on it: a message is then held back until it has content, and a
   * restart after that ends the stream with an error. Default true.
   */
  readonly restarts?: boolean | undefined;
  /**
   * The ID of the message. Default: none, so that the client chooses one, or continues its last message, as it does after
   * an approval.
   */
  readonly messageId?: string | undefined;
  /** Returns the metadata of the message, from how it ended. Default: its model, its stop reason and its usage. */
  readonly messageMetadata?: ((end: UIMessageEnd) => unknown) | undefined;
  /** Changes what the client learns of an error: its `message` is the `errorText`. Default: a text that depends on its kind. */
  readonly describeError?: DescribeError | undefined;
}

/**
 * Converts events, also those of `runTools`, to the chunks of a UI message stream, which `useChat` of the AI SDK reads.
 *
 *     source                 --s--t--t--z|       s = { type: 'message_start', … }  t = { type: 'content_block_delta', … }
 *     toUIMessageStream()
 *     result                 -----a--b--(cd|)    b = { type: 'text-delta', … }  d = { type: 'finish', … }
 *
 * Each message of the API, with the results of its tools, is one step. Text, thinking, tool calls, their outputs and
 * the cited sources become the chunks of the same names. A call becomes `tool-input-available` once the model has moved on
 * from it; a call that is incomplete or withdrawn becomes `tool-input-error`. Events, blocks and deltas of other types
 * are left out.
 *
 * The result never fails. An error, also an early end of the source, becomes `error`, the last chunk: `finish` follows only
 * a complete message or run. A stop by `abortOn` or by a signal becomes `abort`. The source is validated as by
 * `toServerSentEvents` of `rxjs-anthropic/relay`, and a client learns the same of an error.
 *
 * @param options.restarts - Whether the client understands `reset-step`, as AI SDK 7 does. Default true.
 * @param options.messageId - The ID of the message. Default: none.
 * @param options.messageMetadata - Returns the metadata in `finish`. Default `{ model, stopReason, usage }`.
 * @param options.describeError - Changes what the client learns of an error. Default: nothing.
 * @returns An operator from events to chunks. Each is emitted synchronously with its event.
 * @throws {TypeError} At call time, if `messageMetadata` or `describeError` is not a function.
 * @example
 * streamMessage(params).pipe(toUIMessageStream()).subscribe((chunk) => console.log(chunk));
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 */
export function toUIMessageStream(options: ToUIMessageStreamOptions = {}): EventOperator<UIMessageChunk> {
  expectUIMessageOptions('toUIMessageStream', options);
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(
      toChunks({ ...options, heartbeatMs: Infinity }),
      concatMap((chunk) => (chunk === 'heartbeat' ? [] : [chunk])),
    );
}

/** @throws {TypeError} If an option is not a function. The message names the caller and the option. */
export function expectUIMessageOptions(caller: string, options: ToUIMessageStreamOptions): void {
  const { messageMetadata, describeError } = options;
  expectFunctions(caller, { messageMetadata, describeError });
}
