import { defineField } from '../utils/fields.js';

/** An array or object, by its indexes or keys. */
type Container = Record<string | number, unknown>;

/**
 * An array or object while it is open.
 *
 * What it holds is written to; what is handed out are copies, made only where something has changed since the last. A closed
 * one is final: every later value shares it, and one that was never handed out while open is never copied.
 */
export interface OpenContainer {
  readonly isArray: boolean;
  /** What it holds: also what is open in it, as it was last shown, or what makes that later. */
  items: Container;
  /** The indexes or keys of that, in the order in which they came. */
  readonly places: (string | number)[];
  /** The index or key of the current item or property. */
  at: string | number;
  /** The copy that was handed out, or what makes it later, as long as nothing has changed since. */
  shown: unknown;
  /** The one that it is in. */
  readonly outer: OpenContainer | undefined;
}

/** From how many properties on an object is wide: V8 then copies it many times as slowly. */
const WIDE_OBJECT = 16;

/** From how many items on an array is wide. */
const WIDE_ARRAY = 64;

/**
 * Makes the value that a wide container had at one moment, once, when it is first looked at: so a reader who looks at
 * every value of a text, but not at all of it each time, does not pay for all of it each time. Told from a value by being
 * a function, which no value of JSON is.
 */
type Later = () => unknown;

function isLater(value: unknown): value is Later {
  return typeof value === 'function';
}

/** The value, made if it has not been. */
export function force(value: unknown): unknown {
  return isLater(value) ? value() : value;
}

export function openContainer(isArray: boolean, outer?: OpenContainer): OpenContainer {
  // An array is only asked for its indexes.
  return { isArray, items: isArray ? ([] as object as Container) : {}, places: [], at: 0, shown: undefined, outer };
}

/** Sets the current item or property; replaces what was set there. */
export function setCurrent(container: OpenContainer, value: unknown): void {
  const { items, places, at } = container;
  if (!Object.hasOwn(items, at)) places.push(at);
  else if (Object.is(items[at], value)) return;
  setField(items, at, value);
  container.shown = undefined;
}

/** Makes the item of an array at an index, or the property of an object of a key, the current one. */
export function moveTo(container: OpenContainer, at: string | number): void {
  container.at = at;
  // A key that comes again changes what is not the last property: copies that are made later need the value before.
  if (Object.hasOwn(container.items, at)) container.items = { ...container.items };
}

/** A copy of the container as it is now, or what makes it later. */
export function copyOf({ items, places, at }: OpenContainer): unknown {
  const count = places.length;
  // Only the current item or property changes after it was set, so those before it are still the same later on.
  if (Array.isArray(items)) {
    const list: unknown[] = items;
    const last = list.at(-1);
    if (count < WIDE_ARRAY && !isLater(last)) return list.slice();
    return once(() => list.slice(0, count).fill(force(last), count - 1));
  }
  const current = Object.hasOwn(items, at) ? items[at] : undefined;
  if (count < WIDE_OBJECT) return isLater(current) ? objectOf(items, places, at, current) : { ...items };
  return once(() => objectOf(items, places.slice(0, count), at, force(current)));
}

function once(make: Later | undefined): Later {
  let value: unknown;
  return () => {
    if (make !== undefined) value = make();
    make = undefined; // lets go of what the value is made from
    return value;
  };
}

/** The property of an object that holds what makes another one of its properties: a proxy and a prototype pass it on too. */
const LATER = Symbol('later');

/** One getter for all lets V8 share the shape of the objects: that makes them fast. So does the order of their properties. */
const MADE_LATER = {
  get(this: { readonly [LATER]: Later }): unknown {
    return this[LATER]();
  },
  enumerable: true,
  configurable: true,
};

/** An object with some properties, but for the one at `at`: `current`, or what makes that when it is looked at. */
function objectOf(items: Container, keys: OpenContainer['places'], at: string | number, current: unknown): Container {
  const object: Container = {};
  if (isLater(current)) Object.defineProperty(object, LATER, { value: current });
  for (const key of keys) {
    if (key !== at) setField(object, key, items[key]);
    else if (isLater(current)) Object.defineProperty(object, key, MADE_LATER);
    else setField(object, key, current);
  }
  return object;
}

function setField(object: Container, key: string | number, value: unknown): void {
  // Assigning to `__proto__` would set the prototype; to `toString`, throw where Object.prototype is frozen.
  if (key in Object.prototype) defineField(object, String(key), value);
  else object[key] = value;
}
