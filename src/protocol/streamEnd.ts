import { isEvent, type AnyEvent } from '../api/events.js';
import { endsRun, RUN_EVENTS } from '../api/runEvents.js';
import { isContinued } from '../api/stopReasons.js';

/**
 * What a stream contains: 'message' is the response of the API, which is one message; 'run' may also be a tool run that
 * a service forwards, which is several messages with the events of `runTools` between them.
 */
export type StreamKind = 'message' | 'run';

/**
 * How far a stream is from its end:
 *
 * - 'open': a message is incomplete, or nothing has arrived
 * - 'waiting': no message is open, but another message or the end of the run follows
 * - 'complete': nothing has to follow
 */
export type StreamStage = 'open' | 'waiting' | 'complete';

/** Follows the events of a stream, and decides what has to follow a complete message. */
export class StreamEnd {
  readonly #kind: StreamKind;
  #stopReason: string | null | undefined;
  #hasMessage = false;
  /** Whether the stream has had events that only a tool run has, and whether the run has ended. */
  #run: 'unseen' | 'running' | 'ended' = 'unseen';

  constructor(kind: StreamKind) {
    this.#kind = kind;
  }

  /** Whether the stream is a tool run that has not ended, so that `run_end` or `run_paused` has to follow. */
  get needsRunEnd(): boolean {
    return this.#run === 'running';
  }

  /** Receives an event that is not a delta. */
  add(event: AnyEvent): void {
    if (isEvent(event, 'message_start')) {
      this.#hasMessage = true;
      this.#stopReason = event.message.stop_reason;
      if (this.#run === 'ended') this.#run = 'unseen'; // another run
    } else if (isEvent(event, 'message_delta')) {
      this.#stopReason = event.delta.stop_reason ?? this.#stopReason;
    } else if (endsRun(event)) {
      this.#run = 'ended';
    } else if (RUN_EVENTS.has(event.type)) {
      this.#run = 'running';
    }
  }

  /** @param isMessageComplete - Whether a message has stopped or the run has ended, and no message is open. */
  stage(isMessageComplete: boolean): StreamStage {
    // A run that is resumed may begin with its tools.
    if (!isMessageComplete) return this.needsRunEnd && !this.#hasMessage ? 'waiting' : 'open';
    const continues = this.#kind === 'run' && this.#run !== 'ended' && isContinued(this.#stopReason);
    return continues || this.needsRunEnd ? 'waiting' : 'complete';
  }
}
