import { setField } from '../utils/fields.js';
import { frozenCopy } from '../utils/freeze.js';
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
 * The parser writes to the content of a container, and emits snapshots of it. A snapshot is a frozen copy, and is made
 * only if something has changed since the last one. The snapshot of a wide container is lazy: it is copied only when a
 * consumer reads it. A closed container never changes, so it is frozen itself, and later values share it. A container
 * that was never read while it was open is never copied.
 *
 * For example, this happens in `{"rows":{"a":1, … 15 more …,"q":"x`, and then in `y"}}`:
 *
 * 1. `rows` is wide. Its snapshot is a function that remembers how many properties have arrived (17) and the last of
 *    their values ('x'). Nothing is copied.
 * 2. That function becomes the current property of the outer object, whose snapshot is a copy `{ rows: <getter> }`. The
 *    getter calls the function.
 * 3. If a consumer reads `rows`, the function copies the first 17 properties with the last value 'x', and keeps the
 *    copy for the next read. It is right however late that is, because the parser only adds properties after these 17,
 *    or replaces the last value, which the function has remembered.
 * 4. `y"` replaces the last value, so the next snapshot has its own function, which remembers 'xy'.
 * 5. `}` closes `rows`: its content is frozen, and is the plain property of all later snapshots.
 */
export abstract class OpenContainer {
  /** The number of containers that enclose this one. */
  readonly depth: number;
  /** The snapshot that was made last; undefined if something has changed since. */
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
    return this.#snapshot === undefined ? Object.freeze(this.content) : force(this.#snapshot);
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

  /** Identifies the array. It is the final value, unless a snapshot was made that equals the final value. */
  get identity(): object {
    return this.content;
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
    if (length < WIDE_ARRAY && !isLazy(last)) return Object.freeze(content.slice());
    return createLazyValue(() => Object.freeze(content.slice(0, length).fill(force(last), length - 1)));
  }
}

export class OpenObject extends OpenContainer {
  protected readonly content: Properties = {};
  currentKey = '';
  /** How many properties `content` has. */
  #width = 0;
  /** Whether the current property is the last one of the log. */
  #isLogged = false;
  /**
   * The keys and values in order of arrival, for lazy snapshots, which are made from the first of them. A repeated key
   * is added again, so that earlier snapshots can still be made.
   */
  #keys: string[] = [];
  #values: unknown[] = [];

  get current(): unknown {
    return readOwn(this.content, this.currentKey);
  }

  /** Makes the property with this key the current one. */
  moveTo(key: string): void {
    this.currentKey = key;
    this.#isLogged = false;
  }

  protected store(value: unknown): void {
    if (!this.#isLogged) this.#addToLog();
    this.#values[this.#values.length - 1] = value;
    setField(this.content, this.currentKey, value);
  }

  protected copy(): unknown {
    const keys = this.#keys;
    const values = this.#values;
    const { length } = keys;
    const last = values.at(-1);
    if (this.#width >= WIDE_OBJECT) {
      return createLazyValue(() => copyProperties(keys.slice(0, length), values, force(last)));
    }
    return isLazy(last) ? copyProperties(keys, values, last) : frozenCopy(this.content);
  }

  #addToLog(): void {
    // If most keys are repeated, a log of only their last values starts, so that its length is limited by the width.
    if (this.#keys.length > 2 * this.#width + WIDE_OBJECT) {
      this.#keys = Object.keys(this.content);
      this.#values = Object.values(this.content);
    }
    if (!Object.hasOwn(this.content, this.currentKey)) this.#width += 1;
    this.#keys.push(this.currentKey);
    this.#values.push(undefined);
    this.#isLogged = true;
  }
}

type Properties = Record<string, unknown>;

/** Creates a frozen object with these properties, except that the last value is given separately and may be lazy. */
function copyProperties(keys: readonly string[], values: readonly unknown[], lastValue: unknown): Properties {
  const copy: Properties = {};
  if (isLazy(lastValue)) attachLazyValue(copy, lastValue);
  const last = keys.length - 1;
  for (const [index, key] of keys.entries()) {
    if (index < last) setField(copy, key, values[index]);
    else if (isLazy(lastValue)) defineLazyProperty(copy, key);
    else setField(copy, key, lastValue);
  }
  return Object.freeze(copy);
}

/** Reads an own field of any value; undefined if it has no such field. */
export function readOwn(value: unknown, key: number | string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
