/**
 * Counts what built-in functions process, which the count of executed blocks does not show: the characters that a search
 * reads, the items that a method of an array visits, the fields that are listed. The count of bytes covers copies.
 */

/** Returns how much one call processes: a call on `self`, with `args` and this `result`. */
type Size = (self: unknown, args: readonly unknown[], result: unknown) => number;

const sizeOf = (value: unknown): number => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
};

const all: Size = (self) => sizeOf(self);
const argument: Size = (_, [first]) => sizeOf(first);
const result: Size = (_self, _args, made) => sizeOf(made);

/** The distance from the start of a search to what it found, or to the end. */
const searched: Size = (self, [, from], found) => {
  const start = typeof from === 'number' ? from : 0;
  return (typeof found === 'number' && found >= 0 ? found : sizeOf(self)) - start;
};

/** How much a pattern has read, as far as its result shows. */
const matched: Size = (_, [text], found) => (isMatch(found) ? found.index + found[0].length : sizeOf(text));

function isMatch(found: unknown): found is RegExpExecArray {
  return Array.isArray(found) && 'index' in found;
}

const watched: readonly (readonly [owner: object, name: string, size: Size, methods: readonly PropertyKey[]])[] = [
  [String.prototype, 'String', searched, ['indexOf', 'includes']],
  [String.prototype, 'String', all, ['lastIndexOf', 'split', 'search', 'match', 'matchAll', 'replace', 'replaceAll']],
  [String.prototype, 'String', all, ['toLowerCase', 'toUpperCase', 'normalize', 'isWellFormed', Symbol.iterator]],
  [RegExp.prototype, 'RegExp', matched, ['exec']],
  [JSON, 'JSON', argument, ['parse']],
  [JSON, 'JSON', result, ['stringify']],
  [Array.prototype, 'Array', result, ['slice', 'concat', 'flat', 'flatMap', 'join']],
  [
    Array.prototype,
    'Array',
    all,
    ['splice', 'shift', 'unshift', 'reverse', 'sort', 'fill', 'map', 'filter', 'forEach'],
  ],
  [Array.prototype, 'Array', all, ['some', 'every', 'find', 'findIndex', 'findLast', 'reduce', 'reduceRight']],
  [Array.prototype, 'Array', all, ['includes', 'indexOf', 'lastIndexOf', 'keys', 'values', 'entries', Symbol.iterator]],
  [Map.prototype, 'Map', all, ['forEach', 'keys', 'values', 'entries', Symbol.iterator]],
  [Set.prototype, 'Set', all, ['forEach', 'keys', 'values', 'entries', Symbol.iterator]],
  [Object, 'Object', argument, ['keys', 'values', 'entries', 'freeze', 'getOwnPropertyNames']],
  [Object, 'Object', result, ['assign', 'fromEntries']],
];

/** Counts by function name while `work` runs, then restores the built-in functions. */
export async function countingBuiltins(work: () => unknown): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let isCounting = false;
  const restores: (() => void)[] = [];
  for (const [owner, ownerName, size, methods] of watched) {
    for (const method of methods) {
      const before = Object.getOwnPropertyDescriptor(owner, method);
      const original: unknown = before?.value;
      if (before === undefined || typeof original !== 'function') continue; // newer than this Node
      const name = `${ownerName}.${String(method)}`;
      const count = (self: unknown, args: readonly unknown[], made: unknown): void => {
        isCounting = true; // what counting itself calls does not count
        counts.set(name, (counts.get(name) ?? 0) + size(self, args, made));
        isCounting = false;
      };
      const value = function (this: unknown, ...args: unknown[]): unknown {
        const made: unknown = Reflect.apply(original, this, args);
        if (!isCounting) count(this, args, made);
        return made;
      };
      Object.defineProperty(owner, method, { ...before, value });
      restores.push(() => Object.defineProperty(owner, method, before));
    }
  }
  try {
    await work();
  } finally {
    while (restores.length > 0) restores.pop()?.();
  }
  return counts;
}
