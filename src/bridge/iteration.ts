import { defer, Subject, takeUntil, type Observable } from 'rxjs';
import { AnthropicError } from '../errors/classes.js';
import type { Demand } from '../rx/demand.js';
import { Fifo } from '../utils/fifo.js';
import { joinValues } from './joinValues.js';

/** What happens to a value that arrives while the queue is full. */
export type WhenFull = 'merge' | 'pause' | 'fail';

/** How the source ended. The error is in an object, since it may be undefined. */
type Ending = 'done' | { readonly error: unknown };

/** A call of `next()` that has no result yet. */
interface PendingRead<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** Makes a source wait: it does not read until `promise` has resolved. */
interface Pause {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/**
 * One iteration: a subscription, created by the first `next()`, and a queue of the values that have not been read yet.
 */
export class Iteration<T> implements AsyncIterableIterator<T, unknown, undefined> {
  readonly #source: Observable<T>;
  readonly #whenFull: WhenFull;
  readonly #highWaterMark: number;
  readonly #queue = new Fifo<T>();
  /** Reads that wait for a value. The queue is empty while there are any. */
  readonly #pendingReads = new Fifo<PendingRead<T>>();
  /**
   * Emits to unsubscribe. A `Subscription` is not enough, because a source may emit before `subscribe` has returned it.
   */
  readonly #unsubscribe = new Subject<void>();
  #hasSubscribed = false;
  /** How the source ended; undefined until it ends. Becomes 'done' once an error has been reported. */
  #ending: Ending | undefined;
  #pause: Pause | undefined;

  constructor(create: (demand: Demand) => Observable<T>, whenFull: WhenFull, highWaterMark: number) {
    this.#source = defer(() => create({ ready: () => this.#ready() }));
    this.#whenFull = whenFull;
    this.#highWaterMark = highWaterMark;
  }

  /** Returns itself, so that a loop can continue an iteration that has begun. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const queued = this.#queue.shift();
    if (queued !== undefined) {
      if (this.#queue.length <= this.#highWaterMark / 2) this.#resume();
      return Promise.resolve({ done: false, value: queued.value });
    }
    return new Promise((resolve, reject) => {
      this.#pendingReads.push({ resolve, reject });
      if (this.#ending !== undefined) this.#reportEnding(this.#ending);
      else if (!this.#hasSubscribed) this.#subscribe();
    });
  }

  /** Unsubscribes synchronously. Discards the queue, and an error that has not been reported yet. */
  async return(value?: unknown): Promise<IteratorReturnResult<unknown>> {
    this.#queue.clear();
    this.#end('done');
    this.#ending = 'done'; // `end` keeps an earlier error
    this.#unsubscribe.next();
    return { done: true, value: await value };
  }

  #subscribe(): void {
    this.#hasSubscribed = true;
    this.#source.pipe(takeUntil(this.#unsubscribe)).subscribe({
      next: (value) => {
        this.#receive(value);
      },
      error: (error: unknown) => {
        this.#end({ error });
      },
      complete: () => {
        this.#end('done');
      },
    });
  }

  #receive(value: T): void {
    const read = this.#pendingReads.shift();
    if (read !== undefined) {
      read.value.resolve({ done: false, value });
      return;
    }
    const isFull = this.#queue.length >= this.#highWaterMark;
    const joined = isFull && this.#whenFull === 'merge' ? joinValues(this.#queue.last, value) : undefined;
    if (joined === undefined) this.#queue.push(value);
    else this.#queue.replaceLast(joined as T); // the joined value has the type of both
    if (isFull && this.#whenFull === 'fail') {
      this.#end({ error: overflowError(this.#highWaterMark) });
      this.#unsubscribe.next();
    }
  }

  /**
   * Ends the iteration, unless it has ended before. Pending reads receive the ending now, and later reads receive it
   * after the queued values.
   */
  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#pendingReads.length > 0) this.#reportEnding(ending);
    this.#resume(); // so that a paused source notices that it was unsubscribed
  }

  /** Settles all pending reads: an error rejects the first one, and the others resolve as done. */
  #reportEnding(ending: Ending): void {
    this.#ending = 'done';
    if (ending !== 'done') this.#pendingReads.shift()?.value.reject(ending.error);
    for (let read = this.#pendingReads.shift(); read !== undefined; read = this.#pendingReads.shift()) {
      read.value.resolve({ done: true, value: undefined });
    }
  }

  /** Returns what the source has to wait for before its next read: see `Demand`. */
  #ready(): Promise<void> | undefined {
    const isFull = this.#queue.length >= this.#highWaterMark;
    if (this.#pause === undefined && this.#whenFull === 'pause' && isFull && this.#ending === undefined) {
      this.#pause = createPause();
    }
    return this.#pause?.promise;
  }

  #resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }
}

function createPause(): Pause {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}

function overflowError(highWaterMark: number): AnthropicError {
  return new AnthropicError(
    `toAsyncIterable: the loop is more than highWaterMark (${highWaterMark}) values behind. ` +
      "Increase it, or use whenFull: 'merge', which joins text, or 'pause', which makes the source wait.",
  );
}
