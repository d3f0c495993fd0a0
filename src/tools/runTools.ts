import { asapScheduler, catchError, concat, defer, EMPTY, from, map, NEVER, observeOn, of, takeUntil } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Message } from '../api/message.js';
import type { MessageStreamEvent } from '../api/events.js';
import type { KnownParams, MessageCreateParams, MessageParam } from '../api/params.js';
import type { WithoutTypos } from '../api/typos.js';
import { AnthropicError } from '../errors/classes.js';
import { captureContext } from '../rx/asyncContext.js';
import { failOnAbort } from '../rx/failOnAbort.js';
import { repeatUntil } from '../rx/repeatUntil.js';
import { messageRequest, type StreamMessageOptions } from '../source/messageRequest.js';
import { redact } from '../source/redact.js';
import { expectResponseOptions } from '../source/responseOptions.js';
import { streamMessage } from '../source/streamMessage.js';
import { expectAtLeast } from '../utils/options.js';
import { CallRunner } from './callRunner.js';
import type { Tool } from './defineTool.js';
import type { Toolset } from './defineToolset.js';
import { insertToolCalls, type TurnItem } from './insertToolCalls.js';
import { awaitCallback, messagesToAppend } from './runCallbacks.js';
import { runParams } from './runParams.js';
import type { OnTool } from './runTool.js';
import { runToolCalls } from './runToolCalls.js';
import { saveResults } from './saveResults.js';
import { Slots } from './slots.js';
import { Toolbox } from './toolbox.js';
import type { RunEndEvent, RunToolsEvent, ToolResultEvent } from './toolEvents.js';
import { ToolRun } from './toolRun.js';

/** The options of a run. Those of {@link streamMessage} apply to each of its requests. */
export interface RunToolsOptions extends StreamMessageOptions {
  /**
   * The tools that are run here, made by `defineTool` and `defineToolset`. Tools that the API runs are listed in the
   * `tools` of the parameters.
   */
  readonly tools: readonly (Tool | Toolset)[];
  /** How many messages the model may write. Default 10. */
  readonly maxTurns?: number | undefined;
  /** How many tools run at the same time; the others wait in order. Default 4. */
  readonly concurrency?: number | undefined;
  /**
   * Called before each call is run, with the validated input. The answer may be a value, a promise or an Observable.
   * The answer false declines the call. A call that needs approval is run only if the answer is true. It is announced
   * by a `tool_approval_required` event, and while it waits for the answer, others run.
   */
  readonly onTool?: OnTool | undefined;
  /**
   * Called with each result, one after the other, and with the conversation including it, in which other calls may not
   * have a result yet. May return a promise or an Observable, which is awaited before the result is emitted. If it
   * fails, the run fails. This is the place to save what a tool has done: a later run with these messages does not run
   * the call again.
   */
  readonly onToolResult?: ((result: ToolResultEvent, messages: readonly MessageParam[]) => unknown) | undefined;
  /**
   * Called after each turn with the conversation so far, including the results. Also called if the run fails in the
   * middle of a turn that has calls. May return a promise or an Observable, which is awaited before the next request. If
   * it fails, the run fails. The answer `{ append: messages }` adds messages to the conversation after the results.
   */
  readonly onTurn?: ((turn: Pick<RunEndEvent, 'messages' | 'usage' | 'turns'>) => unknown) | undefined;
  /**
   * Makes the request of a turn, the number of which is counted from 1. This is the place for operators that apply to
   * each turn, such as `retryOnConnectionError`. Requests are subscribed to in the asynchronous context of the run (see
   * `AsyncLocalStorage`), so that the spans of turns are siblings. Default `(params) => streamMessage(params, options)`.
   */
  readonly request?:
    ((params: MessageCreateParams, context: RequestContext) => Observable<MessageStreamEvent>) | undefined;
}

