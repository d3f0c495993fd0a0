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
    return this.#root.container[0];
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
    this.#innermost.set(closed.snapshot ?? closed.container);
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

/** A container while it is open. */
abstract class Frame {
  abstract readonly container: unknown;
  /** The copy that was handed out, as long as nothing has changed since. */
  snapshot: unknown;

  abstract set(value: unknown): void;
  abstract moveTo(key?: string): void;
  abstract copy(): unknown;
}

class ArrayFrame extends Frame {
  readonly container: unknown[] = [];
  #index = 0;

  set(value: unknown): void {
    if (Object.is(this.container[this.#index], value)) return;
    this.container[this.#index] = value;
    this.snapshot = undefined;
  }

  moveTo(): void {
    this.#index++;
  }

  copy(): unknown {
    return this.container.slice();
  }
}

class ObjectFrame extends Frame {
  readonly container: Record<string, unknown> = {};
  #key = '';

  set(value: unknown): void {
    if (Object.is(this.container[this.#key], value)) return;
    if (this.#key in Object.prototype) {
      // Assigning to `__proto__` would set the prototype; to `toString`, throw where Object.prototype is frozen.
      Object.defineProperty(this.container, this.#key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      this.container[this.#key] = value;
    }
    this.snapshot = undefined;
  }

  moveTo(key = ''): void {
    this.#key = key;
  }

  copy(): unknown {
    return { ...this.container };
  }
}
