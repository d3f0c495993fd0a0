/**
 * Compares two values by what they contain, as `toEqual` of test runners does: a field that is undefined is like a missing
 * one. Errors are equal if they have the same name, message and fields. Maps and sets are compared in order.
 */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (isIterable(a) && isIterable(b)) return isEqualList([...a], [...b]);
  if (a instanceof Error && b instanceof Error && (a.name !== b.name || a.message !== b.message)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isDeepEqual(Reflect.get(a, name), Reflect.get(b, name)));
}

function isEqualList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => isDeepEqual(item, b[i]));
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}
