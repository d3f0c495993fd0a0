import { defer, EMPTY, of, type Observable } from 'rxjs';
import { runTool, type CallContext } from './runTool.js';
import { Slots } from './slots.js';
import type { ToolEvent } from './toolEvents.js';
import { afterFailureResult, notRunResult } from './toolResult.js';
import type { RunCall } from './turnCalls.js';

/** Runs the calls of one run. */
export class CallRunner {
  readonly #context: CallContext;
  /** Makes the calls of each toolset wait for one another, by the name of the toolset. */
  readonly #lanes = new Map<string, Slots>();

  constructor(context: CallContext) {
    this.#context = context;
  }

  /**
   * Returns an Observable that runs a call when it is subscribed to, and emits its progress and its result. A call of a
   * toolset waits for the earlier ones, since the model planned them as a sequence. It is not run if one of them has
   * failed, and it is held if one of them is.
   */
  run(call: RunCall): Observable<ToolEvent> {
    const { toolset_name: toolset } = call.block;
    const outcome = runTool(call, this.#context);
    if (typeof toolset !== 'string') return outcome;
    const { run } = this.#context;
    return this.#laneOf(toolset).run(
      defer(() => {
        if (run.calls?.hasFailedBefore(call) === true) return of(afterFailureResult(call));
        return run.calls?.isToolsetHeld(call) === true ? EMPTY : outcome;
      }),
    );
  }

  /** Returns the outcome of a call that is not run, because the message ended before the model had moved on from it. */
  refuse(call: RunCall, stopReason: string | null): Observable<ToolEvent> {
    return of(notRunResult(call, stopReason));
  }

  #laneOf(toolset: string): Slots {
    const lane = this.#lanes.get(toolset) ?? new Slots(1);
    this.#lanes.set(toolset, lane);
    return lane;
  }
}
