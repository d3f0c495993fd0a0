import { defineField } from '../utils/fields.js';
import { attachLazyValue, createLazyValue, defineLazyProperty, force, isLazy } from './lazyValue.js';

/**
 * An object with at least this many properties is wide. Node 20 copies an object of 16 properties in about 25 ns, but
 * one of 20 properties in about 4 µs.
 */
const WIDE_OBJECT = 16;

/** An array with at least this many items is wide. */
const WIDE_ARRAY = 64;

/**
 * An array or object whose closing bracket has not been read yet.
 *
 * The parser writes to the content of a container, and emits snapshots of it. A snapshot is a copy, and is made only if
 * something has changed since the last one. The snapshot of a wide container is lazy: it is copied only when a consumer
 * reads it. A closed container never changes, so later values share it. A container that was never read while it was
 * open is never copied.
 */
export abstract class OpenContainer {
  /** The number of containers that enclose this one. */
  readonly depth: number;
  /** The copy that was made last; undefined if something has changed since. */
  #snapshot: unknown;

  constructor(readonly outer?: OpenContainer) {
    this.depth = outer === undefined ? 0 : outer.depth + 1;
  }

  /** The index or key of the item or property that is being read. */
  abstract readonly currentKey: number | string;

  /** The value of the current item or property; undefined before anything of it is known. */
  abstract readonly current: unknown;

  /** Everything that was read, including the current item or property. The parser continues to write to it. */
  protected abstract readonly content: object;

  get hasChanged(): boolean {
    return this.#snapshot === undefined;
  }

  /** Sets the current item or property. */
  setCurrent(value: unknown): void {
    if (Object.is(this.current, value)) return;
    this.store(value);
    this.#snapshot = undefined;
  }

  /** Returns a value that never changes: a copy of the content as it is now, or a lazy value that makes that copy. */
  snapshot(): unknown {
    this.#snapshot ??= this.copy();
    return this.#snapshot;
  }

  /** Returns the final value. Nothing writes to the container afterwards. */
  close(): unknown {
    return force(this.#snapshot ?? this.content);
  }

  /** The value of an item or property that has been read; undefined if there is none. */
  read(key: number | string): unknown {
    return readOwn(this.content, key);
  }

  protected abstract store(value: unknown): void;

  protected abstract copy(): unknown;
}

export class OpenArray extends OpenContainer {
  protected readonly content: unknown[] = [];
  currentKey = 0;

  get current(): unknown {
    return this.content[this.currentKey];
  }

  /** Makes the next item the current one. */
  moveToNext(): void {
    this.currentKey = this.content.length;
  }

  /** The items before the current one, starting at an index. */
  itemsBeforeCurrent(from: number): unknown[] {
    return this.content.slice(from, this.currentKey);
  }

  protected store(value: unknown): void {
    this.content[this.currentKey] = value;
  }

  protected copy(): unknown {
    const { content } = this;
    const { length } = content;
    const last = content.at(-1);
    if (length < WIDE_ARRAY && !isLazy(last)) return content.slice();
    // Only the last item can still change, so the items before it can be copied later.
    return createLazyValue(() => content.slice(0, length).fill(force(last), length - 1));
  }
}

export class OpenObject extends OpenContainer {
  protected content: Properties = {};
  currentKey = '';
  /** The keys in order of arrival. JavaScript moves integer keys to the front of `content`. */
  readonly #keys: string[] = [];

  get current(): unknown {
    return readOwn(this.content, this.currentKey);
  }

  /** Makes the property with this key the current one. */
  moveTo(key: string): void {
    this.currentKey = key;
    // A repeated key changes a property that is not the last one. Lazy snapshots need the earlier value of that
    // property, so they keep the earlier object.
    if (Object.hasOwn(this.content, key)) this.content = { ...this.content };
  }

  protected store(value: unknown): void {
    if (!Object.hasOwn(this.content, this.currentKey)) this.#keys.push(this.currentKey);
    setProperty(this.content, this.currentKey, value);
  }

  protected copy(): unknown {
    const { content, current, currentKey } = this;
    const count = this.#keys.length;
    if (count < WIDE_OBJECT) {
      return isLazy(current) ? copyProperties(content, this.#keys, currentKey, current) : { ...content };
    }
    // Only the current property can still change, so the others can be copied later.
    return createLazyValue(() => copyProperties(content, this.#keys.slice(0, count), currentKey, force(current)));
  }
}

type Properties = Record<string, unknown>;

/** Copies properties, except for the current one, whose value is given and may be lazy. */
function copyProperties(from: Properties, keys: readonly string[], currentKey: string, current: unknown): Properties {
  const copy: Properties = {};
  if (isLazy(current)) attachLazyValue(copy, current);
  for (const key of keys) {
    if (key !== currentKey) setProperty(copy, key, from[key]);
    else if (isLazy(current)) defineLazyProperty(copy, key);
    else setProperty(copy, key, current);
  }
  return copy;
}

function setProperty(object: Properties, key: string, value: unknown): void {
  // An assignment to `__proto__` would set the prototype; one to `toString` throws if Object.prototype is frozen.
  if (key in Object.prototype) defineField(object, key, value);
  else object[key] = value;
}

/** Reads an own field of any value; undefined if it has no such field. */
export function readOwn(value: unknown, key: number | string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
