import type { OpenContainer } from './openContainer.js';

/**
 * The items of an array that have ended, from the one at index `from` on; none if there is no array. Costs what they are
 * many: nothing that is open is copied.
 *
 * @param innermost - The innermost container that is open.
 * @param path - Where the array is in the value of the text.
 */
export function endedItems(innermost: OpenContainer, path: readonly (string | number)[], from: number): unknown[] {
  const open: OpenContainer[] = [];
  for (let at: OpenContainer | undefined = innermost; at !== undefined; at = at.outer) open.push(at);
  open.reverse();
  const steps = [0, ...path]; // the value is the item of an array
  let level = 0;
  while (level < steps.length && open[level + 1] !== undefined && open[level]?.at === steps[level]) level++;
  const container = open[level];
  let value: unknown = container?.items;
  for (const step of steps.slice(level)) value = ownField(value, step);
  if (!Array.isArray(value)) return [];
  return value.slice(from, level === steps.length ? Number(container?.at) : undefined);
}

function ownField(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
