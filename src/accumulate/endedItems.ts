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
  const depth = open.length - 1;
  let level = 0;
  while (level <= path.length && level < depth && open[depth - level]?.at === stepAt(path, level)) level++;
  const container = open[depth - level];
  let value: unknown = container?.items;
  for (let at = level; at <= path.length; at++) value = ownField(value, stepAt(path, at));
  if (!Array.isArray(value)) return [];
  return value.slice(from, level > path.length ? Number(container?.at) : undefined);
}

/** Where what is at a level is in the container around it: the value of the text is the only item of an array. */
function stepAt(path: readonly (string | number)[], level: number): string | number {
  return path[level - 1] ?? 0;
}

function ownField(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
