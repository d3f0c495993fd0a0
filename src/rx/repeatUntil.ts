import { Observable, Subject, takeUntil, type MonoTypeOperatorFunction } from 'rxjs';

/**
 * Subscribes to the source again each time that it completes, until `isDone` returns true. Unlike `repeat`, it does so in
 * a loop, so that a source that completes synchronously does not add to the stack: `repeat` overflows it after about
 * 1,500 times.
 *
 * @param subscribeIn - Called with a function that subscribes to the source.
 */
export function repeatUntil<T>(
  isDone: () => boolean,
  subscribeIn: (subscribe: () => void) => void,
): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable<T>((output) => {
      const unsubscribed = new Subject<void>();
      // A synchronous source ends its subscription before `add` below could, so it is stopped by an operator.
      const stoppable = source.pipe(takeUntil(unsubscribed));
      let isLooping = false;
      let isSubscribed = false;

      const subscribe = (): void => {
        isSubscribed = true;
        const subscription = stoppable.subscribe({
          next(value) {
            output.next(value);
          },
          error(error: unknown) {
            output.error(error);
          },
          complete() {
            isSubscribed = false;
            loop();
          },
        });
        output.add(subscription);
      };
      const loop = (): void => {
        if (isLooping) return;
        isLooping = true;
        while (!isSubscribed && !output.closed && !isDone()) subscribeIn(subscribe);
        isLooping = false;
        if (!isSubscribed) output.complete();
      };

      output.add(() => {
        unsubscribed.next();
      });
      loop();
    });
}
