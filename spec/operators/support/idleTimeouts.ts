import { tap, type SchedulerLike } from 'rxjs';
import { APIConnectionTimeoutError, type AnyEvent, type MessageStreamEvent } from '../../../src/index.js';
import { idleTimeout, type IdleTimeoutOptions } from '../../../src/operators/idleTimeout.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { virtualClock } from '../../source/support/clock.js';
import { blockStart, blockStop, messageDelta, messageStop, ping, restart, textDelta } from '../../support/events.js';
import { marbles } from '../../support/marbles.js';

/** Events without a declared type, or whose fields do not matter here. */
export interface Untyped {
  readonly type: 'tool_progress' | 'tool_result' | 'run_end' | 'weather_report';
}

export const minute = 60_000;

export const message = buildMessage({ content: 'Hello, world. How are you?' });

export const events = eventsOf(message);

/**
 * Events by their letters in marbles: s message_start, b the start of an empty block, d text, n a delta without text, e the block stops,
 * m the stop reason, z message_stop; p ping, r message_restart; T tool_progress, U tool_result, R run_end, u an unknown event.
 */
export const letters = {
  s: { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
  b: blockStart(0, { type: 'text', text: '' }),
  d: textDelta('Hello'),
  n: textDelta(''),
  e: blockStop(),
  m: messageDelta('tool_use', { usage: {} }),
  z: messageStop,
  p: ping,
  r: restart(),
  T: { type: 'tool_progress' },
  U: { type: 'tool_result' },
  R: { type: 'run_end' },
  u: { type: 'weather_report' },
} satisfies Record<string, MessageStreamEvent | Untyped>;

/** Options with only the timeouts that are given. */
export const only = (options: IdleTimeoutOptions): IdleTimeoutOptions => ({
  firstEventMs: Infinity,
  idleMs: Infinity,
  ...options,
});

/** Returns a test that compares a source and its result. If it times out, the error has these fields. */
export function expectResult(
  options: IdleTimeoutOptions,
  pictures: { readonly source: string; readonly subs?: string; readonly result: string },
  error?: object,
): () => void {
  return () => {
    let seen: unknown;
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>(pictures.source, letters);
      const result = source.pipe(
        idleTimeout(options),
        tap({
          error: (failure: unknown) => {
            seen = failure;
          },
        }),
      );

      expectObservable(result, '^ 660m !').toBe(pictures.result, letters, expect.any(APIConnectionTimeoutError));
      if (pictures.subs !== undefined) expectSubscriptions(source.subscriptions).toBe(pictures.subs);
    })();

    expect(seen).toEqual(error && expect.objectContaining(error));
  };
}

/** A virtual clock that counts how often something is scheduled on it. */
export function countingClock() {
  const clock = virtualClock();
  let armed = 0;
  const scheduler: SchedulerLike = {
    now: () => clock.scheduler.now(),
    schedule: (...args: Parameters<SchedulerLike['schedule']>) => {
      armed += 1;
      return clock.scheduler.schedule(...args);
    },
  };
  return { clock, scheduler, armed: () => armed };
}
