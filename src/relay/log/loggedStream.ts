import { asyncScheduler, Observable } from 'rxjs';
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
  const { scheduler = asyncScheduler } = options;
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const next = (event: AnyEvent): void => {
      subscriber.next(event);
    };
    const session = new LogSession(log, streamId, { ...options, scheduler }, source, next, controller.signal);
    session.run().then(
      () => {
        subscriber.complete();
      },
      (error: unknown) => {
        subscriber.error(error);
      },
    );
    return () => {
      controller.abort();
    };
  });
}
