import { concatMap, defer, from, Observable, tap } from 'rxjs';
import {
  defineTool,
  defineToolset,
  resumeRun,
  runTools,
  type MessageCreateParams,
  type MessageStreamEvent,
  type RunDecision,
  type RunState,
  type RunToolsEvent,
  type RunToolsOptions,
  type ToolContext,
  type ToolUseBlock,
} from '../../../src/index.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { z } from 'zod';
import { refusalOf } from '../../history/support/api.js';
import { restart } from '../../support/events.js';
import { params } from './turns.js';

/** The names of the tools: `ask` needs approval, `read` is idempotent, and `click` belongs to a toolset. */
export const TOOLS = ['write', 'ask', 'read', 'click'] as const;
export type ToolName = (typeof TOOLS)[number];

/** What the model writes in one turn. */
export interface ScriptedTurn {
  readonly calls: readonly ToolName[];
  /** After how many events the first attempt is withdrawn, if it is. */
  readonly restartAfter?: number | undefined;
}

/** Decides what happens next: returns a number from 0 to `count` - 1. */
export type Choose = (count: number) => number;

/**
 * A run whose process may end at any moment. Whatever takes time (an event of a message, a tool, a save) waits until it is
 * chosen to happen next.
 */
export class CrashingRun {
  /** The idempotency keys of the tools that were started, in order. */
  readonly effects: string[] = [];
  /** The keys of the calls that somebody has asked to run again. */
  readonly repeats: string[] = [];
  readonly idempotentKeys = new Set<string>();
  readonly problems: string[] = [];
  processes = 0;
  /** How many steps all processes have taken. */
  steps = 0;
  #stored: string | undefined;
  #ids = 0;
  #waiting: { readonly happen: () => void }[] = [];
  #last: RunToolsEvent | undefined;
  readonly #script: readonly ScriptedTurn[];
  readonly #choose: Choose;
  /** Whether a state is stored when its save begins, or when it ends. */
  readonly #storesEarly: boolean;

  constructor(script: readonly ScriptedTurn[], choose: Choose, storesEarly: boolean) {
    this.#script = script;
    this.#choose = choose;
    this.#storesEarly = storesEarly;
  }

  get stored(): RunState | undefined {
    return this.#stored === undefined ? undefined : (JSON.parse(this.#stored) as RunState);
  }

  /**
   * Runs a process until its run ends or pauses, or until it has taken this many steps. A process with a limit is given no
   * decisions. Returns the last event, unless the process is killed.
   */
  process(maxSteps = Infinity): RunToolsEvent | undefined {
    this.processes += 1;
    this.#waiting = [];
    this.#last = undefined;
    const subscription = this.#run(maxSteps === Infinity).subscribe({
      next: (event) => (this.#last = event),
      error: (error: unknown) => this.problems.push(`failed: ${String(error)}`),
    });
    for (let step = 0; step < maxSteps && this.#waiting.length > 0; step += 1) {
      this.steps += 1;
      const [next] = this.#waiting.splice(this.#choose(this.#waiting.length), 1);
      next?.happen();
    }
    const hasEnded = subscription.closed;
    if (!hasEnded && this.#waiting.length === 0) this.problems.push('hangs');
    subscription.unsubscribe();
    return hasEnded ? this.#last : undefined;
  }

  #run(hasDecisions: boolean): Observable<RunToolsEvent> {
    const { stored } = this;
    const decisions = stored !== undefined && hasDecisions ? this.#decisions(stored) : {};
    if (stored !== undefined) return resumeRun(stored, decisions, params, this.#options);
    if (this.effects.length > 0) this.problems.push('a tool was started before any state was saved');
    return runTools(params, this.#options);
  }

  #decisions({ pending, started }: RunState): Record<string, RunDecision> {
    const approvals: RunDecision[] = [true, false, { approved: false, reason: 'No.' }, { result: 'By hand.' }];
    const repairs: RunDecision[] = ['repeat', false, { result: 'By hand.' }];
    return Object.fromEntries([
      ...pending.map(({ id }) => [id, approvals[this.#choose(approvals.length)]] as const),
      ...started.map(({ id, name }) => {
        const decision = repairs[this.#choose(repairs.length)];
        if (decision === 'repeat' && name !== 'read') this.repeats.push(id);
        return [id, decision] as const;
      }),
    ]) as Record<string, RunDecision>;
  }

  get #options(): RunToolsOptions {
    const run = (_: unknown, context: ToolContext): Observable<string> => this.#runTool(context);
    const input = z.object({});
    return {
      tools: [
        defineTool({ name: 'write', input, run }),
        defineTool({ name: 'ask', input, run, needsApproval: true }),
        defineTool({ name: 'read', input, run, idempotent: true }),
        defineToolset({ type: 'browser_toolset_20260801', run }),
      ],
      concurrency: 2,
      maxTurns: 50,
      onTool: ({ needsApproval }) => !needsApproval || 'pause',
      onState: (state) => this.#save(state),
      request: (asked) => this.#answer(asked),
    };
  }

  #runTool({ idempotencyKey, name }: ToolContext): Observable<string> {
    this.effects.push(idempotencyKey);
    if (name === 'read') this.idempotentKeys.add(idempotencyKey);
    return this.#later('done');
  }

  #save(state: RunState): Observable<unknown> {
    const json = JSON.stringify(state);
    const { revision } = state;
    return defer(() => {
      if (revision !== (this.stored?.revision ?? 0) + 1) this.problems.push(`revision ${revision} is out of order`);
      if (this.#storesEarly) this.#stored = json;
      return this.#later(0).pipe(tap(() => (this.#stored = json)));
    });
  }

  #answer(asked: MessageCreateParams): Observable<MessageStreamEvent> {
    const refusal = refusalOf(asked);
    if (refusal !== undefined) this.problems.push(`refused: ${refusal}`);
    const written = asked.messages.filter(({ role }) => role === 'assistant').length;
    const { calls = [], restartAfter = 0 } = this.#script[written] ?? {};
    const withdrawn = this.#message(calls).slice(0, restartAfter);
    const events = [...withdrawn, ...(withdrawn.length > 0 ? [restart()] : []), ...this.#message(calls)];
    return from(events).pipe(concatMap((event) => this.#later(event)));
  }

  #message(calls: readonly ToolName[]): MessageStreamEvent[] {
    const content = calls.map((name): ToolUseBlock => {
      this.#ids += 1;
      const toolset = name === 'click' ? { toolset_name: 'browser' } : {};
      return { type: 'tool_use', id: `toolu_${this.#ids}`, name, input: {}, ...toolset };
    });
    return eventsOf(buildMessage({ id: `msg_${this.#ids}`, content: ['Well.', ...content] }));
  }

  #later<T>(value: T): Observable<T> {
    return new Observable<T>((subscriber) => {
      const entry = {
        happen: () => {
          subscriber.next(value);
          subscriber.complete();
        },
      };
      this.#waiting.push(entry);
      return () => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
      };
    });
  }
}
