import type { OpenContainer } from './openContainer.js';

/**
 * The items of an array that have ended, from the one at index `from` on; none if there is no array. Costs what they are
 * many: nothing that is open is copied.
 *
 * @param innermost - The innermost container that is open.
 * @param path - Where the array is in the value of the text.
 */
export function endedItems(innermost: OpenContainer, path: readonly (string | number)[], from: number): unknown[] {
  let depth = 0;
  for (let at = innermost; at.outer !== undefined; at = at.outer) depth++;
  let level = 0;
  while (level <= path.length && level < depth && around(innermost, depth - level)?.at === stepAt(path, level)) level++;
  const container = around(innermost, depth - level);
  let value: unknown = container?.items;
  for (let at = level; at <= path.length; at++) value = ownField(value, stepAt(path, at));
  if (!Array.isArray(value)) return [];
  return value.slice(from, level > path.length ? Number(container?.at) : undefined);
}

/** The container that is so many levels around another. */
function around(inner: OpenContainer, levels: number): OpenContainer | undefined {
  let container: OpenContainer | undefined = inner;
  for (let level = 0; level < levels; level++) container = container?.outer;
  return container;
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
