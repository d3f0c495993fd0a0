import type { ContentBlockDeltaEvent } from '../api/events.js';
import { JoinedText } from '../utils/joinedText.js';
import { LONGEST_JOINED, textOfDelta, withEstimateOf, withTextOfDelta } from './joinDeltas.js';

/** Deltas of one block that follow each other, are of the same type, and are merged into one. */
export class DeltaRun {
  #last: ContentBlockDeltaEvent;
  /** The joined texts; undefined if the first delta has no text, so that no other can be added. */
  readonly #text: JoinedText | undefined;
  #isJoined = true;

  constructor(first: ContentBlockDeltaEvent) {
    const text = textOfDelta(first.delta);
    this.#last = first;
    this.#text = text === undefined ? undefined : new JoinedText(text, LONGEST_JOINED);
  }

  /**
   * Adds the next delta of the block. The cost does not depend on the text so far.
   *
   * @returns False, without adding it, if the delta is of another type, if one of the two has no text, or if the text
   * would be too long.
   */
  add(event: ContentBlockDeltaEvent): boolean {
    const { delta } = event;
    const { delta: lastDelta } = this.#last;
    if (lastDelta.type !== delta.type || this.#text === undefined) return false;
    const text = textOfDelta(delta);
    if (text === undefined || !this.#text.add(text)) return false;
    const joined = withEstimateOf(lastDelta, delta);
    this.#last = joined === delta ? event : { ...event, delta: joined };
    this.#isJoined = false;
    return true;
  }

  /** The deltas as one: the delta itself if there is only one, otherwise a new and frozen one. */
  get merged(): ContentBlockDeltaEvent {
    if (!this.#isJoined && this.#text !== undefined) {
      const delta = Object.freeze(withTextOfDelta(this.#last.delta, this.#text.text));
      this.#last = Object.freeze({ ...this.#last, delta });
      this.#isJoined = true;
    }
    return this.#last;
  }
}
