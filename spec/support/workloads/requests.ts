/** The workloads of operators on requests, and of the bridges to other interfaces. */
import { concat, defer, from, NEVER, queueScheduler, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import * as api from '../../../src/index.js';
import type { MessageStreamEvent } from '../../../src/index.js';
import { NativeLike } from '../../bridge/support/nativeLike.js';
import { eventsWith, mixedEvents, pingEvents, proseOf, responseOf } from '../growingInputs.js';
import { type Events, lost, on, onMixed, readSnapshots, type Workloads } from './workload.js';

const retryNow = { scheduler: queueScheduler, initialDelayMs: 0, jitter: 0 };

/** The first half of an answer, then a lost connection; the second half is another answer. */
function halves(n: number): { readonly first: Events; readonly second: Events } {
  const first = eventsWith(proseOf(n / 2)).slice(0, -3);
  return { first: concat(from(first), failing), second: from(eventsWith(proseOf(n / 2))) };
}

const failing = throwError(() => lost);

/** Reads values that have all arrived before the first of them is read. */
async function readLate<T>(iterable: AsyncIterable<T>): Promise<void> {
  for await (const value of iterable) if (value === undefined) throw new Error('a value was lost');
}

/** Subscribes when all but the end of a message has arrived. Returns the number of events that rebuild it. */
export function subscribeLate(events: readonly MessageStreamEvent[]): number {
  const source = new Subject<MessageStreamEvent>();
  const shared = source.pipe(api.shareMessage());
  const first = shared.subscribe();
  for (const event of events.slice(0, -1)) source.next(event);
  let rebuilt = 0;
  shared.subscribe(() => (rebuilt += 1)).unsubscribe();
  first.unsubscribe();
  return rebuilt;
}

export const requestWorkloads: Workloads = {
  retryOnConnectionError: {
    'mixed events': onMixed((events) => events.pipe(api.retryOnConnectionError())),
    'a failed attempt and a successful one': (n) => {
      const list = mixedEvents(n);
      return () => {
        const attempts = [concat(from(list.slice(0, -1)), failing), from(list)];
        const source = defer(() => attempts.shift() ?? failing);
        return readSnapshots(source.pipe(api.retryOnConnectionError({ ...retryNow, whenStarted: 'restart' })));
      };
    },
  },
  continueOnConnectionError: {
    'mixed events': onMixed((events) =>
      events.pipe(api.continueOnConnectionError({ ...retryNow, continueWith: () => failing })),
    ),
    'an answer and its continuation': (n) => {
      const { first, second } = halves(n);
      return () =>
        readSnapshots(first.pipe(api.continueOnConnectionError({ ...retryNow, continueWith: () => second })));
    },
  },
  abortOn: {
    'mixed events': onMixed((events) => events.pipe(api.abortOn(NEVER))),
  },
  idleTimeout: {
    'mixed events': onMixed((events) => events.pipe(api.idleTimeout({ scheduler: new VirtualTimeScheduler() }))),
    pings: on(pingEvents, (events) => events.pipe(api.idleTimeout({ scheduler: new VirtualTimeScheduler() }))),
  },

  shareMessage: {
    'mixed events': onMixed((events) => events.pipe(api.shareMessage())),
    'a late subscriber': (n) => {
      const list = mixedEvents(n);
      return () => subscribeLate(list);
    },
  },

  toAsyncIterable: {
    'a slow loop, with text joined': (n) => {
      const list = mixedEvents(n);
      return () => readLate(api.toAsyncIterable(from(list), { highWaterMark: 16 }));
    },
    'a slow loop, with every value queued': (n) => {
      const list = mixedEvents(n);
      return () => readLate(api.toAsyncIterable(from(list), { highWaterMark: Infinity }));
    },
    'a source that is paused': (n) => {
      const response = responseOf(mixedEvents(n), 64);
      const scheduler = new VirtualTimeScheduler();
      return () =>
        readLate(
          api.toAsyncIterable((demand) => api.fromResponse(response, { demand, scheduler }), {
            ...{ whenFull: 'pause', highWaterMark: 16 },
          }),
        );
    },
  },

  fromNativeObservable: {
    'mixed events': onMixed((events) => api.fromNativeObservable(api.toNativeObservable(events, NativeLike))),
  },
  toNativeObservable: {
    'mixed events': onMixed((events) => api.fromNativeObservable(api.toNativeObservable(events, NativeLike))),
  },
};
