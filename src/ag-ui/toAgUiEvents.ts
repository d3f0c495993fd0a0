import type { Observable } from 'rxjs';
import { toChunks } from '../ai-sdk/toChunks.js';
import type { AnyEvent } from '../api/events.js';
import type { DescribeError } from '../relay/publicError.js';
import type { EventOperator } from '../rx/eventOperator.js';
import { transform } from '../rx/transform.js';
import { expectFunctions } from '../utils/options.js';
import type { AgUiEvent, AgUiMessage } from './agUiEvent.js';
import { AgUiWriter } from './agUiWriter.js';

export interface ToAgUiEventsOptions {
  /** The `threadId` of the client's input. */
  readonly threadId: string;
  /** The `runId` of the client's input. */
  readonly runId: string;
  /**
   * The `messages` of the client's input. With them, a restart becomes a `MESSAGES_SNAPSHOT` without what the failed attempt had shown.
   * Default: none; a message is then held back until it has content, and a restart after that ends the run with an error.
   */
  readonly messages?: readonly AgUiMessage[] | undefined;
  /** Changes what the client learns of an error. Default: a text that depends on its kind. */
  readonly describeError?: DescribeError | undefined;
}

/**
 * Converts events, also those of `runTools`, to the events of the AG-UI protocol, for CopilotKit and other clients.
 *
 *     source              --s--t--t--z|       s = { type: 'message_start', … }
 *     toAgUiEvents(input)
 *     result              -----a--b--(cd|)    a = { type: 'RUN_STARTED', … }, …  d = { type: 'RUN_FINISHED', … }
 *
 * Each message of the API is one assistant message, with its tool calls; thinking is a reasoning message; a result is a tool
 * message. `TOOL_CALL_END` follows once the model has moved on from the call. A call that is incomplete or withdrawn
 * gets a result that says so, and no client runs it. `tool_progress` and sources are `CUSTOM` events.
 *
 * The result never fails. An error, also an early end of the source, becomes `RUN_ERROR`, the last event: `RUN_FINISHED` follows only a
 * complete message or run, one that waits for approvals (outcome `interrupt`), and a stop by `abortOn` or by a signal (outcome `cancelled`).
 *
 * @param options.threadId - The thread, from the client's input.
 * @param options.runId - The run, from the client's input. The IDs of messages begin with it.
 * @param options.messages - The messages of the client's input, for restarts. Default: none.
 * @param options.describeError - Changes what the client learns of an error. Default: nothing.
 * @returns An operator from events to AG-UI events, each emitted synchronously with its event.
 * @throws {TypeError} At call time, if `threadId` or `runId` is not a string, or `describeError` is not a function.
 * @example
 * app.post('/agent', (request, response) => {
 *   streamMessage(params)
 *     .pipe(toAgUiEvents(request.body)) // what the client sends: threadId, runId and messages
 *     .subscribe((event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
 * });
 * @see https://docs.ag-ui.com/concepts/events
 */
export function toAgUiEvents(options: ToAgUiEventsOptions): EventOperator<AgUiEvent> {
  const { threadId, runId, messages, describeError } = options;
  if (typeof threadId !== 'string' || typeof runId !== 'string') {
    throw new TypeError('toAgUiEvents: threadId and runId must be strings, from the input of the client.');
  }
  expectFunctions('toAgUiEvents', { describeError });
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(
      toChunks({
        restarts: messages !== undefined,
        describeError,
        heartbeatMs: Infinity,
        messageMetadata: (end) => end,
      }),
      transform((output) => {
        const next = (event: AgUiEvent): void => {
          output.next(event);
        };
        const writer = new AgUiWriter(next, { threadId, runId }, messages ?? []);
        return {
          next(chunk) {
            if (chunk !== 'heartbeat') writer.add(chunk);
          },
        };
      }),
    );
}
