import { lastValueFrom, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  defineTool,
  resumeRun,
  runTools,
  type RunDecisions,
  type RunState,
  type RunToolsEvent,
  type RunToolsOptions,
  type ToolContext,
} from '../../../src/index.js';
import type { Answers } from './turns.js';
import { params } from './turns.js';

/** The calls that the tools of a spec have run. */
export class Ran {
  readonly log: string[] = [];
  readonly keys: string[] = [];
  /** Needs approval. */
  readonly refund = defineTool({
    name: 'refund',
    input: z.object({ euros: z.number().max(1000) }),
    needsApproval: true,
    run: ({ euros }, context) => this.#run(`refund ${euros}`, context),
  });
  readonly mail = defineTool({ name: 'mail', input: z.object({}), run: (_, context) => this.#run('mail', context) });
  readonly read = defineTool({
    name: 'read',
    input: z.object({}),
    idempotent: true,
    run: (_, context) => this.#run('read', context),
  });

  get tools(): RunToolsOptions['tools'] {
    return [this.refund, this.mail, this.read];
  }

  #run(what: string, { idempotencyKey }: ToolContext): string {
    this.log.push(what);
    this.keys.push(idempotencyKey);
    return `${what}: done`;
  }
}

export const pauseIfNeeded: RunToolsOptions['onTool'] = ({ needsApproval }) => !needsApproval || 'pause';

export function eventsOfRun(run: Observable<RunToolsEvent>): Promise<RunToolsEvent[]> {
  return lastValueFrom(run.pipe(toArray()));
}

/** Returns the state of a run whose last event is `run_paused`, as another process reads it. */
export function pausedIn(events: readonly RunToolsEvent[]): RunState {
  const last = events.at(-1);
  if (last?.type !== 'run_paused') throw new Error(`no run_paused, but ${String(last?.type)}`);
  return JSON.parse(JSON.stringify(last.state)) as RunState;
}

/** Runs until the run pauses. */
export async function pausedRun(answers: Answers, ran: Ran, options: Partial<RunToolsOptions> = {}): Promise<RunState> {
  const all = { tools: ran.tools, onTool: pauseIfNeeded, request: answers.request, ...options };
  return pausedIn(await eventsOfRun(runTools(params, all)));
}

/** Resumes a run in another process. */
export function resumed(
  state: RunState,
  decisions: RunDecisions,
  answers: Answers,
  ran: Ran,
  options: Partial<RunToolsOptions> = {},
): Promise<RunToolsEvent[]> {
  const all = { tools: ran.tools, request: answers.request, ...options };
  return eventsOfRun(resumeRun(state, decisions, params, all));
}
