import { safeStringify } from './safeStringify.js';

/** Sets an own field of any name. Unlike an assignment, it also creates a field named `__proto__`. */
export function defineField(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Sets an own field of any name, with an assignment where that does the same as `defineField`, because it takes a
 * tenth of the time. An assignment to `__proto__` would set the prototype; one to `toString` throws if Object.prototype
 * is frozen.
 */
export function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name in Object.prototype) defineField(fields, name, value);
  else fields[name] = value;
}

/** Whether two JSON values are equal, including the order of their fields. Any other value is equal only to itself. */
export function isSameJson(older: unknown, newer: unknown): boolean {
  return older === newer || (typeof newer === 'object' && (safeStringify(newer) ?? newer) === safeStringify(older));
}
