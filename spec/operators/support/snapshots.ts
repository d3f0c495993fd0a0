/** Runs `accumulateMessage` over given events, for its specs. */
import { concat, from, lastValueFrom, map, materialize, throwError, toArray } from 'rxjs';
import {
  accumulateMessage,
  type AccumulateMessageOptions,
  type AnyEvent,
  type Message,
  type TextCitation,
} from '../../../src/index.js';
import { buildMessage, type AnyContentBlock } from '../../../src/testing/index.js';
import { deepFreeze } from '../../support/deepFreeze.js';
import { messageStart, messageStop } from '../../support/events.js';

/** The message that `messageStart()` contains: no content and no stop reason. */
export const opening: Message = messageStart().message;

export const messageWith = (...content: readonly AnyContentBlock[]): Message => buildMessage({ ...opening, content });

export const citation: TextCitation = {
  type: 'page_location',
  cited_text: 'The grass is green.',
  document_index: 0,
  document_title: 'Grass',
  start_page_number: 1,
  end_page_number: 2,
};

/** A `message_delta` with exactly these fields, as a newer server may send it. */
export const messageDeltaWith = (delta: object = {}, beside: object = { usage: {} }) => ({
  type: 'message_delta',
  delta,
  ...beside,
});

/** Returns all snapshots. Each is frozen as soon as it is emitted, so that any later write to it throws. */
export const snapshotsOf = (events: readonly AnyEvent[], options?: AccumulateMessageOptions): Promise<Message[]> =>
  lastValueFrom(
    from(deepFreeze(events)).pipe(
      accumulateMessage(options),
      map((message) => deepFreeze(message)),
      toArray(),
    ),
  );

/** Returns the complete message, once these events are followed by a `message_stop`. */
export const messageAfter = async (...events: readonly AnyEvent[]): Promise<Message | undefined> =>
  (await snapshotsOf([...events, messageStop])).at(-1);

/** Returns the complete message, once these events have a `message_start` before them and a `message_stop` after them. */
export const messageOf = (...events: readonly AnyEvent[]) => messageAfter(messageStart(), ...events);

/** Returns the error with which the snapshots of these events end; the source itself ends with `end`, if it is given. */
export async function errorOf(events: readonly AnyEvent[], end?: Error): Promise<unknown> {
  const source =
    end === undefined
      ? from(events)
      : concat(
          from(events),
          throwError(() => end),
        );
  const last = (await lastValueFrom(source.pipe(accumulateMessage(), materialize(), toArray()))).at(-1);
  return last?.kind === 'E' ? last.error : undefined;
}
