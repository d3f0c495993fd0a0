/** Refuses options that are no numbers, or too small, at call time. Options that are undefined are not given. */
export function expectAtLeast(
  least: number,
  caller: string,
  options: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (typeof value === 'number' && value >= least)) continue;
    throw new RangeError(`${caller}: ${name} must be a number of at least ${least}, got ${String(value)}.`);
  }
}
