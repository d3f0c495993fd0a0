interface Node<T> {
  value: T;
  next: Node<T> | undefined;
}

/** A queue whose every step takes the same time, however long it is. It lets go of a value as soon as that is taken. */
export class Fifo<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The value that was put in last; undefined if there is none. */
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

  /** Puts a value in the place of the last one. */
  replaceLast(value: T): void {
    if (this.#last !== undefined) this.#last.value = value;
  }

  /** Takes the first value; undefined if there is none. In an object, since a value may be undefined itself. */
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
