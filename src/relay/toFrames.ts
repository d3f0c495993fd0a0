import { asyncScheduler, catchError, defer, EMPTY, of, tap, type OperatorFunction } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import { HEARTBEAT, type Frame } from './frame.js';
import type { FrameOptions } from './frameOptions.js';
import { startHeartbeat } from './heartbeat.js';
import { OutgoingStream } from './outgoingStream.js';
import { withholdRestarts } from './withholdRestarts.js';

const HEARTBEAT_MS = 15_000;

/**
 * Converts events to frames, which `frameText` writes. Everything that sends events to a client is built on this.
 *
 *     source         --s--t-----------#
 *     toFrames()
 *     result         --s--t------h----(F|)      h = a heartbeat, F = a failure
 *
 * The result never fails, and never ends without a terminal frame: the event that completes the message or the run, or
 * a failure. A source that completes before that is a failure too. An error after that event is left out.
 */
export function toFrames(options: FrameOptions): OperatorFunction<AnyEvent, Frame> {
  const { heartbeatMs = HEARTBEAT_MS, restarts = true, scheduler = asyncScheduler } = options;
  return (source) =>
    defer(() => {
      const stream = new OutgoingStream(options);
      const observe = (event: AnyEvent): void => {
        stream.observe(event);
      };
      return (restarts ? source : source.pipe(tap(observe), withholdRestarts())).pipe(
        transform<AnyEvent, Frame>((output) => {
          const heartbeat = startHeartbeat(heartbeatMs, scheduler, () => {
            output.next(HEARTBEAT);
          });
          output.add(() => {
            heartbeat.stop();
          });
          return {
            next(event) {
              if (restarts) observe(event);
              const frame = stream.read(event);
              if (frame === undefined) return;
              heartbeat.postpone();
              output.next(frame);
            },
            complete() {
              stream.expectComplete();
            },
          };
        }),
        catchError((error: unknown) => (stream.isComplete ? EMPTY : of(stream.fail(error)))),
      );
    });
}
