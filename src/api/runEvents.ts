import type { AnyEvent } from './events.js';

/**
 * The types of the events that `runTools` adds to those of the server. They do not come from the server, so they say
 * nothing about the connection.
 */
export const RUN_EVENTS: ReadonlySet<string> = new Set([
  'tool_approval_required',
  'tool_progress',
  'tool_result',
  'run_end',
  'run_paused',
]);

/** Whether an event is the last one of a run. */
export function endsRun({ type }: AnyEvent): boolean {
  return type === 'run_end' || type === 'run_paused';
}
