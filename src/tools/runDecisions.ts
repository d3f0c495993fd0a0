import { InvalidParamsError } from '../errors/classes.js';
import { isRecord } from '../utils/inspect.js';
import type { ToolOutput } from './defineTool.js';
import type { RunState, SavedCall } from './runState.js';

/**
 * What happens to a call of a run that is resumed:
 *
 * - true, `{ approved: true }`: a call that is `pending` is run, with another `input` if there is one. The model still
 *   sees the input that it wrote.
 * - false, `{ approved: false }`: the call is not run, and the model reads the `reason`. For a call that is `started`,
 *   the model reads that it may have taken effect.
 * - 'repeat': a call that is `started` is run again, with the input and the idempotency key of the first time.
 * - `{ result }`: the call is not run. This is what its tool would have returned.
 */
export type RunDecision =
  | boolean
  | 'repeat'
  | { readonly approved: true; readonly input?: unknown }
  | { readonly approved: false; readonly reason?: string | undefined }
  | { readonly result: ToolOutput };

/** The decisions about the calls of a run, by their ids. */
export type RunDecisions = Readonly<Record<string, RunDecision>>;

/** A decision in the form in which it is carried out. */
export type CallDecision =
  | { readonly kind: 'run'; readonly input?: unknown }
  | { readonly kind: 'decline'; readonly reason: string | undefined }
  | { readonly kind: 'answer'; readonly output: ToolOutput };

/**
 * Returns the decisions by the ids of the calls.
 *
 * @throws {InvalidParamsError} If a decision is not one of those that are possible for the call, or if no call with its
 * id waits for one.
 */
export function readDecisions(decisions: unknown, state: RunState): ReadonlyMap<string, CallDecision> {
  if (!isRecord(decisions)) throw refusal('decisions must be an object, with the ids of calls as its keys');
  const made = Object.entries(decisions).filter(([, decision]) => decision !== undefined);
  const [pending, started] = [idsOf(state.pending), idsOf(state.started)];
  return new Map(
    made.map(([id, decision]) => {
      if (!pending.has(id) && !started.has(id)) throw unknownCall(id, [...pending, ...started]);
      return [id, readDecision(id, decision, pending.has(id))];
    }),
  );
}

function idsOf(calls: readonly SavedCall[]): ReadonlySet<string> {
  return new Set(calls.map(({ id }) => id));
}

/** @param isPending - Whether the call waits for an approval. If not, its tool had been started. */
function readDecision(id: string, decision: unknown, isPending: boolean): CallDecision {
  if (isRecord(decision)) {
    if ('result' in decision) return { kind: 'answer', output: decision['result'] };
    const { approved, reason } = decision;
    if (approved === false) return { kind: 'decline', reason: typeof reason === 'string' ? reason : undefined };
    if (approved === true && isPending) return { kind: 'run', input: decision['input'] };
  }
  if (decision === false) return { kind: 'decline', reason: undefined };
  if (isPending ? decision === true : decision === 'repeat') return { kind: 'run' };
  throw refusal(
    isPending
      ? `the decision about ${id} must be true, false, { approved } or { result }`
      : `${id} had been started, and may have taken effect: the decision about it must be 'repeat', false, ` +
          '{ approved: false } or { result }',
  );
}

function unknownCall(id: string, ids: readonly string[]): InvalidParamsError {
  const known = ids.length > 0 ? `Those that wait are ${ids.join(', ')}` : 'None does';
  return refusal(`no call with the id ${id} waits for a decision. ${known}`);
}

function refusal(problem: string): InvalidParamsError {
  return new InvalidParamsError(`resumeRun: ${problem}.`);
}
