import { asyncScheduler, defer, tap, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { expectFunction } from '../utils/options.js';
import { recordedError, withoutIDs, type RecordedEvent, type StreamRecording } from './recording.js';

export interface RecordStreamOptions {
  /** The clock. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Records a stream, with its times and its error, as a fixture for `replayStream`. The events pass through unchanged.
 *
 *     source                 --a--b--c--|
 *     recordStream(save)
 *     result                 --a--b--c--|    save({ events: [{ atMs: 2, event: a }, …], endMs: 11 })
 *
 * The recording is JSON, and is meant to be committed. Therefore the IDs of the API in it are replaced by numbered ones,
 * equal ones by the same (`msg_0001`, `toolu_0002`), UUIDs are replaced likewise, and keys by `sk-redacted`. The rest is
 * what the model wrote: read it before you commit it. An ID or a key that the model repeats in several deltas is not
 * recognised.
 *
 * Put the operator directly after the source: `message_restart` and what later operators emit are no part of what a server
 * sent.
 *
 * @param save - Called once, before the completion or the error passes through, or when the consumer unsubscribes: then the
 *   recording is incomplete. Anything it throws becomes the error of the result.
 * @param options.scheduler - The clock. Default `asyncScheduler`.
 * @returns An operator that emits each event synchronously.
 * @throws {TypeError} At call time, if `save` is not a function.
 * @example
 * import { writeFileSync } from 'node:fs';
 *
 * streamMessage(params)
 *   .pipe(recordStream((recording) => writeFileSync('spec/hello.json', JSON.stringify(recording, null, 2))))
 *   .subscribe();
 */
export function recordStream<Event extends AnyEvent>(
  save: (recording: StreamRecording) => void,
  options: RecordStreamOptions = {},
): MonoTypeOperatorFunction<Event> {
  expectFunction('recordStream', 'save', save);
  const { scheduler = asyncScheduler } = options;
  return (source) =>
    defer(() => {
      const start = scheduler.now();
      const events: RecordedEvent[] = [];
      const end = (error?: unknown): void => {
        const failure = error === undefined ? {} : { error: recordedError(error) };
        save(withoutIDs({ events, endMs: scheduler.now() - start, ...failure }));
      };
      return source.pipe(
        tap({
          next: (event) => events.push({ atMs: scheduler.now() - start, event }),
          error: end,
          complete: end,
          unsubscribe: end,
        }),
      );
    });
}
