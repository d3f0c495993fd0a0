/**
 * Checks numeric options at call time. Accepts undefined, which means that an option was not given.
 *
 * @throws {RangeError} If an option is not a number or is less than `least`. The message names the caller and the
 * option.
 */
export function expectAtLeast(
  least: number,
  caller: string,
  options: Readonly<Record<string, number | undefined>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (typeof value === 'number' && value >= least)) continue;
    throw new RangeError(`${caller}: ${name} must be a number of at least ${least}, got ${show(value)}.`);
  }
}

/**
 * Checks options that are fractions, at call time. Accepts undefined, which means that an option was not given.
 *
 * @throws {RangeError} If an option is not a number from 0 to 1. The message names the caller and the option.
 */
export function expectFraction(caller: string, options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (typeof value === 'number' && value >= 0 && value <= 1)) continue;
    throw new RangeError(`${caller}: ${name} must be a number from 0 to 1, got ${show(value)}.`);
  }
}

/**
 * Checks an option that has a fixed set of values, at call time. Accepts undefined, which means that it was not given.
 *
 * @throws {TypeError} If the value is not one of `values`. The message names the caller, the option and the values.
 */
export function expectOneOf(caller: string, name: string, value: unknown, values: readonly unknown[]): void {
  if (value === undefined || values.includes(value)) return;
  throw new TypeError(`${caller}: ${name} must be one of ${values.map(quote).join(', ')}, got ${quote(value)}.`);
}

/**
 * Checks options that are functions, at call time. Accepts undefined, which means that an option was not given.
 *
 * @throws {TypeError} If an option is not a function. The message names the caller and the option.
 */
export function expectFunctions(caller: string, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) if (value !== undefined) expectFunction(caller, name, value);
}

/**
 * Checks a required argument, at call time.
 *
 * @throws {TypeError} If it is not a function. The message names the caller and the argument.
 */
export function expectFunction(caller: string, name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${caller}: ${name} must be a function, got ${quote(value)}.`);
}

/**
 * Checks a signal, at call time. Accepts undefined. Does not use `instanceof`, which is false for a signal of another
 * realm.
 *
 * @throws {TypeError} If the value is not an `AbortSignal`, for example if it is an `AbortController`.
 */
export function expectSignal(caller: string, signal: unknown): void {
  if (signal === undefined || (typeof signal === 'object' && signal !== null && 'aborted' in signal)) return;
  throw new TypeError(`${caller}: signal must be an AbortSignal.`);
}

/** Describes a value whose type is wrong. */
function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value;
}

/** Describes a value that is not a valid number. Quotes a string, such as one from an environment variable: '3' is not 3. */
export function show(value: unknown): string {
  return typeof value === 'string' ? quote(value) : String(value);
}

/** Returns the defaults, overwritten by the options that are given. Options without a default are left out. */
export function withDefaults<Defaults extends object>(
  defaults: Defaults,
  options: { readonly [Name in keyof Defaults]?: Defaults[Name] | undefined },
): Defaults {
  const all = { ...defaults };
  for (const name in defaults) {
    const value = options[name];
    if (value !== undefined) all[name] = value;
  }
  return all;
}

/** Options whose fields are not undefined, although some may be absent. */
export type Given<Options> = { [Name in keyof Options]: Exclude<Options[Name], undefined> };
