import { isEvent, type AnyEvent } from '../api/events.js';
import type { Usage } from '../api/usage.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { overwrite } from './overwrite.js';

/** Usage while a message streams. */
export interface RunningUsage extends Usage {
  /** The last known usage of each attempt that a `message_restart` has withdrawn, oldest first. */
  readonly abandoned_attempts?: readonly Usage[];
}

/** Returns the usage of a message that starts: zeros if a gateway left it out. */
export function initialUsage({ usage }: { readonly usage?: Usage | null }): Usage {
  return usage ?? { input_tokens: 0, output_tokens: 0 };
}

/**
 * Adds the next event to the usage so far.
 *
 * @returns The usage after the event; the same object if the event does not change it.
 */
export function accumulateUsage(usage: RunningUsage | undefined, event: AnyEvent): RunningUsage | undefined {
  if (isEvent(event, 'message_delta')) return usage && overwrite(usage, deepFrozenCopy(event.usage));
  if (isEvent(event, 'message_start')) {
    const initial = deepFrozenCopy(initialUsage(event.message));
    const abandoned = usage?.abandoned_attempts;
    return Object.freeze({ ...initial, ...(abandoned && { abandoned_attempts: abandoned }) });
  }
  if (isEvent(event, 'message_restart') && usage !== undefined) {
    const { abandoned_attempts: abandoned = [], ...attempt } = usage;
    const attempts = Object.freeze([...abandoned, Object.freeze(attempt)]);
    return Object.freeze({ input_tokens: 0, output_tokens: 0, abandoned_attempts: attempts });
  }
  return usage;
}

/**
 * Creates a function to call with each event. That function calls `onChange` whenever an event has changed the usage.
 */
export function createUsageWatcher(onChange: (usage: RunningUsage) => void): (event: AnyEvent) => void {
  let usage: RunningUsage | undefined;
  return (event) => {
    const changed = accumulateUsage(usage, event);
    if (changed === undefined || changed === usage) return;
    usage = changed;
    onChange(changed);
  };
}
