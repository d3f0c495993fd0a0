import { Observable, Subscriber, type OperatorFunction } from 'rxjs';

/** Handles the notifications of an operator's source. Anything a handler throws becomes the error of the result. */
export interface Handlers<In> {
  /** Called with each value. */
  next(value: In): void;
  /** Emits what is held back, before the result completes. If it throws, the result fails instead. */
  complete?(): void;
  /** Emits what is held back, before the result fails with the same error. */
  error?(error: unknown): void;
}

/**
 * Creates an operator from handlers that emit zero, one or many values for each value of the source.
 *
 * This is the only place where the package subscribes by hand. The built-in alternative (`concatMap` to an array, then
 * `concat` with a `defer` for the rest) creates an inner Observable per event and subscribes to it. This function
 * handles the cases that handwritten operators often miss: if a handler throws, the result fails and the source is
 * unsubscribed; a synchronous source stops once the consumer has enough; and what is held back is emitted before
 * completion and before an error.
 *
 * @param start - Called once per subscription. Holds its state and returns its handlers.
 */
export function transform<In, Out>(start: (output: Subscriber<Out>) => Handlers<In>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((output) => {
      source.subscribe(new TransformSubscriber(output, start(output)));
    });
}

// eslint-disable-next-line rxjs-x/no-subclass -- only a Subscriber is closed at the same moment as the one it feeds
class TransformSubscriber<In, Out> extends Subscriber<In> {
  readonly #output: Subscriber<Out>;
  readonly #handlers: Handlers<In>;

  constructor(output: Subscriber<Out>, handlers: Handlers<In>) {
    // Ties this subscription to that of the result: when the consumer unsubscribes, a synchronous source notices at
    // once.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- as RxJS 7 does in its own operators
    super(output);
    this.#output = output;
    this.#handlers = handlers;
  }

  protected override _next(value: In): void {
    try {
      this.#handlers.next(value);
    } catch (error) {
      this.#fail(error);
    }
  }

  protected override _complete(): void {
    try {
      this.#handlers.complete?.();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#output.complete();
    this.unsubscribe();
  }

  protected override _error(error: unknown): void {
    let reported = error;
    try {
      this.#handlers.error?.(error);
    } catch (thrown) {
      reported = thrown;
    }
    this.#fail(reported);
  }

  #fail(error: unknown): void {
    this.#output.error(error);
    this.unsubscribe();
  }
}
