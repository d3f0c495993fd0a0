/**
 * The value of a JSON text that is still being read.
 *
 * It is written to containers of its own. What `value` hands out are copies of those that are open, made only where
 * something changed since the last copy. A closed container is final: every later value shares it, and one that was
 * never handed out while open is never copied.
 */
export class JsonTree {
  readonly #root = new Frame(true);
  readonly #open: Frame[] = [];
  #innermost = this.#root;

  /** How many containers are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the innermost open container is an array. */
  get isInArray(): boolean {
    return Array.isArray(this.#innermost.container);
  }

  /** The value so far, `undefined` before its beginning. What it returned is never written to again. */
  get value(): unknown {
    // Only the innermost container is written to: around one that has not changed, nothing has.
    for (let level = this.#open.length - 1; level >= 0; level--) {
      const frame = this.#open[level];
      if (frame === undefined || frame.snapshot !== undefined) break;
      frame.snapshot = frame.copy();
      (this.#open[level - 1] ?? this.#root).set(frame.snapshot);
    }
    return made(this.#root.later ?? this.#root.container[0]);
  }

  /**
   * The items of the array at `path` that have ended, from the one at index `from` on; none if there is no array. Costs
   * what they are many: nothing that is open is copied.
   *
   * @param isItemEnded - Whether the current item of the innermost container, an array, has ended.
   */
  endedItems(path: readonly (string | number)[], from: number, isItemEnded: boolean): unknown[] {
    let level = 0;
    while (level < path.length && this.#open[level + 1] !== undefined && this.#open[level]?.at === path[level]) level++;
    const frame = this.#open[level];
    let value: unknown = frame === undefined ? this.#root.container[0] : frame.container;
    for (const step of path.slice(level)) value = ownField(value, step);
    if (!Array.isArray(value)) return [];
    if (frame === undefined || level < path.length) return value.slice(from);
    return value.slice(from, Number(frame.at) + (isItemEnded && frame === this.#innermost ? 1 : 0));
  }

  /** Opens an array or object as the current item or property. */
  open(isArray: boolean): void {
    this.#innermost = new Frame(isArray);
    this.#open.push(this.#innermost);
  }

  /** Closes the innermost container, and sets it where it stands. */
  close(): void {
    const { container, snapshot } = this.#innermost;
    this.#open.pop();
    this.#innermost = this.#open.at(-1) ?? this.#root;
    this.#innermost.set(made(snapshot ?? container));
  }

  /** Sets the current item or property of the innermost container; replaces what was set there. */
  set(value: unknown): void {
    this.#innermost.set(value);
  }

  /** Makes the next item of an array, or the property `key` of an object, the current one. */
  moveTo(key?: string): void {
    this.#innermost.moveTo(key);
  }
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
function made(value: unknown): unknown {
  return isLater(value) ? value() : value;
}

/** An array or object, by its indexes or keys. */
type Container = Record<string | number, unknown>;

/** The property of a copy that holds what makes another one of its properties. */
const LATER = Symbol('later');

const LATER_PROPERTY = {
  get(this: { readonly [LATER]: Later }): unknown {
    return this[LATER]();
  },
  enumerable: true,
  configurable: true,
};

/** A container while it is open. */
class Frame {
  container: Container;
  /** The copy that was handed out, or what makes it later, as long as nothing has changed since. */
  snapshot: unknown;
  /** The index or key of the current item or property. */
  at: string | number;
  /** What makes the current item or property, while it is a wide container that is open. */
  later: Later | undefined;
  /** The keys of an object, in the order in which they came. */
  readonly #keys: string[] | undefined;

  constructor(isArray: boolean) {
    this.container = isArray ? ([] as object as Container) : {}; // an array is only asked for its indexes
    this.at = isArray ? 0 : '';
    this.#keys = isArray ? undefined : [];
  }

  set(value: unknown): void {
    const { container, at } = this;
    this.later = isLater(value) ? value : undefined;
    if (this.later === undefined) {
      if (!Object.hasOwn(container, at)) this.#keys?.push(String(at));
      else if (Object.is(container[at], value)) return;
      setProperty(container, at, value);
    }
    this.snapshot = undefined;
  }

  moveTo(key?: string): void {
    this.at = key ?? Number(this.at) + 1;
    this.later = undefined;
    // A key that comes again changes what is not the last property: copies that are made later need the value before.
    if (Object.hasOwn(this.container, this.at)) this.container = { ...this.container };
  }

  /** A copy of the container as it is now, or what makes it later. */
  copy(): unknown {
    const { container, at, later } = this;
    const keys = this.#keys;
    if (keys !== undefined && keys.length < WIDE_OBJECT) {
      if (later === undefined) return { ...container };
      // The order of these steps, and one getter for all, let V8 share the shape of the copies: that makes them fast.
      const copy: Container = Object.defineProperty({}, LATER, { value: later });
      copyProperties(container, keys, copy);
      return Object.defineProperty(copy, at, LATER_PROPERTY);
    }
    const list = Array.isArray(container) ? container : [];
    const { length } = keys ?? list;
    if (keys === undefined && length < WIDE_ARRAY && later === undefined) return list.slice();
    // Only the current item or property changes after it was set, so those before it are still the same later on.
    const current = later ?? container[at];
    const isSet = later !== undefined || Object.hasOwn(container, at);
    return once(() => {
      const copy = keys === undefined ? list.slice(0, length) : {};
      if (keys !== undefined) copyProperties(container, keys.slice(0, length), copy);
      if (isSet) setProperty(copy, at, made(current));
      return copy;
    });
  }
}

function once(make: Later | undefined): Later {
  let value: unknown;
  return () => {
    if (make !== undefined) value = make();
    make = undefined; // lets go of what the value is made from
    return value;
  };
}

function copyProperties(from: Container, keys: readonly string[], to: Container): void {
  for (const key of keys) setProperty(to, key, from[key]);
}

function setProperty(object: Container, key: string | number, value: unknown): void {
  if (typeof key === 'string' && key in Object.prototype) {
    // Assigning to `__proto__` would set the prototype; to `toString`, throw where Object.prototype is frozen.
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

function ownField(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
