import { isEvent, type AnyEvent } from '../api/events.js';
import type { Usage } from '../api/message.js';
import { overwrite } from './overwrite.js';

/** Usage while a message streams. */
export interface RunningUsage extends Usage {
  /** What each attempt that was withdrawn by a `message_restart` had cost, as far as it had said, oldest first. */
  readonly abandoned_attempts?: readonly Usage[];
}

/**
 * Takes the next event.
 *
 * @returns The usage after the event; the same object if the event says nothing about it.
 */
export function accumulateUsage(usage: RunningUsage | undefined, event: AnyEvent): RunningUsage | undefined {
  if (isEvent(event, 'message_delta')) return usage && overwrite(usage, event.usage);
  if (isEvent(event, 'message_start')) {
    const { usage: begun } = event.message;
    const abandoned = usage?.abandoned_attempts;
    return { ...begun, ...(abandoned && { abandoned_attempts: abandoned }) };
  }
  if (isEvent(event, 'message_restart') && usage !== undefined) {
    const { abandoned_attempts: abandoned = [], ...attempt } = usage;
    return { input_tokens: 0, output_tokens: 0, abandoned_attempts: [...abandoned, attempt] };
  }
  return usage;
}

/** Makes a function that takes each event, and tells the usage whenever an event has changed it. */
export function createUsageWatcher(onChange: (usage: RunningUsage) => void): (event: AnyEvent) => void {
  let usage: RunningUsage | undefined;
  return (event) => {
    const changed = accumulateUsage(usage, event);
    if (changed === undefined || changed === usage) return;
    usage = changed;
    onChange(changed);
  };
}
