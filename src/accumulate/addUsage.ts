import { defineField } from '../utils/fields.js';
import { isRecord } from '../utils/inspect.js';
import type { RunningUsage } from './usage.js';

/**
 * Adds two usages, such as those of two messages of a conversation. Numbers are added, at any depth and under any name;
 * arrays (`iterations`, `abandoned_attempts`) are concatenated. Anything else, such as `service_tier` or an object of
 * another `type`, is overwritten by the newer value; a field that is null or missing leaves the older one unchanged.
 *
 * @returns A new usage.
 * @example
 * let total: RunningUsage | undefined;
 * total = addUsage(total, message.usage); // after each message
 */
export function addUsage(older: RunningUsage | undefined, newer: RunningUsage | undefined): RunningUsage {
  // Both are usages, so an object with the fields of both is one.
  return sum(sum({ input_tokens: 0, output_tokens: 0 }, older), newer) as RunningUsage;
}

function sum(older: unknown, newer: unknown): unknown {
  if (newer === undefined || (newer === null && older !== undefined)) return older;
  if (typeof older === 'number' && typeof newer === 'number') return older + newer;
  if (Array.isArray(older) && Array.isArray(newer)) return [...(older as unknown[]), ...(newer as unknown[])];
  if (!isRecord(older) || !isRecord(newer) || older['type'] !== newer['type']) return newer;
  const total = { ...older };
  for (const [name, value] of Object.entries(newer)) {
    defineField(total, name, sum(Object.hasOwn(older, name) ? older[name] : undefined, value));
  }
  return total;
}
