/** The options that have defaults, with those in the place of the ones that are not given. */
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
