import { safeStringify } from './safeStringify.js';

/** Sets an own field of any name. Unlike an assignment, it also creates a field named `__proto__`. */
export function defineField(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Whether two JSON values are equal, including the order of their fields. Any other value is equal only to itself. */
export function isSameJson(older: unknown, newer: unknown): boolean {
  return older === newer || (typeof newer === 'object' && (safeStringify(newer) ?? newer) === safeStringify(older));
}