/** What `request` receives in addition to the parameters. */
export interface RequestContext {
  /** The number of the turn in its run, counted from 1. */
  readonly turn: number;
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
 * which the model reads. Results are sent in the order of the calls. If two calls have the same id, one of them gets
 * another one.
 *
 * The run continues after `tool_use`, `pause_turn` and `compaction`; after the last two, only the message is sent back.
 * Any other stop reason ends it, without an error. Every call in the conversation then has a result, even one that
 * `max_tokens` truncated. A refusal aborts the tools, and its message is not part of the conversation: if it were, the
 * API would refuse again.
 *
 * A `message_restart` and a `fallback` block withdraw the calls before them: their tools are aborted, and their results
 * are not sent. What the tools have already done is not undone. Unsubscribing aborts the request, and the signal of
 * every running tool.
 *
 * The run fails if a request or a callback fails, or if the `signal` is aborted. Nothing is lost then: the `messages` of
 * an error of this package are the conversation, in a form that the API accepts. They include the message in progress if
 * it has calls, with a result for each: a call that had not ended gets one with `is_error`. `partial` is the message in
 * progress, if it is incomplete. To continue, run again with these `messages`. Other errors are passed on unchanged. An
 * abort waits for `onTurn` and `onToolResult`, so that what they save is not lost; unsubscribing does not.
 *
 * The messages may also end in calls without a result, as those that `onToolResult` saved do, if the process ended in the
 * middle of a turn. These calls are run first. Calls whose results are in the messages are not run again.
 *
 * `retryOnConnectionError({ whenStarted: 'restart' })` around a run repeats the entire run, so that its tools run
 * twice. In `request`, it repeats only the turn that failed.
 *
 * @param params - The parameters of the first request. The run adds to their `messages`.
 * @param options - The tools, and how they are run.
 * @returns The events. Each subscription is a run of its own, with the parameters as they were when `runTools` was
 * called.
 * @throws {RangeError} At call time, if `maxTurns` or `concurrency` is less than 1 or not a number.
 * @throws {InvalidParamsError} At call time, if `streamMessage` would refuse the parameters, or if they have `thread` or
 * `compaction`, which need requests of another form.
 * @throws {TypeError} At call time, if `tools` is not an array of tools, or two of them have the same name. Also throws what `streamMessage` would throw.
 * @example
 * runTools({ model, max_tokens: 1024, messages }, { tools: [getWeather], onTool: ({ name }) => confirm(`${name}?`) })
 *   .pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }), ofType('run_end'))
 *   .subscribe(({ messages }) => save(messages));
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export function runTools<const Params extends MessageCreateParams>(
  params: Params & WithoutTypos<Params>,
  options: RunToolsOptions,
): Observable<RunToolsEvent>;
// For parameters of a generic type, which cannot be checked.
export function runTools(params: KnownParams, options: RunToolsOptions): Observable<RunToolsEvent>;
export function runTools(params: MessageCreateParams, options: RunToolsOptions): Observable<RunToolsEvent> {
  const { tools, maxTurns = 10, concurrency = 4 } = options;
  expectAtLeast(1, 'runTools', { maxTurns, concurrency });
  const firstParams = runParams(params, tools);
  const { ask, secrets } = createRequest(firstParams, options);
  const { signal } = options;
  const aborted = signal === undefined ? NEVER : failAfterRequest(signal, secrets);

  return defer(() => {
    const run = new ToolRun(firstParams, maxTurns);
    const toolbox = new Toolbox(tools);
    const inContext = captureContext();
    const calls = new CallRunner({
      run,
      toolbox,
      slots: new Slots(concurrency),
      onTool: options.onTool?.bind(options),
      isAborted: () => signal?.aborted === true,
    });

    const items = (): Observable<TurnItem> =>
      run.resumedCalls === undefined
        ? ask(run.params, { turn: run.nextTurn }).pipe(insertToolCalls(run, calls))
        : from(run.resumedCalls).pipe(map((call) => ({ kind: 'call', outcome: calls.run(call) })));
    const onTurn = (): unknown => inContext(() => options.onTurn?.(run.progress));
    const save = (result: ToolResultEvent): Observable<never> =>
      awaitCallback(() => inContext(() => options.onToolResult?.(result, run.messages)));
    const endTurn = defer(() => {
      run.endTurn();
      return awaitCallback(onTurn, (answer) => {
        run.append(messagesToAppend(answer));
      });
    });
    const turn = defer(() => {
      if (signal?.aborted === true) return aborted;
      const events = defer(items).pipe(runToolCalls(run), takeUntil(aborted));
      return concat(options.onToolResult === undefined ? events : events.pipe(saveResults(save)), endTurn);
    });
    const interrupt = defer(() => (run.interrupt() ? awaitCallback(onTurn) : EMPTY));

    return concat(
      turn.pipe(repeatUntil(() => run.hasEnded, inContext)),
      defer(() => of(run.endEvent())),
    ).pipe(
      catchError((error: unknown) => {
        const { partial } = run;
        const fail = (): never => {
          addConversation(error, partial, run.progress.messages);
          throw error;
        };
        // If `onTurn` fails too, the first error is reported: it has the conversation that could not be saved.
        return concat(interrupt.pipe(catchError(fail)), defer(fail));
      }),
    );
  });
}

/** Sets the conversation on an error of this package, and the message in progress, if no operator has set one. */
function addConversation(error: unknown, partial: Message | undefined, messages: readonly MessageParam[]): void {
  if (!(error instanceof AnthropicError)) return;
  // Unlike an assignment, this does not throw if the error is frozen.
  if (error.partial === undefined) Reflect.set(error, 'partial', partial);
  Reflect.set(error, 'messages', messages);
}

/**
 * Returns the function that makes the requests of a run, and the secrets that no error of the run may show.
 *
 * @throws {TypeError | RangeError} If `streamMessage` would throw for the first request.
 */
function createRequest(
  firstParams: MessageCreateParams,
  options: RunToolsOptions,
): { ask: NonNullable<RunToolsOptions['request']>; secrets: readonly string[] } {
  // Bound, since the options may be an instance of a class.
  const request = options.request?.bind(options);
  if (request !== undefined) return { ask: request, secrets: [] };
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
