import { defer, Subject, takeUntil, type Observable } from 'rxjs';
import type { Demand } from '../rx/demand.js';
import { AnthropicError } from '../errors/classes.js';
import { Fifo } from '../utils/fifo.js';
import { joined } from './joined.js';

/** What happens to what comes when the queue is full. */
export type WhenFull = 'merge' | 'pause' | 'fail';

/** How an iteration ended. In an object, since an error may be undefined. */
type End = 'done' | { readonly error: unknown };

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** One iteration: a subscription, made by the first `next()`, and what has come that nobody has asked for yet. */
export class Iteration<T> implements AsyncIterator<T, unknown, undefined> {
  readonly #source: Observable<T>;
  readonly #whenFull: WhenFull;
  readonly #highWaterMark: number;
  readonly #queue = new Fifo<T>();
  /** Those who have asked for a value that has not come. While there are any, the queue is empty. */
  readonly #waiting = new Fifo<Waiting<T>>();
  /** Ends the subscription, also that of a source which is still emitting its first values in `subscribe`. */
  readonly #left = new Subject<void>();
  #hasBegun = false;
  #end: End | undefined;
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(create: (demand: Demand) => Observable<T>, whenFull: WhenFull, highWaterMark: number) {
    this.#source = defer(() => create({ ready: () => this.#ready() }));
    this.#whenFull = whenFull;
    this.#highWaterMark = highWaterMark;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const taken = this.#queue.shift();
    if (taken !== undefined) {
      if (this.#queue.length <= this.#highWaterMark / 2) this.#readOn();
      return Promise.resolve({ done: false, value: taken.value });
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#end !== undefined) this.#answerEnd(this.#end);
      else if (!this.#hasBegun) this.#begin();
    });
  }

  /** Leaves: unsubscribes in the same turn. What nobody has asked for is dropped, an error too. */
  async return(value?: unknown): Promise<IteratorReturnResult<unknown>> {
    this.#queue.clear();
    this.#finish('done');
    this.#end = 'done'; // also if an error was still to be told
    this.#left.next();
    return { done: true, value: await value };
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#source.pipe(takeUntil(this.#left)).subscribe({
      next: (value) => {
        this.#take(value);
      },
      error: (error: unknown) => {
        this.#finish({ error });
      },
      complete: () => {
        this.#finish('done');
      },
    });
  }

  #take(value: T): void {
    const first = this.#waiting.shift();
    if (first !== undefined) {
      first.value.resolve({ done: false, value });
      return;
    }
    const isFull = this.#queue.length >= this.#highWaterMark;
    const text = isFull && this.#whenFull === 'merge' ? joined(this.#queue.last, value) : undefined;
    if (text === undefined) this.#queue.push(value);
    else this.#queue.replaceLast(text as T); // what joins two of a kind is of their kind
    if (isFull && this.#whenFull === 'fail') {
      this.#finish({ error: overflow(this.#highWaterMark) });
      this.#left.next();
    }
  }

  /** Ends the iteration, once: those who wait hear of it now, others when they have taken what is in the queue. */
  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (this.#waiting.length > 0) this.#answerEnd(end);
    this.#readOn(); // so that a source which waits sees that it is over
  }

  /** Tells all who wait: the first one the error, if there is one. */
  #answerEnd(end: End): void {
    this.#end = 'done';
    if (end !== 'done') this.#waiting.shift()?.value.reject(end.error);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.value.resolve({ done: true, value: undefined });
    }
  }

  #ready(): Promise<void> | undefined {
    if (this.#pause !== undefined) return this.#pause.over;
    const isFull = this.#queue.length >= this.#highWaterMark;
    if (this.#whenFull !== 'pause' || !isFull || this.#end !== undefined) return undefined;
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#pause = { over, end };
    return over;
  }

  #readOn(): void {
    this.#pause?.end();
    this.#pause = undefined;
  }
}

function overflow(highWaterMark: number): AnthropicError {
  return new AnthropicError(
    `toAsyncIterable: the loop is behind by more than highWaterMark, ${highWaterMark} values. ` +
      "Raise it, or choose whenFull: 'merge', which joins text, or 'pause', which reads no further.",
  );
}
