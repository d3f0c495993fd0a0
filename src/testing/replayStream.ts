import { defer, type Observable, type SchedulerLike } from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../api/events.js';
import { show } from '../utils/options.js';
import { isRecording, ownError, type StreamRecording } from './recording.js';
import { timedEvents, type TimedEvent } from './timedEvents.js';

export interface ReplayStreamOptions {
  /** How many times as fast as recorded. 1 is the recorded pace. Default Infinity: everything is emitted at once. */
  readonly speed?: number | undefined;
  /** The scheduler of the times. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Emits a recording of `recordStream`, or events such as those of `eventsOf`, as a source does.
 *
 *     replayStream(eventsOf(message))                             (abcdef|)
 *     replayStream(eventsOf(message, { cutAt: 3, error }))        (abc#)        #: OverloadedError
 *     replayStream(recording, { speed: 1 })                       --a--b--c--|
 *
 * This differs from `from(events)` in what a source does besides: the shape and order of the events are validated, an
 * `error` event becomes the typed error of the stream, and the stream fails with `IncompleteMessageError` if the last
 * message is incomplete.
 *
 * An error in a recording is created again with its class, if it is one of the API or of the connection. Any other error
 * becomes an `AnthropicError` with its message.
 *
 * @param recording - A recording, also after JSON; or events.
 * @param options.speed - How many times as fast as recorded. Default Infinity, which emits synchronously.
 * @param options.scheduler - The scheduler of the times. Default `asyncScheduler`.
 * @returns The events.
 * @throws {RangeError} At call time, if `speed` is not a number above 0.
 * @example
 * import { readFileSync } from 'node:fs';
 *
 * replayStream(JSON.parse(readFileSync('spec/hello.json', 'utf8'))).pipe(finalText()).subscribe(console.log);
 */
export function replayStream(
  recording: StreamRecording | Iterable<AnyEvent>,
  options: ReplayStreamOptions = {},
): Observable<MessageStreamEvent> {
  const { speed = Infinity, scheduler } = options;
  if (!(speed > 0)) throw new RangeError(`replayStream: speed must be a number above 0, got ${show(speed)}.`);
  return defer(() => {
    if (!isRecording(recording)) return timedEvents([...recording].map(withoutDelay), { scheduler });
    const { events, endMs, error } = recording;
    let lastMs = 0;
    const timed = events.map(({ atMs, event }): TimedEvent => {
      const afterMs = (atMs - lastMs) / speed;
      lastMs = atMs;
      return { afterMs, event };
    });
    const endAfterMs = (endMs - lastMs) / speed;
    if (error === undefined) return timedEvents(timed, { endAfterMs, scheduler });
    const own = ownError(error);
    if (own !== undefined) return timedEvents(timed, { endAfterMs, error: own, scheduler });
    return timedEvents([...timed, { afterMs: endAfterMs, event: error }], { scheduler });
  });
}

function withoutDelay(event: AnyEvent): TimedEvent {
  return { afterMs: 0, event };
}
