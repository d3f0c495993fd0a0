import type { IncrementalJsonParser } from './incrementalJsonParser.js';
import { OpenArray, readOwn, type OpenContainer } from './openContainer.js';

/**
 * Returns the complete items of an array, starting at an index. Returns an empty array if there is no array at the
 * path. A complete item never changes. Unlike reading `value`, this copies only the items that it returns, so the cost
 * does not depend on the number of items before the index.
 *
 * @param path - The keys and indexes that lead from the top-level value to the array.
 * @param from - The index of the first item to return.
 */
export function completeItems(
  parser: IncrementalJsonParser,
  path: readonly (string | number)[],
  from: number,
): unknown[] {
  const found = valueAt(parser, path);
  if (found instanceof OpenArray) return found.itemsBeforeCurrent(from);
  return Array.isArray(found) ? found.slice(from) : [];
}

/**
 * Returns an object that identifies the array at a path, whether it is open or closed. It is another one if the array
 * was replaced, because a key on the path was repeated, and also if `value` was read before the array closed. Returns
 * undefined if there is no array.
 */
export function identifyArray(parser: IncrementalJsonParser, path: readonly (string | number)[]): object | undefined {
  const found = valueAt(parser, path);
  if (found instanceof OpenArray) return found.identity;
  return Array.isArray(found) ? found : undefined;
}

/** Returns the value at a path, or the container that is open there. */
function valueAt({ innermost }: IncrementalJsonParser, path: readonly (string | number)[]): unknown {
  // The outermost container has the top-level value as its only item.
  const steps = [0, ...path];
  const open = openContainers(innermost);
  let container = open[0];
  let depth = 0;
  // Follow the path through the open containers while each step is the item or property that is being read.
  while (depth < steps.length && open[depth + 1] !== undefined && open[depth]?.currentKey === steps[depth]) {
    depth += 1;
    container = open[depth];
  }
  if (depth === steps.length) return container;
  // The rest of the path leads through closed containers.
  const [step = 0, ...rest] = steps.slice(depth);
  return rest.reduce(readOwn, container?.read(step));
}

/** All open containers, from the outermost to the innermost. */
function openContainers(innermost: OpenContainer): OpenContainer[] {
  const containers: OpenContainer[] = [];
  for (let at: OpenContainer | undefined = innermost; at !== undefined; at = at.outer) containers.push(at);
  return containers.reverse();
}
