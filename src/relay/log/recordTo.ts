import type { Observable } from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../../api/events.js';
import type { EventLog } from './eventLog.js';
import { loggedStream } from './loggedStream.js';
import { expectLogOptions, type ResumeFromOptions } from './logOptions.js';

export type RecordToOptions = ResumeFromOptions;

/**
 * Records a stream in a log, so that a client that loses the connection gets what it missed, and the generation continues
 * without it.
 *
 *     source                    --s--t--u--v--w--|
 *     recordTo(log, id)
 *     1st subscriber            --s--t--!               loses the connection
 *     2nd, with after: '2'                -(uv)w--|     the same request again, with last-event-id: 2
 *
 * The first subscriber of an ID subscribes to the source. Every other, in this process or another one, reads the log, so
 * that an ID stands for one generation however often the request is sent. Each event is emitted after it is stored, and
 * validated before. An error of the source, a stream that ends too early, and a `stop` are stored too: every client then
 * gets the same error, which is final.
 *
 * Unsubscribing does not end the generation. It ends when the source does, after `log.stop(id)`, or `graceMs` after
 * nobody reads it any more. If its process dies, one that reads the stream takes over, as `takeOver` says, as soon as the
 * lease has ended. If another process has taken over, this one unsubscribes from the source and reads the log.
 *
 * There is no `demand`: a generation does not wait for a client, and what a relay holds for one that reads slowly is
 * bounded by `maxPendingBytes`.
 *
 * Operators before `recordTo` see the generation, once; those after it see what one client gets. A relay takes the
 * position of an event from the object itself, so those after it may leave events out but must not change any. The events of the
 * subscriber that generates are those of the source; other subscribers get what was stored, in which errors are reduced
 * to what is public about them.
 *
 * @param log - Where the events are stored: `memoryEventLog()`, or one that all processes share.
 * @param streamId - Names the generation. Must be unique, and only known to those who may read it.
 * @param options.after - The position of the last event that the client has: its header `last-event-id`.
 * @param options.takeOver - Continues a stream whose process is gone. Default: it ends with an error.
 * @param options.leaseMs - How long the process may be silent before another takes over, in ms. Default 10 000.
 * @param options.graceMs - How long the generation continues while nobody reads it, in ms. Default 300 000.
 * @param options.describeError - Changes what clients learn of an error.
 * @param options.shutdown - Aborted when the process shuts down, so that another takes over at once.
 * @param options.waitUntil - Receives a promise that resolves when the recording has ended, for serverless platforms.
 * @param options.onError - Receives the error of a log that fails after the client has left. Default: nothing does.
 * @param options.scheduler - The scheduler of all waits. Default `asyncScheduler`.
 * @returns An operator from the events of a message or a tool run to those that the client has not seen. Fails with the
 * error that ended the stream, with `BadRequestError` or `NotFoundError` if the log has no event at `after`, or with
 * `StreamInterruptedError` if the log cannot be reached or the process shuts down: then the stream can be resumed.
 * @throws {TypeError} At call time, if an argument has the wrong type.
 * @throws {RangeError} At call time, if `leaseMs` is less than 1, `graceMs` is negative, or one of them is not a number.
 * @example
 * const log = memoryEventLog();
 * app.post('/chat/:id', (request, response) => {
 *   streamMessage(params)
 *     .pipe(recordTo(log, request.params.id, { after: request.get('last-event-id') }), pipeToServerResponse(response))
 *     .subscribe();
 * });
 */
export function recordTo(
  log: EventLog,
  streamId: string,
  options: RecordToOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | MessageStreamEvent> {
  expectLogOptions('recordTo', log, streamId, options);
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    // What was stored are events of the source. Unknown types pass through, but are not in the union (see events.ts).
    loggedStream(log, streamId, options, source) as Observable<Event | MessageStreamEvent>;
}
