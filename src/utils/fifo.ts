interface Node<T> {
  value: T;
  next: Node<T> | undefined;
}

/**
 * A first-in, first-out queue. Every operation takes constant time, and a value is released as soon as it is removed.
 */
export class Fifo<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The value that was added last; undefined if the queue is empty. */
  get last(): T | undefined {
    return this.#last?.value;
  }

  push(value: T): void {
    const node = { value, next: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#length += 1;
  }

  /** Replaces the value that was added last, if there is one. */
  replaceLast(value: T): void {
    if (this.#last !== undefined) this.#last.value = value;
  }

  /**
   * Removes the first value and returns it in an object, since it may be undefined. Returns undefined if the queue is
   * empty.
   */
  shift(): { readonly value: T } | undefined {
    const node = this.#first;
    if (node === undefined) return undefined;
    this.#first = node.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#length -= 1;
    return node;
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#length = 0;
  }
}
