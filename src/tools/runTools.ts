import {
  asapScheduler,
  catchError,
  concat,
  defer,
  EMPTY,
  groupBy,
  mergeMap,
  NEVER,
  observeOn,
  of,
  repeat,
  switchMap,
} from 'rxjs';
import { takeUntil, tap, type Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import { failOnAbort } from '../rx/failOnAbort.js';
import type { MessageCreateParams } from '../api/params.js';
import { addPartial } from '../rx/accumulating.js';
import { messageRequest, type StreamMessageOptions } from '../source/messageRequest.js';
import { redact } from '../source/redact.js';
import { streamMessage } from '../source/streamMessage.js';
import type { Tool } from './defineTool.js';
import { afterTurn, beginRun, beginTurn, runEnd, type Turn } from './run.js';
import { runTool, type OnTool } from './runTool.js';
import { isBatchedCall, toolCallBatches, type BatchedCall } from './toolCallBatches.js';
import type { RunEndEvent, RunToolsEvent, ToolProgressEvent, ToolResultEvent } from './toolEvents.js';

/** How a run is made. The options of {@link streamMessage} are those of each of its requests. */
export interface RunToolsOptions extends StreamMessageOptions {
  /** The tools that are run here. Tools that the API runs stand in the `tools` of the parameters. */
  readonly tools: readonly Tool[];
  /** The most messages that the model may write. Default 10. */
  readonly maxTurns?: number;
  /** How many calls are made at a time, those that wait for `onTool` included; the others wait in order. Default 4. */
  readonly concurrency?: number;
  /**
   * Called before each call is made, with the checked input; false declines it, also from a promise or an Observable. A
   * call that needs approval is only made after true.
   */
  readonly onTool?: OnTool;
  /**
   * Called after each turn, with the conversation so far, results included: what a later failure cannot take back. A run
   * goes on from it as its `messages`.
   */
  readonly onTurn?: (turn: Pick<RunEndEvent, 'messages' | 'usage' | 'turns'>) => void;
  /**
   * Makes the request of a turn. It is the place for operators that are to work on each turn, such as
   * `retryOnConnectionError`. Default `(params) => streamMessage(params, options)`.
   */
  readonly request?: (params: MessageCreateParams) => Observable<MessageStreamEvent>;
}

/**
 * Asks the model, runs the tools that it calls, sends their results and asks again, until it has its answer: as one
 * stream of the events of all its messages.
 *
 *     1st message     --s--A--B--z|                       A, B: calls
 *     tool A                  --p-----r|                  p: progress  r: result
 *     tool B                     -r|
 *     2nd message                     --s--d--z|
 *     runTools()      --s--A--B-pzr---r--s--d--z(e|)      e: run_end
 *
 * The messages are complete and come one after the other, so every operator of the package works on the run as on a
 * single message. Between their events are `tool_progress`, `tool_result` and at last one `run_end`, with the
 * conversation to go on with.
 *
 * A call is made while the message still streams, as soon as the model has moved on from it (see `toolUses`), side by
 * side with others. It may fail alone: what it throws, an unknown tool, an input that is no JSON or fails the schema, a
 * call that is declined, each is a result with `is_error`, which the model reads. Results are sent in the calls' order.
 *
 * The run goes on after `tool_use`, and after `pause_turn` and `compaction`, where only the message is sent back. Any
 * other stop reason ends it, as a value. Then every call in the conversation has its result, also one that `max_tokens` has cut. A
 * refusal aborts its tools, and its message is not in the conversation: with it, the API would refuse again.
 *
 * A `message_restart` and a `fallback` block abort the tools of what they withdraw, and forget their results; what
 * those have done is done. An error of a request, and the `signal`, fail the run; the error has that turn's message as
 * `partial`. Unsubscribing aborts the request and the signal of every tool that runs.
 *
 * @param params - What to ask for. `messages` begins the conversation, to which the run adds.
 * @param options - The tools, and how to run them.
 * @returns The events. One subscription is one run, made of the parameters as they were at the call.
 * @throws {RangeError} At call time, if `maxTurns` or `concurrency` is below 1 or not a number.
 * @throws {TypeError} At call time, if two tools have the same name, and as `streamMessage` does.
 * @example
 * runTools({ model, max_tokens: 1024, messages }, { tools: [getWeather], onTool: ({ name }) => confirm(`${name}?`) })
 *   .pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }), ofType('run_end'))
 *   .subscribe(({ messages }) => save(messages));
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export function runTools(params: MessageCreateParams, options: RunToolsOptions): Observable<RunToolsEvent> {
  const { tools, maxTurns = 10, concurrency = 4, onTool, onTurn, request, ...requestOptions } = options;
  expectAtLeast(1, 'runTools', { maxTurns, concurrency });
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const first = withTools(params, tools);
  const ask = request ?? ((turnParams: MessageCreateParams) => streamMessage(turnParams, requestOptions));
  if (request === undefined) void ask(first); // refuses at call time what can't succeed; nothing is sent

  const secrets = request === undefined ? messageRequest(first, requestOptions).secrets : [];
  const aborted =
    options.signal === undefined
      ? NEVER
      : failOnAbort(options.signal, 'mid-content').pipe(
          observeOn(asapScheduler), // a request that knows the signal fails first, with what has arrived
          catchError((error: unknown) => {
            throw redact(error, secrets);
          }),
        );

  return defer(() => {
    let run = beginRun(first);
    let current: Turn | undefined;

    const turn = defer(() => {
      const state = beginTurn();
      current = state;
      const outcomes = (calls: Observable<BatchedCall>): Observable<ToolProgressEvent | ToolResultEvent> =>
        calls.pipe(
          groupBy(({ batch }) => batch),
          // A new batch withdraws the one before: its calls that run are aborted, those that wait are not made.
          switchMap((batch) => batch.pipe(mergeMap(({ outcome }) => outcome, concurrency))),
          tap((event) => {
            if (event.type === 'tool_result') state.results.set(event.tool_use_id, event.result);
          }),
        );
      return ask(run.params).pipe(
        toolCallBatches(state, (call) => runTool(call, byName, onTool)),
        groupBy(isBatchedCall),
        mergeMap((group) => (group.key ? outcomes(group) : group)),
        tap({
          complete() {
            run = afterTurn(run, state, maxTurns);
            onTurn?.({ messages: run.params.messages, usage: run.usage, turns: run.turns });
          },
        }),
      );
    });

    const whole = concat(
      turn.pipe(repeat({ delay: () => (run.reason === undefined ? of(true) : EMPTY) })),
      defer(() => of(runEnd(run))),
    );
    const abortedWithPartial = aborted.pipe(
      tap({
        error(error: unknown) {
          if (current?.accumulator !== undefined) addPartial(error, current.accumulator);
        },
      }),
    );
    return options.signal?.aborted === true ? aborted : whole.pipe(takeUntil(abortedWithPartial));
  });
}

function withTools(params: MessageCreateParams, tools: readonly Tool[]): MessageCreateParams {
  const all = [...(params.tools ?? []), ...tools.map(({ param }) => param)];
  const names = all.map((tool) => ('name' in tool ? tool.name : undefined)).filter((name) => typeof name === 'string');
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new TypeError(`runTools: two tools have the name ${twice}.`);
  return { ...params, messages: [...params.messages], ...(all.length > 0 && { tools: all }) };
}
