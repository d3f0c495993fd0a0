import { defer, from, retry, throwError, timeout, timer, type Observable, type SchedulerLike } from 'rxjs';
import { describeCauses, isNamed } from '../../errors/inspectError.js';
import { withFullStop } from '../../utils/text.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';
import { StreamInterruptedError } from './streamInterruptedError.js';

/** How often a failed call is repeated within the duration of a lease. */
const ATTEMPTS_PER_LEASE = 10;

/** The errors that a repeated call would have again. */
const FINAL = ['LeaseLostError', 'NotFoundError'];

/**
 * Calls the methods of a log. A call that fails or is not answered is repeated for as long as a lease lasts, since all
 * methods can be repeated: a storage that is away for a moment does not end a generation.
 */
export class LogAccess {
  readonly #leaseMs: number;
  readonly #scheduler: SchedulerLike;

  /** @param leaseMs - How long a call is repeated, in ms. The last attempt gets a tenth of that, if less is left. */
  constructor(leaseMs: number, scheduler: SchedulerLike) {
    this.#leaseMs = leaseMs;
    this.#scheduler = scheduler;
  }

  /**
   * @param waitMs - How long the call itself may wait, in ms. The log has that much more time to answer.
   * @throws {LeaseLostError | NotFoundError} If the call rejects with it.
   * @throws {StreamInterruptedError} If the call failed, or was not answered, for the duration of a lease.
   */
  call<Result>(method: () => Promise<Result>, waitMs = 0): Promise<Result> {
    const scheduler = this.#scheduler;
    const deadline = scheduler.now() + this.#leaseMs;
    const answer = defer(() => {
      const limitMs = Math.min(Math.max(deadline - scheduler.now(), this.#pauseMs) + waitMs, MAX_TIMER_MS);
      const unanswered = throwError(() => new Error(`No answer within ${limitMs} ms.`));
      return from(method()).pipe(timeout({ first: limitMs, scheduler, with: () => unanswered }));
    }).pipe(
      retry({
        delay: (error: unknown) => {
          if (isNamed(error, ...FINAL)) throw error;
          return scheduler.now() < deadline + waitMs ? this.pause() : throwError(() => this.#interrupted(error));
        },
      }),
    );
    return new Promise((resolve, reject) => {
      answer.subscribe({ next: resolve, error: reject });
    });
  }

  /** Emits after the time between two attempts. */
  pause(): Observable<unknown> {
    return timer(Math.min(this.#pauseMs, MAX_TIMER_MS), this.#scheduler);
  }

  get #pauseMs(): number {
    return this.#leaseMs / ATTEMPTS_PER_LEASE;
  }

  #interrupted(cause: unknown): StreamInterruptedError {
    const reason = withFullStop(describeCauses(cause));
    return new StreamInterruptedError(
      `The event log failed for ${this.#leaseMs} ms: ${reason} What was delivered is stored. Resume the stream later.`,
      { cause },
    );
  }
}
