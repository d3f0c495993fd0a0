import type { SchedulerLike } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import type { DescribeError } from './publicError.js';

/** The options of everything that sends events on to a client. */
export interface FrameOptions {
  /**
   * How long nothing may be sent before a comment is, in ms, so that no proxy closes the connection. Default 15 000.
   * `Infinity` sends none.
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * The `id:` of each event: true for its position, counted from 1; false for none; or a function from the event and
   * that position. Default true.
   */
  readonly ids?: boolean | ((event: AnyEvent, position: number) => string | undefined) | undefined;
  /**
   * Whether `message_restart` and `message_reconnect` are sent. Pass false if the client is an official SDK, which
   * fails on them: the events of a message are then held back until it has content, and a restart after that ends the
   * stream with an error. Default true.
   */
  readonly restarts?: boolean | undefined;
  /** Changes what the client learns of an error. Default: a status, a type and a message that depend on its kind. */
  readonly describeError?: DescribeError | undefined;
  /** The scheduler of the comments. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Validates the options at call time.
 *
 * @throws {RangeError} If `heartbeatMs` is less than 1 or not a number.
 */
export function expectFrameOptions(caller: string, { heartbeatMs }: FrameOptions): void {
  expectAtLeast(1, caller, { heartbeatMs });
}

/**
 * Returns the `id` of an event.
 *
 * @throws {TypeError} If a function returned a text that cannot be an `id`: a line break would begin another field, and
 * clients ignore an id with a NUL.
 */
export function idOf(event: AnyEvent, position: number, ids: FrameOptions['ids'] = true): string | undefined {
  if (typeof ids === 'boolean') return ids ? String(position) : undefined;
  const id = ids(event, position);
  if (id !== undefined && /[\r\n\0]/.test(id)) {
    throw new TypeError('The function in `ids` returned a text with a line break or a NUL, which cannot be an id.');
  }
  return id;
}
