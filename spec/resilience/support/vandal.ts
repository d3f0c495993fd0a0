/** Tries to write to an object in every way, and to everything in it, except to errors. A frozen object refuses. */
export function vandalize(value: unknown): void {
  const found = new Set<unknown>([value]);
  for (const item of found) {
    if (typeof item !== 'object' || item === null || item instanceof Error) continue;
    for (const field of Object.values(item)) found.add(field);
    for (const write of writesTo(item)) {
      try {
        write();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    }
  }
}

function writesTo(object: object): readonly (() => unknown)[] {
  const writes = Object.keys(object).flatMap((key) => [
    () => Reflect.set(object, key, 'written'),
    () => Reflect.defineProperty(object, key, { value: 'redefined' }),
    () => Reflect.deleteProperty(object, key),
  ]);
  return [
    ...(Array.isArray(object) ? arrayWrites(object) : []),
    ...writes,
    () => Reflect.set(object, 'added', 'written'),
    () => Reflect.setPrototypeOf(object, { inherited: 'written' }),
  ];
}

function arrayWrites(array: unknown[]): readonly (() => unknown)[] {
  return [
    () => array.push('written'),
    () => array.unshift('written'),
    () => array.splice(0, 1),
    () => array.reverse(),
    () => array.fill('written'),
    () => (array.length = 0),
  ];
}
