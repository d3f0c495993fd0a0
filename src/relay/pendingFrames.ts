import { isEvent, isTyped, type AnyEvent } from '../api/events.js';
import { textOfDelta } from '../accumulate/joinDeltas.js';
import { joinValues } from '../bridge/joinValues.js';
import { frameText, type EventFrame, type Frame } from './frame.js';

/** JavaScript holds a text in at most two bytes per UTF-16 code unit. */
const BYTES_PER_UNIT = 2;

/**
 * The frames that wait until a client can receive more. Deltas that follow each other are merged, so that it holds at
 * most the text of the message, however many deltas the text came in.
 */
export class PendingFrames {
  #text = '';
  /** The last frame, if a delta may still be merged into it. It is not part of the text yet. */
  #open: EventFrame | undefined;
  /** The length of the delta's text in `#open`, in UTF-16 code units. */
  #openLength = 0;

  /** How much memory the frames take, in bytes. */
  get bytes(): number {
    return (this.#text.length + this.#openLength) * BYTES_PER_UNIT;
  }

  /**
   * Adds a frame. A merged frame has the `id` of the newest delta in it.
   *
   * @param canMerge - Whether a delta may be merged with the one before and the one after it.
   */
  add(frame: Frame, canMerge: boolean): void {
    if (canMerge && frame.kind === 'event') this.#merge(frame);
    else this.#append(frame);
  }

  /** Removes all frames, and returns their text. */
  take(): string {
    this.#closeOpen();
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #merge(frame: EventFrame): void {
    const length = lengthOfDelta(frame.event);
    const joined = joinValues(this.#open?.event, frame.event);
    if (length === undefined) {
      this.#append(frame);
    } else if (isTyped(joined)) {
      this.#open = { ...frame, event: joined, data: undefined };
      this.#openLength += length;
    } else {
      this.#closeOpen();
      this.#open = frame;
      this.#openLength = length;
    }
  }

  #append(frame: Frame): void {
    this.#closeOpen();
    this.#text += frameText(frame);
  }

  #closeOpen(): void {
    if (this.#open !== undefined) this.#text += frameText(this.#open);
    this.#open = undefined;
    this.#openLength = 0;
  }
}

/** Returns the length of a delta's text, thinking or JSON; undefined for any other event. */
function lengthOfDelta(event: AnyEvent): number | undefined {
  return isEvent(event, 'content_block_delta') ? textOfDelta(event.delta)?.length : undefined;
}
