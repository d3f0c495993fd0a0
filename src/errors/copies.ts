/*
 * A program may load the package twice: as an ES module and as CommonJS, or in two versions. Each copy has its own classes,
 * but `instanceof` recognises the errors of every copy.
 *
 * All copies know the mark that an error carries. Its class, and each class that it inherits from, has a getter `name` on
 * its prototype. A subclass without one, as programs declare it, has no counterpart in another copy.
 */
import { readPath } from '../utils/inspect.js';

const MARK = Symbol.for('rxjs-anthropic.error');

/** Marks an error as one of this package. The mark is neither printed nor copied nor sent. */
export function markError(error: Error): void {
  Object.defineProperty(error, MARK, { value: true });
}

/**
 * Whether a value is an instance of a class of errors, or of the class of the same name in another copy of the package.
 * For the `Symbol.hasInstance` of the class.
 */
export function isInstanceInAnyCopy(errorClass: { readonly prototype: object }, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(errorClass, value)) return true;
  if (typeof value !== 'object' || value === null || !(MARK in value)) return false;
  const expected = namedPrototypes(errorClass.prototype);
  const found = namedPrototypes(value);
  const isOfThisCopy = found.some((prototype) => expected.includes(prototype));
  if (isOfThisCopy || expected[0] !== errorClass.prototype) return false;
  const names = found.map(nameOf);
  return expected.every((prototype) => names.includes(nameOf(prototype)));
}

/** Returns the objects in a chain of prototypes, from the object itself on, that have a getter `name`. */
function namedPrototypes(object: object): object[] {
  const prototypes: object[] = [];
  for (let next: object | null = object; next !== null; next = Object.getPrototypeOf(next) as object | null) {
    if (Object.getOwnPropertyDescriptor(next, 'name')?.get) prototypes.push(next);
  }
  return prototypes;
}

function nameOf(prototype: object): unknown {
  return readPath(prototype, 'name');
}
