import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import type { MessageCreateParams, MessageParam } from '../api/params.js';
import type { StreamMessageOptions } from '../source/messageRequest.js';
import type { Tool } from './defineTool.js';
import type { Toolset } from './defineToolset.js';
import type { RunState } from './runState.js';
import type { OnTool } from './runTool.js';
import type { RunEndEvent, ToolResultEvent } from './toolEvents.js';

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
   * by a `tool_approval_required` event, and while it waits for the answer, others run. The answer 'pause' ends the run,
   * once the others have ended, with a `run_paused` event, from which `resumeRun` continues: another process may then
   * have the answer.
   */
  readonly onTool?: OnTool | undefined;
  /**
   * Called with each result, one after the other, and with the conversation including it, in which other calls may not
   * have a result yet. May return a promise or an Observable, which is awaited before the result is emitted. If it
   * fails, the run fails. A later run with these messages does not run the call again. To be safe if the process
   * ends, save the state instead: see `onState`.
   */
  readonly onToolResult?: ((result: ToolResultEvent, messages: readonly MessageParam[]) => unknown) | undefined;
  /**
   * Called with the state of the run before each tool is started, with each result, after each turn, and when the run
   * pauses; one after the other. May return a promise or an Observable, which is awaited before the tool is started, before
   * the result is emitted, and before the next request. If it fails, the run fails. If the process ends at any moment,
   * `resumeRun` continues with the state that was saved last. Not called if the run fails: that state is still right.
   *
   * There is no limit on how long it may take, and an abort waits for a save in progress: give the storage a timeout, or
   * a promise that never settles holds the run. Unsubscribing does not wait.
   */
  readonly onState?: ((state: RunState) => unknown) | undefined;
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
