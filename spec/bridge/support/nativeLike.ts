/** What a consumer may pass to a native Observable. */
interface Consumer<T> {
  next?: (value: T) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
}

type Produce<T> = (subscriber: NativeLikeSubscriber<T>) => void;

/** Notifies all consumers of one producer, which ends with the last of them. */
class NativeLikeSubscriber<T> {
  readonly consumers = new Set<Consumer<T>>();
  readonly #controller = new AbortController();
  readonly #teardowns: (() => void)[] = [];

  get active(): boolean {
    return !this.#controller.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  next(value: T): void {
    for (const consumer of [...this.consumers]) consumer.next?.(value);
  }

  error(error: unknown): void {
    const consumers = [...this.consumers];
    this.close();
    for (const consumer of consumers) consumer.error?.(error);
  }

  complete(): void {
    const consumers = [...this.consumers];
    this.close();
    for (const consumer of consumers) consumer.complete?.();
  }

  addTeardown(teardown: () => void): void {
    if (this.active) this.#teardowns.push(teardown);
    else teardown();
  }

  leave(consumer: Consumer<T>): void {
    this.consumers.delete(consumer);
    if (this.consumers.size === 0) this.close();
  }

  close(): void {
    if (!this.active) return;
    this.consumers.clear();
    this.#controller.abort();
    for (const teardown of this.#teardowns.splice(0).reverse()) teardown();
  }
}

/** Behaves as the web platform's Observable does: consumers share one producer, and leave by their signal. */
export class NativeLike<T> {
  readonly #produce: Produce<T>;
  #subscriber: NativeLikeSubscriber<T> | undefined;

  constructor(produce: Produce<T>) {
    this.#produce = produce;
  }

  subscribe(consumer: Consumer<T>, options: { readonly signal?: AbortSignal } = {}): void {
    if (options.signal?.aborted === true) return;
    const current = this.#subscriber?.active === true ? this.#subscriber : undefined;
    const subscriber = current ?? new NativeLikeSubscriber<T>();
    subscriber.consumers.add(consumer);
    options.signal?.addEventListener('abort', () => {
      subscriber.leave(consumer);
    });
    this.#subscriber = subscriber;
    if (current === undefined) this.#produce(subscriber);
  }
}
