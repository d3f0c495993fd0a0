import type { Observable, SchedulerLike } from 'rxjs';
import type { AnyEvent } from '../../api/events.js';
import { BadRequestError } from '../../errors/statusClasses.js';
import { expectAtLeast, expectFunction, expectFunctions, expectSignal, show } from '../../utils/options.js';
import type { DescribeError } from '../publicError.js';
import { withPublicMessage } from '../publicMessage.js';
import type { EventLog } from './eventLog.js';

/** The options of everything that emits the events of a log. */
export interface ResumeFromOptions {
  /**
   * The position of the last event that the client has: its header `last-event-id`. Default: none, so that all events
   * are emitted.
   */
  readonly after?: string | number | readonly string[] | null | undefined;
  /**
   * Continues the stream if the process that generated it is gone: an operator, usually `continueOnConnectionError`, on
   * the events so far and an `APIConnectionError`. It must pass the events on unchanged. Without it, such a stream ends
   * with an error.
   */
  readonly takeOver?: ((soFar: Observable<AnyEvent>) => Observable<AnyEvent>) | undefined;
  /**
   * How long the process that generates the stream may be silent before another takes over, in ms. Its lease is renewed
   * three times as often. Default 10 000.
   */
  readonly leaseMs?: number | undefined;
  /** How long the generation continues while no client reads the stream, in ms. Default 300 000 (5 minutes). */
  readonly graceMs?: number | undefined;
  /** Changes what clients learn of an error. It is stored, so the relays that send it do not change it again. */
  readonly describeError?: DescribeError | undefined;
  /**
   * Aborted when the process shuts down. The generation then stops, and another process takes over at once, with what is
   * stored. Readers of the stream in this process fail with `StreamInterruptedError`, after which their clients resume.
   */
  readonly shutdown?: AbortSignal | undefined;
  /**
   * Keeps a serverless process alive while it generates, such as `waitUntil` of Cloudflare Workers and of Vercel. Called
   * once per subscription, before the stream begins, with a promise that resolves when this process has ended its work on
   * the stream, whether the client has left or not. The promise never rejects. If the function throws, the stream fails
   * with its error and nothing is begun.
   */
  readonly waitUntil?: ((ended: Promise<void>) => void) | undefined;
  /**
   * Called if the log fails while this process generates the stream and its client has left, so that nobody receives the
   * error. The generation is stopped; what is stored remains, and is continued when a client comes back. An error that is
   * stored is not reported here, because clients that come back receive it. What the function
   * throws is an uncaught exception, and a promise that it returns is not awaited. Default: ignores the error.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The scheduler of all waits. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

export const LEASE_MS = 10_000;
export const GRACE_MS = 300_000;

/**
 * Validates the arguments at call time.
 *
 * @throws {TypeError} If the log or the ID is missing, `takeOver`, `describeError`, `waitUntil` or `onError` is not a
 * function, or `shutdown` is not a signal.
 * @throws {RangeError} If `leaseMs` is less than 1, `graceMs` is negative, or one of them is not a number.
 */
export function expectLogOptions(
  caller: string,
  log: EventLog,
  streamId: string,
  { leaseMs, graceMs, takeOver, describeError, shutdown, waitUntil, onError }: ResumeFromOptions,
): void {
  expectFunction(caller, 'log.open', log.open);
  expectFunctions(caller, { takeOver, describeError, waitUntil, onError });
  if (typeof streamId !== 'string' || streamId === '') {
    throw new TypeError(`${caller}: the ID of the stream must be a string that is not empty, got ${show(streamId)}.`);
  }
  expectAtLeast(1, caller, { leaseMs });
  expectAtLeast(0, caller, { graceMs });
  expectSignal(caller, shutdown);
}

/**
 * Reads the position that a client sent.
 *
 * @throws {BadRequestError} If it is not a position.
 */
export function readPosition(after: ResumeFromOptions['after']): number {
  const text = String(after ?? '').trim();
  if (/^\d{0,15}$/.test(text)) return Number(text);
  throw notAPosition(`'${text.slice(0, 50)}' is not the position of an event.`);
}

/** Creates the error for a position that the stream does not have. The client reads the explanation. */
export function notAPosition(explanation: string): BadRequestError {
  const message = `${explanation} Send the last \`id:\` that was received.`;
  const error = new BadRequestError(`400 invalid_request_error: ${message}`, {
    status: 400,
    type: 'invalid_request_error',
  });
  return withPublicMessage(error, message);
}
