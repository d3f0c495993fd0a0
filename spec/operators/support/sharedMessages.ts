import { defer, Observable, Subject, tap } from 'rxjs';
import type { AnyEvent, MessageStartEvent, MessageStreamEvent } from '../../../src/index.js';
import { shareMessage, type ShareMessageOptions } from '../../../src/operators/shareMessage.js';
import { buildMessage } from '../../../src/testing/index.js';
import { watch, type Watched } from '../../source/support/outcome.js';
import { blockStart, blockStop, messageDelta, messageStop, ping, textDelta } from '../../support/events.js';

/** The events of one message: s starts it, b and e start and stop its block, m is the stop reason, z stops the message. */
export const s: MessageStartEvent = {
  type: 'message_start',
  message: { ...buildMessage({ id: 'msg_1', usage: { input_tokens: 4, output_tokens: 1 } }), stop_reason: null },
};

export const b: MessageStreamEvent = blockStart(0, { type: 'text', text: '' });

export const e: MessageStreamEvent = blockStop();

export const m: MessageStreamEvent = messageDelta('end_turn', { usage: { output_tokens: 9 } });

export const z: MessageStreamEvent = messageStop;

export const names = {
  s,
  b,
  e,
  m,
  z,
  p: ping,
  1: textDelta('1'),
  2: textDelta('2'),
  3: textDelta('3'),
  D: textDelta('12'),
};

export const allEvents = [s, b, textDelta('1'), textDelta('2'), textDelta('3'), e, m, z];

export const rebuilt = [s, b, textDelta('123'), e, m, z];

/** A source that emits what a spec passes to it. Each subscription is one request. */
export function live<Event extends AnyEvent = MessageStreamEvent>(options?: ShareMessageOptions) {
  let input = new Subject<Event>();
  const counts = { requests: 0, aborted: 0 };
  const events = defer(() => {
    counts.requests += 1;
    input = new Subject();
    return input.pipe(
      tap({
        unsubscribe() {
          counts.aborted += 1;
        },
      }),
    );
  });
  return {
    counts,
    shared: events.pipe(shareMessage(options)),
    emit(...emitted: readonly Event[]): void {
      for (const event of emitted) input.next(event);
    },
    complete(): void {
      input.complete();
    },
    fail(error: Error): void {
      input.error(error);
    },
  };
}

/** Subscribes, and calls `each` with every event before it is recorded. */
export function watchEach<T>(source: Observable<T>, each: (event: T) => void): Watched<T> {
  return watch(source.pipe(tap(each)));
}
