import { setField } from '../utils/fields.js';

/**
 * Computes a value once, when it is first read. A lazy value can be distinguished from a JSON value because it is a
 * function, which a JSON value never is.
 */
export type LazyValue = () => unknown;

export function isLazy(value: unknown): value is LazyValue {
  return typeof value === 'function';
}

export function createLazyValue(compute: () => unknown): LazyValue {
  let pending: (() => unknown) | undefined = compute;
  let value: unknown;
  return () => {
    if (pending !== undefined) value = pending();
    pending = undefined; // releases what the value is computed from
    return value;
  };
}

/** Returns the value itself; computes it first if it is lazy. */
export function force(value: unknown): unknown {
  return isLazy(value) ? value() : value;
}

/**
 * The hidden property with the lazy value. The getter finds it through a proxy and through the prototype chain, too.
 */
const LAZY = Symbol('lazy');

/** All objects use the same getter, so that V8 can give objects with the same keys the same hidden class. */
const LAZY_PROPERTY = {
  get(this: { readonly [LAZY]: LazyValue }): unknown {
    return this[LAZY]();
  },
  enumerable: true,
  configurable: true, // like a property of a parsed object
};

/** Stores a lazy value in an object, for the one property that `defineLazyProperty` then defines. */
export function attachLazyValue(object: object, value: LazyValue): void {
  Object.defineProperty(object, LAZY, { value });
}

/** Defines a property that computes the attached lazy value when it is read. */
export function defineLazyProperty(object: object, key: string): void {
  Object.defineProperty(object, key, LAZY_PROPERTY);
}

/** Freezes an object that was just created. Returns it, or a copy in which the named field is a getter if it is lazy. */
export function freezeWithLazyField<Fields extends object>(fields: Fields, lazyName: keyof Fields & string): Fields {
  return isLazy(fields[lazyName]) ? (fillWithLazyField({}, fields, lazyName) as Fields) : Object.freeze(fields);
}

/** Writes fields to an empty object and freezes it. The named field becomes a getter if its value is lazy. */
export function fillWithLazyField(target: Record<string, unknown>, fields: object, lazyName: string): object {
  const value: unknown = Reflect.get(fields, lazyName);
  if (isLazy(value)) attachLazyValue(target, value);
  for (const [name, field] of Object.entries(fields)) {
    if (name === lazyName && isLazy(value)) defineLazyProperty(target, name);
    else setField(target, name, field);
  }
  return Object.freeze(target);
}
