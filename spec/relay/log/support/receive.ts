import type { Observable, Subscription } from 'rxjs';
import type { AnyEvent } from '../../../../src/index.js';

/** What one subscriber has received. */
export class Received<Value = AnyEvent> {
  readonly values: Value[] = [];
  error: unknown;
  state: 'open' | 'complete' | 'failed' = 'open';
  readonly #subscription: Subscription;

  constructor(source: Observable<Value>) {
    this.#subscription = source.subscribe({
      next: (value) => {
        this.values.push(value);
      },
      error: (error: unknown) => {
        this.state = 'failed';
        this.error = error;
      },
      complete: () => {
        this.state = 'complete';
      },
    });
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }
}

export function receive<Value>(source: Observable<Value>): Received<Value> {
  return new Received(source);
}
