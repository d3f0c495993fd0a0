import { asyncScheduler, finalize, from, Observable } from 'rxjs';
import type { AnyEvent } from '../../api/events.js';
import type { EventLog } from './eventLog.js';
import type { ResumeFromOptions } from './logOptions.js';
import { LogSession } from './logSession.js';

/**
 * Returns the events of a stream of a log.
 *
 * @param source - The generation, if a stream that does not exist may be begun. It outlives the subscriber.
 */
export function loggedStream(
  log: EventLog,
  streamId: string,
  options: ResumeFromOptions,
  source?: Observable<AnyEvent>,
): Observable<AnyEvent> {
  const { scheduler = asyncScheduler, waitUntil } = options;
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const next = (event: AnyEvent): void => {
      subscriber.next(event);
    };
    const session = new LogSession(log, streamId, { ...options, scheduler }, source, next, controller.signal);
    const begin = (): Promise<void> =>
      session.run().then(
        () => {
          subscriber.complete();
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
    beginWithin(waitUntil, begin);
    return () => {
      controller.abort();
    };
  });
}

/** Begins after `waitUntil` has received the promise of the end: if `waitUntil` throws, nothing is begun. */
function beginWithin(waitUntil: ResumeFromOptions['waitUntil'], begin: () => Promise<void>): void {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  waitUntil?.(ended);
  // An error that a finalizer of the subscriber throws is uncaught, as in any subscriber.
  from(begin()).pipe(finalize(end)).subscribe();
}
