import { takeWhile, type Observable, type Subscription } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { toPublicError, errorJson, type PublicError } from './publicError.js';
import type { FailureFrame, Frame } from './frame.js';
import { PendingFrames } from './pendingFrames.js';
import { errorHead, streamHead, type ResponseHead } from './responseHead.js';
import { MAX_PENDING_BYTES, type RelayOptions } from './relayOptions.js';
import { toFrames } from './toFrames.js';

/** The response that frames are written to. */
export interface DeliveryTarget {
  /** Whether the response has begun, so that its head has been sent. */
  readonly hasBegun: boolean;
  /** Begins a response that consists of frames. */
  begin(head: ResponseHead): void;
  /** Sends a complete response that consists of an error. */
  refuse(head: ResponseHead, body: string): void;
  /** Writes the text of frames. Returns whether the client can receive more; if not, `resume` of the delivery follows. */
  write(text: string): boolean;
  /** Ends a response that has begun. */
  end(): void;
}

/** Sent if the service unsubscribes before the stream has ended. */
const STOPPED: PublicError = {
  status: 503,
  type: 'api_error',
  message: 'The service stopped the stream.',
  retryable: true,
};

/** Sent if more than `maxPendingBytes` wait for the client. Can be retried only if the stream comes from a log. */
const TOO_SLOW: PublicError = {
  status: 500,
  type: 'api_error',
  message: 'The client reads the stream too slowly.',
  retryable: false,
};

/** Schedules a microtask. `queueMicrotask` of Node 20 takes five times as long, because it creates an asynchronous resource. */
const RESOLVED = Promise.resolve();

/**
 * The delivery of one stream to one client, at the pace of the client. The frames of one turn are written together, and
 * while the client cannot receive more, they wait and are merged.
 */
export class Delivery {
  readonly #target: DeliveryTarget;
  readonly #options: RelayOptions;
  readonly #maxPendingBytes: number;
  readonly #pending = new PendingFrames();
  #state: 'waiting' | 'open' | 'closed' = 'waiting';
  /** Whether the stream may end after the last event, so that no error may follow. */
  #isComplete = false;
  /** Whether the client cannot receive more. */
  #isBlocked = false;
  /** Whether a write is about to follow in this turn. */
  #isScheduled = false;

  constructor(target: DeliveryTarget, options: RelayOptions) {
    this.#target = target;
    this.#options = options;
    this.#maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
  }

  /** Delivers a stream. Unsubscribing only stops its source: see `stop`. */
  run(source: Observable<AnyEvent>): Subscription {
    const frames = source.pipe(
      toFrames(this.#options),
      takeWhile((frame) => this.#accept(frame)),
    );
    return frames.subscribe({
      // The stream itself never fails, so this is a frame that cannot be written: it is too long for a string.
      error: () => {
        this.stop();
      },
      complete: () => {
        this.#end();
      },
    });
  }

  /** The client can receive more. */
  resume(): void {
    this.#isBlocked = false;
    this.#flush();
  }

  /** The client has left, so nothing may be written any more. */
  close(): void {
    this.#state = 'closed';
    this.#pending.take();
  }

  /** Ends the response, unless it has already ended: with an error, unless the stream is complete. */
  stop(): void {
    if (this.#state === 'closed') return;
    if (!this.#isComplete) this.#accept({ kind: 'failure', error: STOPPED, cause: undefined });
    this.#end();
  }

  /** Returns whether more frames may follow. */
  #accept(frame: Frame): boolean {
    if (this.#state === 'waiting') this.#begin(frame);
    if (this.#state !== 'open') return false;
    if (this.#isBlocked && frame.kind === 'heartbeat') return true; // the client has not even read what came before
    if (frame.kind === 'event') this.#isComplete = frame.isEnd;
    this.#pending.add(frame, this.#isBlocked);
    if (this.#isBlocked && !this.#isComplete && this.#pending.bytes > this.#maxPendingBytes) {
      // A log still has what follows, so a client that knows its position can resume.
      const retryable = frame.kind === 'event' && frame.data !== undefined && frame.id !== undefined;
      this.#pending.add({ kind: 'failure', error: { ...TOO_SLOW, retryable }, cause: undefined }, false);
      return false;
    }
    this.#schedule();
    return true;
  }

  /** Decides by the first frame how the response begins. */
  #begin(first: Frame): void {
    if (this.#target.hasBegun) {
      this.#state = 'open';
      return;
    }
    const { describeError } = this.#options;
    try {
      if (first.kind === 'failure') this.#refuse(first, this.#options);
      else this.#open(streamHead(first, this.#options));
    } catch (cause) {
      // The function in `headers` failed.
      this.#refuse({ kind: 'failure', error: toPublicError(cause, describeError), cause }, {});
    }
  }

  #open(head: ResponseHead): void {
    this.#target.begin(head);
    this.#state = 'open';
  }

  #refuse(failure: FailureFrame, options: RelayOptions): void {
    this.#target.refuse(errorHead(failure, options), errorJson(failure.error));
    this.#state = 'closed';
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked) return;
    this.#isScheduled = true;
    void RESOLVED.then(this.#flushScheduled);
  }

  readonly #flushScheduled = (): void => {
    this.#isScheduled = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#state !== 'open' || this.#isBlocked) return;
    const text = this.#pending.take();
    if (text !== '') this.#isBlocked = !this.#target.write(text);
  }

  /** Writes what waits, and ends the response. From here on, the transport has it. */
  #end(): void {
    if (this.#state !== 'open') return;
    this.#isBlocked = false;
    this.#flush();
    this.#state = 'closed';
    this.#target.end();
  }
}
