import { Observable, Subscriber, type OperatorFunction } from 'rxjs';

/** What an operator does with its source's notifications. Anything thrown becomes the error of its result. */
export interface Handlers<In> {
  /** Takes a value. */
  next(value: In): void;
  /** Emits what is held back, before the result completes. Throwing makes the result fail instead. */
  complete?(): void;
  /** Emits what is held back, before the result fails with the same error. */
  error?(error: unknown): void;
}

/**
 * Makes an operator from handlers that emit none, one or many values for each of the source's.
 *
 * The one place where the package subscribes by hand, because the built-in ways (`concatMap` to an array, `concat` with
 * a `defer` for the rest) cost several times as much an event. What goes wrong in hand-made operators goes right here:
 * a handler that throws fails the result and leaves the source; a synchronous source stops when the consumer has enough;
 * what is held back comes before completion and before an error.
 *
 * @param start - Called once a subscription: holds its state and returns its handlers.
 */
export function transform<In, Out>(start: (output: Subscriber<Out>) => Handlers<In>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((output) => {
      source.subscribe(new TransformSubscriber(output, start(output)));
    });
}

// eslint-disable-next-line rxjs-x/no-subclass -- only a Subscriber is closed in the same moment as the one it feeds
class TransformSubscriber<In, Out> extends Subscriber<In> {
  readonly #output: Subscriber<Out>;
  readonly #handlers: Handlers<In>;

  constructor(output: Subscriber<Out>, handlers: Handlers<In>) {
    // Ties this subscription to the result's: when the consumer leaves, a synchronous source sees it at once.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- as RxJS 7 does in its own operators; `rxjs ^7.8` is the peer
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
