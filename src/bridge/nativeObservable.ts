import { isObservable, Observable, takeUntil } from 'rxjs';
import { fromAbort } from '../rx/fromAbort.js';
import { expectFunction } from '../utils/options.js';

/** What is used of the observer that a native `Observable` notifies. */
export interface NativeObserver<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/** What is used of a native `Observable`: the one of the web platform, which Chromium and the polyfill of RxJS 9 have. */
export interface NativeObservable<T> {
  subscribe(observer: NativeObserver<T>, options: { readonly signal: AbortSignal }): void;
}

/** What is used of the subscriber that a native `Observable` gives to its producer. */
export interface NativeSubscriber<T> extends NativeObserver<T> {
  /** Aborted when the last consumer has left, and when the Observable has ended. */
  readonly signal: AbortSignal;
}

/**
 * Converts a native `Observable` to one of RxJS. RxJS's `from` does not accept it.
 *
 *     native                    --a--b--c--|
 *     fromNativeObservable(native)
 *     result                    --a--b--!          unsubscribing stops the producer: its teardowns run
 *
 * Each subscription subscribes to the native Observable, whose subscribers share one producer. Values, errors and the
 * completion are emitted synchronously with it.
 *
 * @param native - The native Observable.
 * @returns An Observable of the same values. Unsubscribing aborts the signal of its subscription, synchronously, also
 * while the producer emits.
 * @throws {TypeError} At call time, if `native` has no `subscribe`, or is an Observable of RxJS.
 * @example
 * const stop$ = fromNativeObservable(stopButton.when('click'));
 * streamMessage(params).pipe(abortOn(stop$)).subscribe(show);
 */
export function fromNativeObservable<T>(native: NativeObservable<T>): Observable<T> {
  expectFunction('fromNativeObservable', 'native.subscribe', native.subscribe);
  if (isObservable(native)) {
    throw new TypeError('fromNativeObservable: native is an Observable of RxJS already. Use it as it is.');
  }
  return new Observable((subscriber) => {
    const controller = new AbortController();
    subscriber.add(() => {
      controller.abort(); // added before the producer starts, which may emit at once
    });
    native.subscribe(passTo(subscriber), { signal: controller.signal });
  });
}

/**
 * Converts an Observable of RxJS to a native one, which has the platform's methods and can be given to RxJS 9.
 *
 *     source                    --a--b--c--|
 *     toNativeObservable(source, globalThis.Observable)
 *     1st consumer              --a--b--c--|
 *     2nd consumer                ---b--c--|       consumers at the same time share one subscription to the source
 *
 * The source is subscribed when the first consumer subscribes, and unsubscribed synchronously when the last one has
 * aborted its signal. A consumer after that starts a new request.
 *
 * @param source - The Observable of RxJS.
 * @param Native - The constructor of the platform: `globalThis.Observable`.
 * @returns A native Observable of the same values, errors and completion.
 * @throws {TypeError} At call time, if `Native` is not a function, for example because the runtime has no native
 * Observable, or if it is the constructor of RxJS.
 * @example
 * const text = toNativeObservable(streamMessage(params).pipe(textDeltas()), globalThis.Observable);
 * const controller = new AbortController();
 * await text.forEach(show, { signal: controller.signal });
 */
export function toNativeObservable<T, Result>(
  source: Observable<T>,
  Native: new (produce: (subscriber: NativeSubscriber<T>) => void) => Result,
): Result {
  expectFunction('toNativeObservable', 'the constructor', Native);
  const native = new Native((subscriber) => {
    source.pipe(takeUntil(fromAbort(subscriber.signal))).subscribe(passTo(subscriber));
  });
  if (isObservable(native)) {
    throw new TypeError('toNativeObservable: the constructor is that of RxJS. Pass globalThis.Observable.');
  }
  return native;
}

/** Passes everything on to an observer, whose methods need their object. */
function passTo<T>(observer: NativeObserver<T>): NativeObserver<T> {
  return {
    next: (value) => {
      observer.next(value);
    },
    error: (error) => {
      observer.error(error);
    },
    complete: () => {
      observer.complete();
    },
  };
}
