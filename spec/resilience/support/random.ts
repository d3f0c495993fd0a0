/** Random choices, which are the same for the same seed. */
export interface Random {
  /** A number from 0, inclusive, to 1, exclusive. */
  next(): number;
  /** An integer from 0 to below `limit`. */
  below(limit: number): number;
  /** Returns true with that probability. */
  chance(probability: number): boolean;
  /** One of the values. Throws if there are none. */
  pick<T>(values: readonly T[]): T;
}

/** @param seed - Any integer (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError('there is nothing to pick from');
      return value;
    },
  };
}
