import type { Subscriber, Subscription } from 'rxjs';
import { isHiddenTab } from '../../../rx/animationFrame.js';
import { OrderedOutput } from '../../../rx/orderedOutput.js';
import { MAX_TIMER_MS } from '../../../utils/timers.js';
import type { Pacer } from './pacer.js';
import type { WaitingText } from './waitingText.js';

/** When to look again for text that is due. */
export interface Ticks {
  now(): number;
  /** Calls a function after this time, in ms, or at the next frame. */
  wait(ms: number, callback: () => void): Subscription;
  /** The shortest time between two emissions, in ms. 0 if only the pace determines it. */
  readonly minMs: number;
}

/** Emits text when it is due, and everything else in its place between the text. */
export class Smoothing<Out> {
  readonly #output: Subscriber<Out | string>;
  readonly #ordered: OrderedOutput<Out | string>;
  readonly #waiting: WaitingText;
  readonly #pacer: Pacer;
  readonly #ticks: Ticks;
  #timer: Subscription | undefined;
  /** When the timer calls back, by the clock of the ticks; Infinity if there is none. */
  #timerDue = Infinity;
  /** Whether the source has completed. */
  #isLast = false;

  constructor(output: Subscriber<Out | string>, waiting: WaitingText, pacer: Pacer, ticks: Ticks) {
    this.#output = output;
    this.#ordered = new OrderedOutput(output);
    this.#waiting = waiting;
    this.#pacer = pacer;
    this.#ticks = ticks;
    output.add(() => {
      this.#stopTimer();
    });
  }

  /** Adds text, which is emitted at once after a quiet time, and otherwise when it is due. */
  add(text: string): void {
    this.#pacer.add(this.#waiting.add(text), this.#ticks.now());
    if (this.#timerDue === Infinity || this.#sizeOverdue() > 0) this.#emitDue();
    else this.#startTimer(); // it may be due earlier now
  }

  /** Emits all text, and then this value. */
  emitAfterText(value: Out): void {
    this.#ordered.emit([...this.#takeAll(), value]);
  }

  /** Drops the text that waits, and emits this value. */
  emitInsteadOfText(value: Out): void {
    this.#takeAll();
    this.#ordered.next(value);
  }

  /** Emits all text at once. */
  emitAll(): void {
    this.#ordered.emit(this.#takeAll());
  }

  /** Completes as soon as all text has been emitted. */
  end(): void {
    this.#isLast = true;
    this.#emitDue();
  }

  readonly #onTimer = (): void => {
    this.#stopTimer();
    this.#emitDue();
  };

  #emitDue(): void {
    let hasEmitted = false;
    for (let text = this.#takeDue(); text !== undefined; text = this.#takeDue()) {
      hasEmitted = true;
      this.#ordered.next(text);
    }
    if (this.#waiting.size > 0 || (hasEmitted && !this.#isLast)) this.#startTimer();
    else if (this.#isLast) this.#output.complete();
  }

  /** Removes the text that is due next, and returns it; undefined if there is none. */
  #takeDue(): string | undefined {
    if (this.#waiting.size === 0) return undefined;
    const overdue = this.#sizeOverdue();
    const due = Math.max(this.#pacer.unitsDue(this.#ticks.now()), overdue);
    if (due === 0) return undefined;
    const portion = this.#waiting.take({ due, overdue, isLast: this.#isLast });
    if (portion === undefined) this.#pacer.rest();
    else this.#pacer.spend(portion.size);
    return portion?.text;
  }

  /** How much text would be late if it was not emitted now. In a hidden tab, which has no reliable timers, all of it. */
  #sizeOverdue(): number {
    return isHiddenTab() ? this.#waiting.size : this.#pacer.unitsOverdue(this.#ticks.now());
  }

  /** Starts a timer for the text that waits, unless one ends earlier. */
  #startTimer(): void {
    const now = this.#ticks.now();
    const isEmpty = this.#waiting.size === 0;
    const msUntilNext = isEmpty ? 0 : Math.min(this.#pacer.msUntilDue(now), this.#pacer.msUntilLate(now));
    // Half a surrogate pair waits for the other half, however late it is.
    const isEndless = msUntilNext === Infinity || (msUntilNext <= 0 && !isEmpty);
    const ms = Math.max(this.#ticks.minMs, msUntilNext);
    if (ms === 0 || isEndless || now + ms >= this.#timerDue || this.#output.closed) return;
    this.#stopTimer();
    this.#timerDue = now + ms;
    const timer = this.#ticks.wait(Math.min(ms, MAX_TIMER_MS), this.#onTimer);
    // A scheduler may already have called back, and there may already be the next timer.
    if (this.#timerDue !== Infinity && this.#timer === undefined) this.#timer = timer;
  }

  #stopTimer(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#timerDue = Infinity;
  }

  #takeAll(): readonly string[] {
    this.#stopTimer();
    this.#pacer.clear();
    return this.#waiting.takeAll();
  }
}
