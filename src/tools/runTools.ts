import type { Observable } from 'rxjs';
import type { KnownParams, MessageCreateParams } from '../api/params.js';
import type { WithoutTypos } from '../api/typos.js';
import { executeRun } from './executeRun.js';
import type { RunToolsOptions } from './runOptions.js';
import type { RunToolsEvent } from './toolEvents.js';

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
 * conversation, or `run_paused`.
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
 * abort waits for `onTurn`, `onToolResult` and `onState`, so that what they save is not lost; unsubscribing does not.
 *
 * If `onTool` answers 'pause' for a call, the other calls of the turn end, and the last event is `run_paused`: its `state`
 * is plain JSON, from which {@link resumeRun} continues. So does it from the state that `onState` saved last, if the
 * process ended in the middle of the run.
 *
 * The messages may also end in calls without a result, as those that `onToolResult` saved do, if the process ended in the
 * middle of a turn. These calls are run first, even if they had been started, which the messages do not tell. Calls whose
 * results are in the messages are not run again.
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
 *   .subscribe(({ messages }) => show(messages));
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export function runTools<const Params extends MessageCreateParams>(
  params: Params & WithoutTypos<Params>,
  options: RunToolsOptions,
): Observable<RunToolsEvent>;
// For parameters of a generic type, which cannot be checked.
export function runTools(params: KnownParams, options: RunToolsOptions): Observable<RunToolsEvent>;
export function runTools(params: MessageCreateParams, options: RunToolsOptions): Observable<RunToolsEvent> {
  return executeRun('runTools', params, options);
}
