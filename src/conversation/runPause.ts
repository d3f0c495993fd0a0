import type { AnyEvent } from '../api/events.js';
import type { RunDecision, RunDecisions } from '../tools/runDecisions.js';
import type { RunState } from '../tools/runState.js';
import type { RunPausedEvent } from '../tools/toolEvents.js';
import { deepFrozenCopy } from '../utils/freeze.js';

/** A decision about a call. */
export interface Decision {
  readonly isApproved: boolean;
  /** Why the call was declined, for the model. */
  readonly reason?: string | undefined;
}

/** What a paused run is continued with. */
export interface PausedRun {
  readonly state: RunState;
  readonly decisions: RunDecisions;
}

/** The pause of a run, and the decisions about its calls, which may come before it. */
export class RunPause {
  /** The state of the run if it has paused, with its request or before the request has ended. */
  #state: RunState | undefined;
  /** By the ids of the calls. */
  readonly #decisions = new Map<string, Decision>();

  get hasPaused(): boolean {
    return this.#state !== undefined;
  }

  /** The ids of the calls that the paused run asks about, and about which there is no decision. */
  get undecided(): readonly string[] {
    return this.#askedIds.filter((id) => !this.#decisions.has(id));
  }

  /** What the run continues with, once it has paused and there is a decision about each call that waits. */
  get decided(): PausedRun | undefined {
    const state = this.#state;
    const ids = this.#askedIds;
    if (state === undefined || ids.length === 0 || this.undecided.length > 0) return undefined;
    const started = new Set(state.started.map(({ id }) => id));
    const decisions = ids.map((id): [string, RunDecision] => {
      const { isApproved = false, reason } = this.#decisions.get(id) ?? {};
      if (isApproved) return [id, started.has(id) ? 'repeat' : true];
      return [id, reason === undefined ? false : { approved: false, reason }];
    });
    return { state, decisions: Object.freeze(Object.fromEntries(decisions)) };
  }

  /** Notes that the run has paused. */
  start(event: AnyEvent): void {
    // A service may send less of the state, but not another event of this type.
    this.#state = deepFrozenCopy((event as RunPausedEvent).state);
  }

  decide(id: string, decision: Decision): void {
    this.#decisions.set(id, decision);
  }

  /** Notes that the run does not wait any more. */
  end(): void {
    this.#state = undefined;
  }

  get #askedIds(): readonly string[] {
    const { pending = [], started = [] } = this.#state ?? {};
    return [...pending, ...started].map(({ id }) => id);
  }
}
