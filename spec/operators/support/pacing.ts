/** Plays values in virtual time, for the specs of the operators that change when values are emitted. */
import { Subject, VirtualTimeScheduler, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { AnyEvent, ContentBlockDeltaEvent } from '../../../src/index.js';

/** A value, and when it arrives or is emitted, in ms. */
export interface Timed<T> {
  readonly at: number;
  readonly value: T;
}

export interface Played<T> {
  readonly emitted: readonly Timed<T>[];
  readonly ended: { readonly at: number; readonly how: 'completed' | 'failed' } | undefined;
  /** The timers that are left at the end. */
  readonly timers: number;
}

/**
 * Plays values into an operator.
 *
 * @param arrivals - The values, in the order of their times.
 * @param end - How the source ends, and when.
 * @param create - Creates the operator, with the scheduler of the virtual time.
 */
export function play<In, Out>(
  arrivals: readonly Timed<In>[],
  end: { readonly at: number; readonly how: 'completes' | 'fails' },
  create: (scheduler: VirtualTimeScheduler) => OperatorFunction<In, Out>,
): Played<Out> {
  const scheduler = new VirtualTimeScheduler();
  const source = new Subject<In>();
  const emitted: Timed<Out>[] = [];
  let ended: Played<Out>['ended'];
  source.pipe(create(scheduler)).subscribe({
    next: (value) => emitted.push({ at: scheduler.now(), value }),
    error: () => (ended = { at: scheduler.now(), how: 'failed' }),
    complete: () => (ended = { at: scheduler.now(), how: 'completed' }),
  });
  for (const { at, value } of arrivals) {
    scheduler.schedule(() => {
      source.next(value);
    }, at);
  }
  scheduler.schedule(() => {
    if (end.how === 'completes') source.complete();
    else source.error(new Error('of the source'));
  }, end.at);
  scheduler.flush();
  return { emitted, ended, timers: scheduler.actions.length };
}

/** Cuts a text into fragments of these lengths; the last one is the rest. */
export function cut(text: string, lengths: readonly number[]): string[] {
  const fragments: string[] = [];
  let start = 0;
  for (const length of lengths) {
    fragments.push(text.slice(start, start + length));
    start += length;
  }
  return [...fragments, text.slice(start)];
}

/** Gives each value a time: that of the one before it, and a gap, which is repeated from the start of the list. */
export function after<T>(values: readonly T[], gaps: readonly number[]): Timed<T>[] {
  let at = 0;
  return values.map((value, i) => {
    at += gaps[i % gaps.length] ?? 0;
    return { at, value };
  });
}

/** A scheduler on which every time has come: it calls back at once, and its clock jumps there. */
export function instantScheduler(): SchedulerLike {
  const virtual = new VirtualTimeScheduler();
  return {
    now: () => virtual.now(),
    schedule: (...args: Parameters<SchedulerLike['schedule']>) => {
      const action = virtual.schedule(...args);
      virtual.flush();
      return action;
    },
  };
}

/** The length of the text of an event; 0 if it is not a text delta. */
export function textLengthOf(event: AnyEvent): number {
  const { delta } = event as Partial<ContentBlockDeltaEvent>;
  return delta?.type === 'text_delta' ? delta.text.length : 0;
}
