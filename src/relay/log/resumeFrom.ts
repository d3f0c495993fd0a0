import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../../api/events.js';
import type { EventLog } from './eventLog.js';
import { loggedStream } from './loggedStream.js';
import { expectLogOptions, type ResumeFromOptions } from './logOptions.js';

/**
 * Emits the events of a stream that `recordTo` records: those that are stored, then the others as they arrive.
 *
 *     recorded                             --s--t--u--v--|
 *     resumeFrom(log, id, { after: '2' })           ^-u--v--|
 *
 * Completes when the stream has ended, and fails with its error if it failed. A client that already has the last event
 * gets it again, so that no response ends without one. If the process that generates the stream is gone, the subscriber
 * takes over as soon as the lease has ended: see `takeOver`. Without it, the stream ends with an
 * `IncompleteMessageError`, unless another process takes over first.
 *
 * @param log - Where the events are stored.
 * @param streamId - Names the stream.
 * @param options.after - The position of the last event that the client has: its header `last-event-id`. Default: none.
 * @param options - Also `takeOver`, `leaseMs`, `graceMs`, `describeError`, `shutdown`, `waitUntil`, `onError`
 * and `scheduler`, as in `recordTo`.
 * @returns The events. Fails with `NotFoundError` if the log has no such stream, with `BadRequestError` if the stream has
 * no event at `after`, and with `StreamInterruptedError` if the log cannot be reached.
 * @throws {TypeError} At call time, if an argument has the wrong type.
 * @throws {RangeError} At call time, if `leaseMs` is less than 1, `graceMs` is negative, or one of them is not a number.
 * @example
 * const log = memoryEventLog();
 * app.get('/chat/:id', (request, response) => {
 *   resumeFrom(log, request.params.id, { after: request.get('last-event-id') })
 *     .pipe(pipeToServerResponse(response))
 *     .subscribe();
 * });
 */
export function resumeFrom(
  log: EventLog,
  streamId: string,
  options: ResumeFromOptions = {},
): Observable<MessageStreamEvent> {
  expectLogOptions('resumeFrom', log, streamId, options);
  // Unknown types pass through, but are not in the union (see events.ts).
  return loggedStream(log, streamId, options) as Observable<MessageStreamEvent>;
}
