/** Refuses an option that is none of its values, at call time. An option that is undefined is not given. */
export function expectOneOf(caller: string, name: string, value: unknown, values: readonly unknown[]): void {
  if (value === undefined || values.includes(value)) return;
  throw new TypeError(`${caller}: ${name} must be one of ${values.map(said).join(', ')}, got ${said(value)}.`);
}

function said(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value;
}
