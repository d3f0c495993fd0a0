import { asapScheduler, catchError, concat, defer, EMPTY, observeOn, of, repeat } from 'rxjs';
import { takeUntil, tap, type Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import type { MessageCreateParams } from '../api/params.js';
import { failOnAbort } from '../rx/failOnAbort.js';
import { messageRequest, type StreamMessageOptions } from '../source/messageRequest.js';
import { redact } from '../source/redact.js';
import { expectResponseOptions } from '../source/responseOptions.js';
import { streamMessage } from '../source/streamMessage.js';
import { expectAtLeast } from '../utils/options.js';
import type { Tool } from './defineTool.js';
import { insertToolCalls } from './insertToolCalls.js';
import { runTool, type OnTool } from './runTool.js';
import { runToolCalls } from './runToolCalls.js';
import type { RunEndEvent, RunToolsEvent } from './toolEvents.js';
import { ToolRun } from './toolRun.js';

/** The options of a run. Those of {@link streamMessage} apply to each of its requests. */
export interface RunToolsOptions extends StreamMessageOptions {
  /** The tools that are run here. Tools that the API runs are listed in the `tools` of the parameters. */
  readonly tools: readonly Tool[];
  /** How many messages the model may write. Default 10. */
  readonly maxTurns?: number;
  /**
   * How many calls run at the same time, including those that wait for `onTool`; the others wait in order. Default 4.
   */
  readonly concurrency?: number;
  /**
   * Called before each call is run, with the validated input. The answer may be a value, a promise or an Observable.
   * The answer false declines the call. A call that needs approval is run only if the answer is true.
   */
  readonly onTool?: OnTool;
  /**
   * Called after each turn, with the conversation so far, including the results, so that a later failure does not lose
   * it. Pass it as the `messages` of another run to continue it.
   */
  readonly onTurn?: (turn: Pick<RunEndEvent, 'messages' | 'usage' | 'turns'>) => void;
  /**
   * Makes the request of a turn. This is the place for operators that apply to each turn, such as
   * `retryOnConnectionError`. Default `(params) => streamMessage(params, options)`.
   */
  readonly request?: (params: MessageCreateParams) => Observable<MessageStreamEvent>;
}

/**
 * Asks the model, runs the tools that it calls, sends their results and asks again, until the model has answered. Emits
 * the events of all messages as one stream.
 *
 *     1st message     --s--A--B--z|                       A, B: calls
 *     tool A                  --p-----r|                  p: progress  r: result
 *     tool B                     -r|
 *     2nd message                     --s--d--z|
 *     runTools()      --s--A--B-pzr---r--s--d--z(e|)      e: run_end
 *
 * The messages are complete and follow one another, so every operator of the package works on a run as on a single
 * message. Between their events are `tool_progress` and `tool_result`. The last event is `run_end`, with the
 * conversation.
 *
 * A call is run while the message still streams, as soon as the model has moved on from it (see `toolUses`),
 * concurrently with others. A call that fails does not fail the run: an error that its tool throws, an unknown tool, an
 * input that is not valid JSON or does not match the schema, and a declined call each become a result with `is_error`,
 * which the model reads. Results are sent in the order of the calls.
 *
 * The run continues after `tool_use`, `pause_turn` and `compaction`; after the last two, only the message is sent back.
 * Any other stop reason ends it, without an error. Every call in the conversation then has a result, even one that
 * `max_tokens` truncated. A refusal aborts the tools, and its message is not part of the conversation: if it were, the
 * API would refuse again.
 *
 * A `message_restart` and a `fallback` block withdraw the calls before them: their tools are aborted, and their results
 * are not sent. What the tools have already done is not undone. The run fails if a request fails or the `signal` is
 * aborted; the error has the message of that turn as `partial`. Unsubscribing aborts the request, and the signal of
 * every running tool.
 *
 * `retryOnConnectionError({ whenStarted: 'restart' })` around a run repeats the entire run, so that its tools run
 * twice. In `request`, it repeats only the turn that failed.
 *
 * @param params - The parameters of the first request. The run adds to their `messages`.
 * @param options - The tools, and how they are run.
 * @returns The events. Each subscription is a run of its own, with the parameters as they were when `runTools` was
 * called.
 * @throws {RangeError} At call time, if `maxTurns` or `concurrency` is less than 1 or not a number.
 * @throws {TypeError} At call time, if two tools have the same name, or if `streamMessage` would throw.
 * @example
 * runTools({ model, max_tokens: 1024, messages }, { tools: [getWeather], onTool: ({ name }) => confirm(`${name}?`) })
 *   .pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }), ofType('run_end'))
 *   .subscribe(({ messages }) => save(messages));
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export function runTools(params: MessageCreateParams, options: RunToolsOptions): Observable<RunToolsEvent> {
  const { tools, maxTurns = 10, concurrency = 4, onTool, onTurn, request, ...requestOptions } = options;
  expectAtLeast(1, 'runTools', { maxTurns, concurrency });
  const firstParams = addTools(params, tools);
  const toolsByName = new Map(tools.map((tool) => [tool.name, tool]));
  const { ask, secrets } =
    request === undefined ? defaultRequest(firstParams, requestOptions) : { ask: request, secrets: [] };

  return defer(() => {
    const run = new ToolRun(firstParams, maxTurns);
    const turn = defer(() =>
      ask(run.params).pipe(
        insertToolCalls(run, (call) => runTool(call, toolsByName, onTool)),
        runToolCalls(run, concurrency),
        tap({
          complete() {
            run.endTurn();
            onTurn?.(run.progress);
          },
        }),
      ),
    );
    const events = concat(
      turn.pipe(repeat({ delay: () => (run.hasEnded ? EMPTY : of(true)) })),
      defer(() => of(run.endEvent())),
    );
    const { signal } = options;
    if (signal === undefined) return events;
    const aborted = failAfterRequest(signal, secrets).pipe(
      tap({
        error(error: unknown) {
          run.addMissingPartial(error);
        },
      }),
    );
    return signal.aborted ? aborted : events.pipe(takeUntil(aborted));
  });
}

/**
 * Returns the function that makes the requests of a run by default, and the secrets that no error of the run may show.
 *
 * @throws {TypeError | RangeError} If `streamMessage` would throw for the first request.
 */
function defaultRequest(
  firstParams: MessageCreateParams,
  options: StreamMessageOptions,
): { ask: NonNullable<RunToolsOptions['request']>; secrets: readonly string[] } {
  expectResponseOptions('streamMessage', options);
  const { secrets } = messageRequest(firstParams, options);
  return { ask: (params) => streamMessage(params, options), secrets };
}

/**
 * Fails when the signal is aborted. The failure is delayed by a microtask, so that a request with the same signal fails
 * first: its error has the message so far.
 */
function failAfterRequest(signal: AbortSignal, secrets: readonly string[]): Observable<never> {
  return failOnAbort(signal, 'mid-content').pipe(
    observeOn(asapScheduler),
    catchError((error: unknown) => {
      throw redact(error, secrets);
    }),
  );
}

/** Adds the tools to the parameters, and copies `messages`, which the caller may change later. */
function addTools(params: MessageCreateParams, tools: readonly Tool[]): MessageCreateParams {
  const all = [...(params.tools ?? []), ...tools.map(({ param }) => param)];
  const names = all.map((tool) => ('name' in tool ? tool.name : undefined)).filter((name) => typeof name === 'string');
  const duplicate = names.find((name, index) => names.indexOf(name) < index);
  if (duplicate !== undefined) throw new TypeError(`runTools: two tools have the name ${duplicate}.`);
  return { ...params, messages: [...params.messages], ...(all.length > 0 && { tools: all }) };
}
