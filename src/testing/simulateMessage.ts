import type { Observable, SchedulerLike } from 'rxjs';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { textOfDelta, withTextOfDelta } from '../accumulate/joinDeltas.js';
import type { Message } from '../api/message.js';
import { expectAtLeast, show } from '../utils/options.js';
import type { StreamErrorEvent } from './errorEvent.js';
import { eventsOf } from './eventsOf.js';
import { seededRandom } from './random.js';
import { timedEvents, type TimedEvent } from './timedEvents.js';

export interface SimulateMessageOptions {
  /** The time to the first event, in ms. Default 600. */
  readonly firstMs?: number | undefined;
  /** The average time between two deltas, in ms. Each is 0.5 to 1.5 times as long. 0: no time passes. Default 30. */
  readonly paceMs?: number | undefined;
  /**
   * How text, thinking and JSON are split into deltas: `'token'` (1 to 12 UTF-16 code units), `'word'` (up to the next
   * space, inclusive), or the length in UTF-16 code units. Surrogate pairs are never split. Default `'token'`.
   */
  readonly chunkBy?: 'token' | 'word' | number | undefined;
  /** Makes another sequence of lengths and times. The same seed always makes the same one. Default 1. */
  readonly seed?: number | undefined;
  /** Whether a ping follows the first `content_block_start`, as in the API's streams. Default true. */
  readonly pings?: boolean | undefined;
  /** The number of events after which the stream ends early. Default: half of them if there is an `error`, else all. */
  readonly cutAt?: number | undefined;
  /** What ends the stream early: an `errorEvent`, or an error that it fails with. Default: the stream just ends. */
  readonly error?: StreamErrorEvent | Error | undefined;
  /** The scheduler of the times. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Emits the events of a message at the pace of a model.
 *
 *     simulateMessage(message)   --------(sbp)-d--d-d--d(ed)(x|)    s: message_start … x: message_stop
 *                                firstMs      paceMs
 *
 * The first events come together after `firstMs`, then a delta every `paceMs` on average. The events that end a block and
 * the message follow the last delta at once. Each subscription starts again, with the same lengths and times. Without a
 * `scheduler`, the times are real, or virtual inside of `TestScheduler.run`.
 *
 * The events are validated as a source does it. If they end early, the stream fails as that of a source: with the class of
 * error for an `errorEvent`, otherwise with `IncompleteMessageError`.
 *
 * @param message - A complete message.
 * @param options.firstMs - The time to the first event, in ms. Default 600.
 * @param options.paceMs - The average time between two deltas, in ms. Default 30.
 * @param options.chunkBy - `'token'`, `'word'`, or a length in UTF-16 code units. Default `'token'`.
 * @param options.seed - The seed of the lengths and times. Default 1.
 * @param options.pings - Whether there is a ping, as in the API's streams. Default true.
 * @param options.cutAt - The number of events after which the stream ends early.
 * @param options.error - An error event, or an error, which ends the stream early.
 * @param options.scheduler - The scheduler of the times. Default `asyncScheduler`.
 * @returns The events. Completes after `message_stop`.
 * @throws {RangeError} At call time, if a number is out of range.
 * @example
 * simulateMessage(buildMessage({ content: 'Good morning.' }), { chunkBy: 'word', firstMs: 200 })
 *   .pipe(textDeltas())
 *   .subscribe(console.log); // Good ⏎ morning.
 */
export function simulateMessage(
  message: Message,
  options: SimulateMessageOptions = {},
): Observable<MessageStreamEvent> {
  const { firstMs = 600, paceMs = 30, chunkBy = 'token', seed = 1, pings = true, error, scheduler } = options;
  expectAtLeast(0, 'simulateMessage', { firstMs, paceMs, cutAt: options.cutAt });
  if (chunkBy !== 'token' && chunkBy !== 'word' && !(Number.isInteger(chunkBy) && chunkBy >= 1)) {
    throw new RangeError(
      `simulateMessage: chunkBy must be 'token', 'word' or an integer of at least 1, got ${show(chunkBy)}.`,
    );
  }
  const random = seededRandom(seed);
  const split = splitterFor(chunkBy, random);
  const all = eventsOf(message, { deltaLength: Infinity }).flatMap((event) => splitDelta(event, split));
  const withPing = pings ? insertPing(all) : all;
  const { cutAt = error === undefined ? Infinity : Math.floor(withPing.length / 2) } = options;
  const kept: AnyEvent[] = withPing.slice(0, cutAt);
  if (error !== undefined && !(error instanceof Error)) kept.push(error);
  const timed = kept.map((event, i): TimedEvent => {
    const isPaced = isEvent(event, 'content_block_delta') || event.type === 'error';
    return { event, afterMs: i === 0 ? firstMs : isPaced ? Math.round(paceMs * (0.5 + random())) : 0 };
  });
  const failure = error instanceof Error ? error : undefined;
  return timedEvents(timed, { endAfterMs: cutAt < withPing.length ? paceMs : 0, error: failure, scheduler });
}

/** Splits a text into pieces. */
type Split = (text: string) => readonly string[];

function splitterFor(chunkBy: 'token' | 'word' | number, random: () => number): Split {
  if (chunkBy === 'word') return (text) => text.match(/\s*\S+\s?|\s+/g) ?? [];
  const nextLength = chunkBy === 'token' ? () => 1 + Math.floor(random() * 12) : () => chunkBy;
  return (text) => {
    const pieces: string[] = [];
    for (let from = 0; from < text.length;) {
      const end = from + nextLength();
      const splitsPair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
      pieces.push(text.slice(from, splitsPair ? end + 1 : end));
      from = splitsPair ? end + 1 : end;
    }
    return pieces;
  };
}

function splitDelta(event: MessageStreamEvent, split: Split): MessageStreamEvent[] {
  if (!isEvent(event, 'content_block_delta')) return [event];
  const text = textOfDelta(event.delta) ?? '';
  if (text === '') return [event];
  return split(text).map((piece) => ({ ...event, delta: withTextOfDelta(event.delta, piece) }));
}

function insertPing(events: readonly MessageStreamEvent[]): readonly MessageStreamEvent[] {
  const start = events.findIndex(({ type }) => type === 'content_block_start');
  return start === -1 ? events : [...events.slice(0, start + 1), { type: 'ping' }, ...events.slice(start + 1)];
}
