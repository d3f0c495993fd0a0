/** Refuses an option that is none of its values, at call time. An option that is undefined is not given. */
export function expectOneOf(caller: string, name: string, value: unknown, values: readonly string[]): void {
  if (value === undefined || values.some((one) => one === value)) return;
  const list = values.map((one) => `'${one}'`).join(', ');
  throw new TypeError(`${caller}: ${name} must be one of ${list}, got ${said(value)}.`);
}

function said(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value;
}
