import { defer, type Observable } from 'rxjs';
import type { KnownParams, MessageCreateParams } from '../api/params.js';
import type { WithoutTypos } from '../api/typos.js';
import { AnthropicError, InvalidParamsError } from '../errors/classes.js';
import { describeCauses } from '../errors/inspectError.js';
import { withContainer } from '../history/nextContainer.js';
import { nextToolChoice } from '../history/nextParams.js';
import { executeRun } from './executeRun.js';
import { toolInputOf } from './prepareCall.js';
import { expectState } from './readState.js';
import { readDecisions, type CallDecision, type RunDecisions } from './runDecisions.js';
import type { RunToolsOptions } from './runOptions.js';
import type { RunState } from './runState.js';
import { Toolbox } from './toolbox.js';
import type { RunToolsEvent } from './toolEvents.js';

/** The parameters of a run that is resumed. If they have messages, those are ignored. */
export type ResumeRunParams = Omit<KnownParams, 'messages'>;

/**
 * Continues a run that has paused, or whose process has ended, in this process or in another one.
 *
 *     runTools()      --s--A--B-z--r(p|)              A needs approval  B: another call  r: the result of B
 *                                                     p: run_paused, with the state
 *     resumeRun()                        --r--s--d--z(e|)      r: the result of A  e: run_end
 *
 * First, the calls of the last turn that have no result yet are answered:
 *
 * | a call of the state | without a decision | with one: see {@link RunDecision} |
 * |---|---|---|
 * | `pending` | waits: the run pauses again | true, false, `{ approved }`, `{ result }` |
 * | `started` | is run again if its tool is `idempotent`; otherwise waits: the run pauses again | 'repeat', false, `{ approved: false }`, `{ result }` |
 * | none of these: the process ended before it was started | is run, as by `runTools` | |
 *
 * `onTool` is asked about calls of the last kind and of later turns only. Without `onTool`, a call that needs approval
 * pauses the run again. If any call waits, the run pauses once the others have ended. Otherwise it continues as `runTools`
 * does. The turns and the usage of the state count. If the run had ended, only its `run_end` is emitted; if it had ended
 * because of `maxTurns`, it continues if `maxTurns` is now greater.
 *
 * Tools run at least once, not exactly once: a call is never run again without being asked for, but between what a tool does and the save of its
 * result, its process may end. The `idempotencyKey` of the call is the same when it is run again: see `ToolContext`.
 *
 * Two processes must not resume the same state. A store that accepts a state only if it has stored the one with
 * `revision - 1` prevents that: the save in `onState` fails, and with it the run, before a tool is started.
 *
 * @param state - The state of `run_paused`, or the last one of `onState`. May come from JSON. Keep it in the service: the
 * conversation in it is trusted.
 * @param decisions - The decisions about the calls that wait, by their ids. Calls may be left out.
 * @param params - The parameters of the run without its messages. They are not part of the state, since they may be secret.
 * @param options - The options of the run, as for `runTools`.
 * @returns The events from here on. Only the first subscription resumes the run. Another one, for example by a retry around
 * the run, fails, because it would run the tools twice.
 * @throws {InvalidParamsError} At call time, if `state` is not a state, or one of a newer version of this package; if a decision
 * is about a call that does not wait, or not one of those that are possible for it, or if its `input` does not match the
 * schema of the tool. Also throws what `runTools` would throw.
 * @example
 * const options: RunToolsOptions = {
 *   tools: [refund],
 *   onTool: ({ needsApproval }) => !needsApproval || 'pause',
 *   onState: (state) => runs.save(id, state),
 * };
 * runTools({ ...params, messages }, options).pipe(ofType('run_paused')).subscribe(({ state }) => show(state.pending));
 * // Later, in any process:
 * const decisions = { toolu_01: true, toolu_02: { approved: false, reason: 'Too much.' } };
 * resumeRun(await runs.load(id), decisions, params, options);
 */
export function resumeRun<const Params extends ResumeRunParams>(
  state: RunState,
  decisions: RunDecisions,
  params: Params & WithoutTypos<Params>,
  options: RunToolsOptions,
): Observable<RunToolsEvent>;
// For parameters of a generic type, which cannot be checked.
export function resumeRun(
  state: RunState,
  decisions: RunDecisions,
  params: ResumeRunParams,
  options: RunToolsOptions,
): Observable<RunToolsEvent>;
export function resumeRun(
  state: RunState,
  decisions: RunDecisions,
  params: ResumeRunParams,
  options: RunToolsOptions,
): Observable<RunToolsEvent> {
  expectState(state);
  const read = readDecisions(decisions, state);
  const all: MessageCreateParams = { ...params, messages: state.messages };
  const next = { ...all, ...withContainer(all, state.container), ...(state.turns > 0 && nextToolChoice(all)) };
  const events = executeRun('resumeRun', next, options, { state, decisions: read });
  expectInputs(read, state, options);
  let isResumed = false; // Outside `defer`, because all subscriptions share it.
  return defer(() => {
    if (isResumed) throw new AnthropicError(RESUMED_TWICE);
    isResumed = true;
    return events;
  });
}

const RESUMED_TWICE =
  'resumeRun: the run has been resumed already, and its tools would run twice. Call resumeRun with its newest state. ' +
  'To retry a request, put the retry into the option request.';

/** A person has changed these inputs. The model could not correct them. */
function expectInputs(decisions: ReadonlyMap<string, CallDecision>, state: RunState, { tools }: RunToolsOptions): void {
  const toolbox = new Toolbox(tools);
  for (const call of state.pending) {
    const decision = decisions.get(call.id);
    if (decision?.kind !== 'run' || decision.input === undefined) continue;
    try {
      toolInputOf(toolbox.find(call, []), call.name, decision.input);
    } catch (cause) {
      throw new InvalidParamsError(`resumeRun: the input for ${call.id} is not valid: ${describeCauses(cause)}`, {
        cause,
      });
    }
  }
}
