/**
 * The type of the arrays in what the package emits, which are frozen at run time. Types only.
 *
 * A write does not compile: `content.push(block)`, `content[0] = block`, `content.length = 0`. Apart from that, it is an
 * array: unlike a `readonly Item[]`, it can be passed to code that declares a mutable array, as the official SDK does
 * for its parameters, and any array can be passed where it is expected.
 */
export interface FrozenArray<Item> extends Array<Item> {
  readonly [index: number]: Item;
  readonly length: number;
  // Nothing can call a method whose `this` is never.
  copyWithin(this: never, target: number, start: number, end?: number): this;
  fill(this: never, value: Item, start?: number, end?: number): this;
  pop(this: never): Item | undefined;
  push(this: never, ...items: Item[]): number;
  reverse(this: never): Item[];
  shift(this: never): Item | undefined;
  sort(this: never, compare?: (a: Item, b: Item) => number): this;
  splice(this: never, start: number, deleteCount?: number, ...items: Item[]): Item[];
  unshift(this: never, ...items: Item[]): number;
}
