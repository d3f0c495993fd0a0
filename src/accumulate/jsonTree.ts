/**
 * The value of a JSON text that is still being read.
 *
 * It is written to containers of its own. What `value` hands out are copies of those that are open, made only where
 * something changed since the last copy. A closed container is final: every later value shares it, and one that was
 * never handed out while open is never copied.
 */
export class JsonTree {
  readonly #root = new ArrayFrame();
  readonly #open: Frame[] = [];
  #innermost: Frame = this.#root;

  /** How many containers are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the innermost open container is an array. */
  get isInArray(): boolean {
    return this.#innermost instanceof ArrayFrame;
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
    const value = this.#root.container[0];
    return value instanceof Later ? value.value : value;
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
    if (frame instanceof ArrayFrame && level === path.length) {
      return frame.container.slice(from, frame.at + (frame === this.#innermost && isItemEnded ? 1 : 0));
    }
    let value: unknown = frame === undefined ? this.#root.container[0] : frame.container;
    for (const step of path.slice(level)) value = ownField(value, step);
    return Array.isArray(value) ? value.slice(from) : [];
  }

  openArray(): void {
    this.#enter(new ArrayFrame());
  }

  openObject(): void {
    this.#enter(new ObjectFrame());
  }

  /** Closes the innermost container, and sets it where it stands. */
  close(): void {
    const closed = this.#innermost;
    this.#open.pop();
    this.#innermost = this.#open.at(-1) ?? this.#root;
    this.#innermost.set(
      closed.snapshot instanceof Later
        ? closed.snapshot.settle(closed.container)
        : (closed.snapshot ?? closed.container),
    );
  }

  /** Sets the current item or property of the innermost container; replaces what was set there. */
  set(value: unknown): void {
    this.#innermost.set(value);
  }

  /** Makes the next item of an array, or the property `key` of an object, the current one. */
  moveTo(key?: string): void {
    this.#innermost.moveTo(key);
  }

  #enter(frame: Frame): void {
    this.#open.push(frame);
    this.#innermost = frame;
  }
}

/** From how many properties on an object is wide: V8 then copies it many times as slowly. */
const WIDE_OBJECT = 16;

/** From how many items on an array is wide. */
const WIDE_ARRAY = 64;

/**
 * The value that a wide container had at one moment, made when it is first looked at: so a reader who looks at every
 * value of a text, but not at all of it each time, does not pay for all of it each time.
 */
class Later {
  #make: (() => unknown) | undefined;
  #value: unknown;

  constructor(make: () => unknown) {
    this.#make = make;
  }

  get value(): unknown {
    return this.settle(this.#make?.());
  }

  /** Says what the value is, unless it has been made. Returns it. */
  settle(value: unknown): unknown {
    if (this.#make === undefined) return this.#value;
    this.#make = undefined;
    this.#value = value;
    return value;
  }
}

/** A container while it is open. */
abstract class Frame {
  abstract readonly container: unknown;
  /** The copy that was handed out, as long as nothing has changed since. */
  snapshot: unknown;

  /** The index or key of the current item or property. */
  abstract readonly at: string | number;
  abstract set(value: unknown): void;
  abstract moveTo(key?: string): void;
  /** A copy of the container as it is now, or what makes it later. */
  abstract copy(): unknown;
}

class ArrayFrame extends Frame {
  readonly container: unknown[] = [];
  #index = 0;

  get at(): number {
    return this.#index;
  }

  set(value: unknown): void {
    if (Object.is(this.container[this.#index], value)) return;
    this.container[this.#index] = value;
    this.snapshot = undefined;
  }

  moveTo(): void {
    this.#index++;
  }

  copy(): unknown {
    const { container } = this;
    const { length } = container;
    const last = container[length - 1];
    if (length < WIDE_ARRAY && !(last instanceof Later)) return container.slice();
    // Only the last item changes after it was set, so the items before it are still the same later on.
    return new Later(() => {
      const copy = container.slice(0, length);
      copy[length - 1] = last instanceof Later ? last.value : last;
      return copy;
    });
  }
}

class ObjectFrame extends Frame {
  container: Record<string, unknown> = {};
  readonly #keys: string[] = [];
  #key = '';
  #isPlain = true;
  /** What the current property will be, while it is a wide container that is open. */
  #later: Later | undefined;

  get at(): string {
    return this.#key;
  }

  set(value: unknown): void {
    if (value instanceof Later) {
      this.#later = value;
    } else {
      this.#later = undefined;
      if (!Object.hasOwn(this.container, this.#key)) {
        this.#keys.push(this.#key);
        this.#isPlain &&= !(this.#key in Object.prototype);
      } else if (Object.is(this.container[this.#key], value)) return;
      setProperty(this.container, this.#key, value);
    }
    this.snapshot = undefined;
  }

  moveTo(key = ''): void {
    this.#key = key;
    this.#later = undefined;
    // A key that comes again changes what is not the last property: copies that are made later need the value before.
    if (Object.hasOwn(this.container, key)) this.container = { ...this.container };
  }

  copy(): unknown {
    const { container } = this;
    const [key, keys, later, { length }] = [this.#key, this.#keys, this.#later, this.#keys];
    if (length < WIDE_OBJECT)
      return later === undefined ? { ...container } : copyWithLater(container, this.#isPlain, key, later);
    const last = container[key];
    const isSet = Object.hasOwn(container, key);
    return new Later(() => {
      const copy: Record<string, unknown> = {};
      for (const name of keys.slice(0, length)) setProperty(copy, name, container[name]);
      if (isSet) setProperty(copy, key, last);
      if (later !== undefined) setProperty(copy, key, later.value);
      return copy;
    });
  }
}

const LATER = Symbol('later');

const LATER_PROPERTY = {
  get(this: { readonly [LATER]: () => unknown }): unknown {
    return this[LATER]();
  },
  enumerable: true,
  configurable: true,
};

/**
 * Copies an object, with a property whose value is made when it is read. `isPlain`: no key is one of Object.prototype's. The order of the steps, and one getter for all,
 * let V8 share the shape of the copies, which makes them three times as fast.
 */
function copyWithLater(
  container: Record<string, unknown>,
  isPlain: boolean,
  key: string,
  later: Later,
): Record<string, unknown> {
  const copy: Record<string, unknown> = Object.defineProperty({}, LATER, { value: () => later.value });
  if (isPlain) Object.assign(copy, container);
  else for (const name of Object.keys(container)) setProperty(copy, name, container[name]);
  return Object.defineProperty(copy, key, LATER_PROPERTY);
}

function setProperty(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key in Object.prototype) {
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
