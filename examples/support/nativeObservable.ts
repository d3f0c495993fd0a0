import type { NativeSubscriber } from 'rxjs-anthropic';

type Produce<T> = (subscriber: NativeSubscriber<T> & { addTeardown(teardown: () => void): void }) => void;

/** What the example uses of the platform's Observable. */
interface Platform {
  new <T>(produce: Produce<T>): {
    subscribe(observer: Partial<NativeSubscriber<T>>, options?: { readonly signal?: AbortSignal }): void;
    forEach(next: (value: T) => void, options?: { readonly signal?: AbortSignal }): Promise<void>;
  };
}

/** Stands in for the platform's Observable in a runtime that has none, such as Node. Each consumer has a producer of its own. */
class StandIn<T> {
  readonly #produce: Produce<T>;

  constructor(produce: Produce<T>) {
    this.#produce = produce;
  }

  subscribe(observer: Partial<NativeSubscriber<T>>, { signal }: { readonly signal?: AbortSignal } = {}): void {
    const controller = new AbortController();
    const end = (notify?: () => void): void => {
      if (controller.signal.aborted) return;
      controller.abort(signal?.reason);
      notify?.();
    };
    if (signal?.aborted === true) return;
    signal?.addEventListener('abort', () => {
      end();
    });
    this.#produce({
      signal: controller.signal,
      next: (value) => {
        if (!controller.signal.aborted) observer.next?.(value);
      },
      error: (error) => {
        end(() => observer.error?.(error));
      },
      complete: () => {
        end(() => observer.complete?.());
      },
      addTeardown: (teardown) => {
        controller.signal.addEventListener('abort', teardown);
      },
    });
  }

  forEach(next: (value: T) => void, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      options.signal?.addEventListener('abort', () => {
        reject(options.signal?.reason as Error);
      });
      this.subscribe({ next, error: reject, complete: resolve }, options);
    });
  }
}

/** `globalThis.Observable` where there is one. */
export const NativeObservable = (Reflect.get(globalThis, 'Observable') as Platform | undefined) ?? StandIn;
