import { catchError, concat, finalize, mergeMap, of, tap, type Observable } from 'rxjs';
import type { Awaitable } from '../rx/toObservable.js';
import { prepareCall, unlessAborted, type Start } from './prepareCall.js';
import type { CallDecision } from './runDecisions.js';
import type { Slots } from './slots.js';
import type { Toolbox } from './toolbox.js';
import type { ToolEvent } from './toolEvents.js';
import { eventsOfOutput } from './toolOutput.js';
import { errorResult } from './toolResult.js';
import type { ToolRun } from './toolRun.js';
import type { RunCall } from './turnCalls.js';

/** A call that is about to be run. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The input, as the tool receives it. */
  readonly input: unknown;
  /** Whether the call is run only if the answer is true. */
  readonly needsApproval: boolean;
}

/**
 * Called before a call is run. The answer false declines the call, true approves it, and 'pause' leaves it without a
 * result, so that the run pauses. `{ approved }` is the same as true or false, with a `reason` that the model reads. Any
 * other answer declines a call that needs approval, and approves all others.
 */
export type OnTool = (call: ToolCall) => Awaitable<ToolApproval>;

/** An answer of `onTool`. The model reads the `reason` why a call is declined. */
export type ToolApproval =
  | boolean
  | 'pause'
  | { readonly approved: true }
  | { readonly approved: false; readonly reason?: string | undefined }
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a callback that only observes returns nothing
  | void;

/** What the calls of a run share. */
export interface CallContext {
  readonly run: ToolRun;
  readonly toolbox: Toolbox;
  /** Limits how many tools run at the same time. */
  readonly slots: Slots;
  readonly onTool: OnTool | undefined;
  /** The decisions about calls that an earlier process has left, by their ids. */
  readonly decisions: ReadonlyMap<string, CallDecision>;
  /** Saves the state of the run when it is subscribed to. */
  readonly saved: Observable<never>;
  /** Whether the run has been aborted, and is about to fail. */
  readonly isAborted: () => boolean;
}

/**
 * Runs a call: validates its input, asks `onTool` for approval, waits for a slot, saves that the tool is about to be
 * started, and runs the tool. Any failure of these becomes the result of the call, except that of a save, which fails the
 * Observable. Completes without a result if the call is held until the run is resumed. Unsubscribing before the result
 * aborts the signal of the tool. Once the run has been aborted, `onTool` is not asked, no tool is started, and nothing is
 * emitted.
 */
export function runTool(call: RunCall, context: CallContext): Observable<ToolEvent> {
  return unlessAborted(context, () => prepareCall(call, context)).pipe(
    catchError((error: unknown) => of(errorResult(call, error))),
    mergeMap((step) => (step.type === 'start' ? context.slots.run(execute(call, step, context)) : of(step))),
  );
}

/** Runs the tool, once it has been saved that it is about to be started. */
function execute(call: RunCall, start: Start, context: CallContext): Observable<ToolEvent> {
  const { run, saved } = context;
  return unlessAborted(context, () => {
    run.calls?.begin(call, start.given);
    return concat(
      saved,
      unlessAborted(context, () => runNow(call, start, context)).pipe(
        catchError((error: unknown) => of(errorResult(call, error))),
      ),
    );
  });
}

/** Runs the tool. Aborts its signal if it is unsubscribed from before the tool has ended. */
function runNow(call: RunCall, { tool, input }: Start, { run }: CallContext): Observable<ToolEvent> {
  run.calls?.start(call);
  const { id, block } = call;
  const { name } = block;
  const controller = new AbortController();
  const { signal } = controller;
  const toolUse = { ...block, id, input: structuredClone(block.input) };
  const output = tool.run(input, { id, name, signal, toolUse, idempotencyKey: run.keyOf(call) });
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
  };
  return eventsOfOutput(call, output).pipe(
    tap({ complete: end, error: end }),
    finalize(() => {
      if (!hasEnded) controller.abort();
    }),
  );
}
