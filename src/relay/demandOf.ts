import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { Demand } from '../rx/demand.js';

/** What is used of a `Writable` of Node. The responses of `node:http`, `node:http2` and Express have it. */
export interface WritableLike {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableLength: number;
  readonly writableHighWaterMark: number;
  /** Missing in the responses of `node:http2`. */
  readonly writableNeedDrain?: boolean | undefined;
  /** The stream of a response of `node:http2`, which is not marked as destroyed itself. */
  readonly stream?: { readonly destroyed: boolean } | undefined;
  /** Used instead of `on`, which the middleware `compression` replaces by one that listens to another stream. */
  prependListener(event: 'drain' | 'close' | 'finish', listener: () => void): unknown;
  off(event: 'drain' | 'close' | 'finish', listener: () => void): unknown;
}

/** The options of {@link demandOf}. */
export interface DemandOfOptions {
  /** The scheduler of the turn that is waited for after a `drain`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Lets a client that reads slowly pause the source: while the response cannot accept more, nothing is read from the API.
 *
 * For whatever writes to a response without waiting for it, such as `@Sse()` of NestJS. `pipeToServerResponse` and
 * `toResponse` do not need it: they bound the memory for any source.
 *
 * After a `drain`, the source waits for one more turn of the event loop, and continues to wait if the response is full
 * again by then. Otherwise it would read as much as one read returns whenever the response accepts a little, and what
 * waits between them would grow. Once the response has ended or closed, the source no longer waits.
 *
 * @param writable - The response, or any other `Writable` of Node.
 * @param options.scheduler - The scheduler of the turn after a `drain`. Default `asyncScheduler`.
 * @returns A demand, for the option of that name of every source. It listens to the response only while a source waits.
 * @example
 * streamMessage(params, { demand: demandOf(response) });
 */
export function demandOf(writable: WritableLike, options: DemandOfOptions = {}): Demand {
  const { scheduler = asyncScheduler } = options;
  let waiting: Promise<void> | undefined;
  return {
    ready() {
      if (waiting === undefined && isFull(writable)) {
        waiting = whenAccepting(writable, scheduler).then(() => {
          waiting = undefined;
        });
      }
      return waiting;
    },
  };
}

function isFull(writable: WritableLike): boolean {
  if (writable.destroyed || writable.writableEnded || writable.stream?.destroyed === true) return false;
  return writable.writableNeedDrain ?? writable.writableLength >= writable.writableHighWaterMark;
}

/** Resolves when a stream that is full accepts more, has ended, or is closed. */
function whenAccepting(writable: WritableLike, scheduler: SchedulerLike): Promise<void> {
  return new Promise((resolve) => {
    let turn: Subscription | undefined;
    const finish = (): void => {
      turn?.unsubscribe();
      writable.off('drain', onDrain);
      writable.off('close', finish);
      writable.off('finish', finish); // there is no `drain` after `end()`
      resolve();
    };
    const onDrain = (): void => {
      turn?.unsubscribe();
      turn = scheduler.schedule(() => {
        if (!isFull(writable)) finish(); // otherwise another `drain` follows
      });
    };
    writable.prependListener('drain', onDrain);
    writable.prependListener('close', finish);
    writable.prependListener('finish', finish);
  });
}
