import { concat, defer, filter, from, throwError, type Observable } from 'rxjs';
import { hasContent } from '../../api/content.js';
import type { AnyEvent } from '../../api/events.js';
import { APIConnectionError, IncompleteMessageError } from '../../errors/classes.js';
import type { ResumeFromOptions } from './logOptions.js';

/**
 * Returns what follows the events of a stream whose process is gone.
 *
 *     stored            (abc)
 *     takeOver receives (abc#)
 *     takeOver returns  (abc)--r--d--e--|        r: message_reconnect
 *     result            -------r--d--e--|
 *
 * @param events - The events that are stored. They are not emitted again.
 * @param source - The first request, which is sent again if the operator subscribes again. Default: the same error again.
 * @param takeOver - Continues the stream. Default: the result fails.
 */
export function continuation(
  events: readonly AnyEvent[],
  source: Observable<AnyEvent> | undefined,
  takeOver: ResumeFromOptions['takeOver'],
): Observable<AnyEvent> {
  const phase = events.some(hasContent) ? 'mid-content' : 'before-content';
  if (takeOver === undefined) {
    const explanation = 'The process that generated the stream is gone, and no takeOver says how to continue it.';
    return throwError(() => new IncompleteMessageError(explanation, { phase }));
  }
  const stored = new Set(events);
  return defer(() => {
    let state: 'new' | 'replaying' | 'replayed' = 'new';
    const lost = throwError(() => new APIConnectionError('The process that generated the stream is gone.', { phase }));
    const soFar = defer(() => {
      if (state !== 'new') return source ?? lost;
      state = 'replaying';
      const end = defer(() => {
        state = 'replayed';
        return lost;
      });
      return concat(from(events), end);
    });
    return takeOver(soFar).pipe(
      filter((event) => {
        const isStored = stored.has(event);
        if (!isStored && state === 'replaying') {
          throw new TypeError(
            'takeOver must pass the events of the stream on unchanged, and emit others only after them.',
          );
        }
        return !isStored;
      }),
    );
  });
}
