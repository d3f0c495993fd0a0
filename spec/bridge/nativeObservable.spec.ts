import { NEVER, Observable, of, Subject, take, throwError } from 'rxjs';
import { fromNativeObservable, toNativeObservable } from '../../src/index.js';
import { NativeLike } from './support/nativeLike.js';

describe('fromNativeObservable', () => {
  it('emits the values and the completion', () => {
    const seen: unknown[] = [];
    const native = new NativeLike<number>((subscriber) => {
      subscriber.next(1);
      subscriber.next(2);
      subscriber.complete();
    });
    fromNativeObservable(native).subscribe({
      next: (value) => seen.push(value),
      complete: () => seen.push('complete'),
    });

    expect(seen).toEqual([1, 2, 'complete']);
  });

  it('fails with the error', () => {
    const error = new Error('lost');
    let seen: unknown;
    const native = new NativeLike<number>((subscriber) => {
      subscriber.error(error);
    });
    fromNativeObservable(native).subscribe({ error: (reason: unknown) => (seen = reason) });

    expect(seen).toBe(error);
  });

  it('stops the producer synchronously when it is unsubscribed', () => {
    const log: string[] = [];
    const native = new NativeLike<number>((subscriber) => {
      log.push('start');
      subscriber.addTeardown(() => log.push('stop'));
    });
    const subscription = fromNativeObservable(native).subscribe();
    log.push('unsubscribe');
    subscription.unsubscribe();
    log.push('done');

    expect(log).toEqual(['start', 'unsubscribe', 'stop', 'done']);
  });

  it('stops a producer that emits synchronously', () => {
    let active = 0;
    const native = new NativeLike<number>((subscriber) => {
      for (let value = 0; value < 100; value += 1) {
        if (subscriber.active) active += 1;
        subscriber.next(value);
      }
    });
    const seen: number[] = [];
    fromNativeObservable(native)
      .pipe(take(3))
      .subscribe((value) => seen.push(value));

    expect([seen, active]).toEqual([[0, 1, 2], 3]);
  });

  it('does not subscribe before it is subscribed', () => {
    let starts = 0;
    const result$ = fromNativeObservable(new NativeLike<number>(() => (starts += 1)));

    expect(starts).toBe(0);

    result$.subscribe();

    expect(starts).toBe(1);
  });

  it.each([
    ['an object without subscribe', {}],
    ['an Observable of RxJS', of(1)],
  ])('throws at call time: %s', (_, value) => {
    expect(() => fromNativeObservable(value as never)).toThrow(/^fromNativeObservable: /);
  });
});

describe('toNativeObservable', () => {
  it('emits the values and the completion, and can be converted back', () => {
    const seen: unknown[] = [];
    const native = toNativeObservable(of(1, 2), NativeLike);
    fromNativeObservable(native).subscribe({
      next: (value) => seen.push(value),
      complete: () => seen.push('complete'),
    });

    expect(native).toBeInstanceOf(NativeLike);
    expect(seen).toEqual([1, 2, 'complete']);
  });

  it('fails with the error', () => {
    const error = new Error('lost');
    let seen: unknown;
    toNativeObservable(
      throwError(() => error),
      NativeLike,
    ).subscribe({ error: (reason) => (seen = reason) });

    expect(seen).toBe(error);
  });

  it('subscribes to the source once for all consumers, and unsubscribes synchronously with the last', () => {
    const source = new Subject<number>();
    const native = toNativeObservable(source, NativeLike);
    const [first, second] = [new AbortController(), new AbortController()];
    const seen: string[] = [];

    expect(source.observed).toBe(false);

    native.subscribe({ next: (value) => seen.push(`first ${value}`) }, { signal: first.signal });
    source.next(1);
    native.subscribe({ next: (value) => seen.push(`second ${value}`) }, { signal: second.signal });
    source.next(2);
    first.abort();
    source.next(3);

    expect(seen).toEqual(['first 1', 'first 2', 'second 2', 'second 3']);
    expect(source.observed).toBe(true);

    second.abort();

    expect(source.observed).toBe(false);
  });

  it('unsubscribes from a source that emits synchronously', () => {
    let emitted = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed && emitted < 100) subscriber.next((emitted += 1));
    });
    const controller = new AbortController();
    toNativeObservable(source, NativeLike).subscribe(
      {
        next: (value) => {
          if (value === 3) controller.abort();
        },
      },
      { signal: controller.signal },
    );

    expect(emitted).toBe(3);
  });

  it.each([
    ['a runtime without a native Observable', undefined],
    ['the constructor of RxJS', Observable],
  ])('throws at call time: %s', (_, constructor) => {
    expect(() => toNativeObservable(NEVER, constructor as never)).toThrow(/^toNativeObservable: /);
  });
});
