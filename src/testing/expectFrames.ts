import { assertionError } from './assertions/assertionError.js';
import { describe } from './assertions/describe.js';
import { isDeepEqual } from './assertions/isDeepEqual.js';
import { isRecord } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';

/**
 * Compares what RxJS's TestScheduler has recorded with what was expected. Pass it to the constructor of the TestScheduler,
 * so that a failure names the events, with any test runner.
 *
 *     The streams differ (- expected, + received):
 *         1  message_start "msg_0001"
 *         3  content_block_start 0 text
 *       - 4  text_delta 0 "Hel"
 *       + 5  text_delta 0 "Hel"
 *         9  complete
 *
 * Values are compared by what they contain. A field that is undefined is like a missing one, and errors are equal if they
 * have the same class, message and fields.
 *
 * @param actual - What was recorded: notifications with their frames, or subscriptions.
 * @param expected - What was expected.
 * @throws {Error} If they differ: an error with the name `AssertionError`, with `actual` and `expected`. Each line of its
 *   message has the frame, which is 1 ms inside of `run`, and the event, another value, an error, or the completion.
 * @example
 * import { TestScheduler } from 'rxjs/testing';
 *
 * new TestScheduler(expectFrames).run(({ cold, expectObservable }) => {
 *   const { marbles, values } = marbleEvents('-<-[a--b-]$>|', { a: 'Hel', b: 'lo' });
 *   expectObservable(cold(marbles, values).pipe(textDeltas())).toBe('----a--b----|', { a: 'Hel', b: 'lo' });
 * });
 */
export function expectFrames(actual: unknown, expected: unknown): void {
  if (isDeepEqual(actual, expected)) return;
  const [received, wanted] = [listOf(actual), listOf(expected)];
  const shared = Math.min(received.length, wanted.length);
  const head = countEqual(shared, (i) => isDeepEqual(received[i], wanted[i]));
  const tail = countEqual(shared - head, (i) => isDeepEqual(received.at(-1 - i), wanted.at(-1 - i)));
  const missing = wanted.slice(head, wanted.length - tail);
  const extra = received.slice(head, received.length - tail);
  const lines = [
    ...wanted.slice(0, head).map((frame) => `    ${describeFrame(frame)}`),
    ...describeDifference(missing, extra).map((line) => `  - ${line}`),
    ...describeDifference(extra, missing).map((line) => `  + ${line}`),
    ...wanted.slice(wanted.length - tail).map((frame) => `    ${describeFrame(frame)}`),
  ];
  const message = `The streams differ (- expected, + received):\n${lines.join('\n')}`;
  throw assertionError(message, actual, expected);
}

function listOf(frames: unknown): readonly unknown[] {
  return Array.isArray(frames) ? frames : [frames];
}

/** Counts how many positions from 0 are equal, up to the first that is not. */
function countEqual(length: number, isEqual: (position: number) => boolean): number {
  let count = 0;
  while (count < length && isEqual(count)) count += 1;
  return count;
}

/** Describes frames. Adds the JSON of one that would look like a frame of the other side, although they differ. */
function describeDifference(frames: readonly unknown[], others: readonly unknown[]): string[] {
  const descriptions = new Set(others.map(describeFrame));
  return frames.map((frame) => {
    const description = describeFrame(frame);
    const looksEqual = descriptions.has(description) && !others.some((other) => isDeepEqual(other, frame));
    return looksEqual ? `${description} ${safeStringify(valueOf(frame)) ?? ''}`.trimEnd() : description;
  });
}

/** What a TestScheduler records of a notification or of a subscription. */
interface Frame {
  readonly frame?: number;
  readonly notification?: { readonly kind: string; readonly value?: unknown; readonly error?: unknown };
  readonly subscribedFrame?: number;
  readonly unsubscribedFrame?: number;
}

function valueOf(frame: unknown): unknown {
  const { notification }: Frame = isRecord(frame) ? frame : {};
  return notification?.kind === 'E' ? notification.error : notification?.value;
}

function describeFrame(frame: unknown): string {
  const { frame: at = 0, notification, subscribedFrame, unsubscribedFrame = Infinity }: Frame = Object(frame) as Frame;
  if (subscribedFrame !== undefined) {
    const end = unsubscribedFrame === Infinity ? 'never unsubscribed' : `unsubscribed at ${unsubscribedFrame}`;
    return `subscribed at ${subscribedFrame}, ${end}`;
  }
  if (notification === undefined) return describe(frame);
  if (notification.kind === 'C') return `${at}  complete`;
  return notification.kind === 'E'
    ? `${at}  error ${describe(notification.error)}`
    : `${at}  ${describe(notification.value)}`;
}
