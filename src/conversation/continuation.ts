import { blocksToEvents } from '../accumulate/blocksToEvents.js';
import { ContinuedMessage } from '../accumulate/continuedMessage.js';
import { isEvent, type AnyEvent, type MessageReconnectEvent, type MessageStreamEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { RUN_EVENTS } from '../api/runEvents.js';
import { continuationContent } from '../history/continuationContent.js';
import { readPath } from '../utils/inspect.js';

/**
 * Joins a message that ended early and the answer to the request that continues it into one message.
 *
 *     partial           s 'The ti'
 *     continuing                      s 'de.' e m z
 *     joined            s 'The ti' c  'de.' e m z       c: message_reconnect
 *
 * The events of the partial message are repeated first, up to its most recent text, which is what the request sends. They
 * have been shown already: see `isRepeated`.
 */
export class Continuation {
  /** The message that ended early. */
  readonly partial: Message;
  readonly #repeated = new WeakSet<AnyEvent>();
  #message = new ContinuedMessage<AnyEvent>();
  #isFirstMessage = true;
  /** The indexes of the request's calls in the joined message, by their indexes in the request. */
  readonly #indexes = new Map<number, number>();

  constructor(partial: Message) {
    this.partial = partial;
  }

  /** Whether an event repeats what has been shown already. */
  isRepeated(event: AnyEvent): boolean {
    return this.#repeated.has(event);
  }

  /** Emits the events of the partial message, before those of the request. */
  start(emit: (event: AnyEvent) => void): void {
    this.#repeat({ type: 'message_reconnect', attempt: 1, delayMs: 0, error: undefined }, emit);
  }

  /** Adds the next event of the request. */
  add(event: AnyEvent, emit: (event: AnyEvent) => void): void {
    if (!this.#isFirstMessage) {
      if (isEvent(event, 'message_start')) this.#indexes.clear();
      emit(this.#withJoinedIndex(event));
    } else if (isEvent(event, 'content_block_start')) {
      this.#message.add(event, (joined) => {
        if (isEvent(joined, 'content_block_start')) this.#indexes.set(event.index, joined.index);
        emit(joined);
      });
    } else if (isEvent(event, 'message_restart')) {
      // Withdraws what the request has added. The partial message stays.
      this.#message = new ContinuedMessage();
      const { attempt, delayMs, error } = event;
      this.#repeated.add(event);
      emit(event);
      this.#repeat({ type: 'message_reconnect', attempt, delayMs, error }, emit);
    } else {
      this.#message.add(this.#withJoinedIndex(event), emit);
      if (isEvent(event, 'message_stop')) this.#isFirstMessage = false;
    }
  }

  /** Emits what is held back, before the end of the request. */
  end(emit: (event: AnyEvent) => void): void {
    if (this.#isFirstMessage) this.#message.flush(emit);
  }

  /** Returns an event of a tool run with the index that its call has in the joined message. */
  #withJoinedIndex(event: AnyEvent): AnyEvent {
    const index = RUN_EVENTS.has(event.type) ? readPath(event, 'index') : undefined;
    const joined = typeof index === 'number' ? this.#indexes.get(index) : undefined;
    return joined === undefined ? event : Object.assign({ ...event }, { index: joined });
  }

  #repeat(reconnect: MessageReconnectEvent, emit: (event: AnyEvent) => void): void {
    for (const event of eventsOfPartial(this.partial)) {
      this.#repeated.add(event);
      this.#message.add(event, emit);
    }
    this.#message.continueFromPartial();
    emit(reconnect);
  }
}

/** The last text stays open, because the request continues it. */
function eventsOfPartial(partial: Message): MessageStreamEvent[] {
  const content = continuationContent(partial);
  return [{ type: 'message_start', message: { ...partial, content: [] } }, ...blocksToEvents(content).slice(0, -1)];
}
