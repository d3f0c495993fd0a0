import { isTruncating } from '../api/stopReasons.js';
import { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { isSameJson } from '../utils/fields.js';
import { safeStringify } from '../utils/safeStringify.js';
import type { ToolInputStatus } from './toolInputStatus.js';

/**
 * The input of a tool call, which arrives as fragments of a JSON text.
 *
 *     deltas       '{"city":'   '"Par'             'is"}'               content_block_stop
 *     value        {}           { city: 'Par' }    { city: 'Paris' }    { city: 'Paris' }
 *     state        partial      partial            partial              complete
 */
export class StreamedInput {
  #json: IncrementalJsonParser | undefined;
  #state: ToolInputStatus['state'] | undefined;
  /** Whether the value has ever differed from the input that the block started with. */
  #hasDiffered = false;
  /** Whether the text is empty or only white space, which is the same as no text. */
  #isBlank = true;
  /** Whether text may arrive, so that a block without any has no arguments. */
  readonly #isExpected: boolean;

  /** @param state - `partial` if the text of an input may arrive; undefined if the block has no input. */
  constructor(state: 'partial' | 'complete' | undefined) {
    this.#isExpected = state === 'partial';
    this.#state = state;
  }

  /** The state of the text; undefined if the block has no input, or its input is not from text. */
  get state(): ToolInputStatus['state'] | undefined {
    return this.#state;
  }

  /**
   * Returns the status of the block; undefined if it has no input.
   *
   * @param current - The block's input.
   */
  statusFor(current: unknown): ToolInputStatus | undefined {
    const state = this.#state;
    if (state === undefined) return undefined;
    const raw = this.#isBlank && state === 'complete' ? (safeStringify(current) ?? '') : (this.#json?.text ?? '');
    return state === 'invalid' ? { raw, state, error: this.#json?.error } : { raw, state };
  }

  /** The parser of the text; undefined before any text other than white space has arrived. */
  get json(): IncrementalJsonParser | undefined {
    return this.#isBlank ? undefined : this.#json;
  }

  /** Adds a fragment of the text. */
  add(fragment: string): void {
    this.#state ??= 'partial';
    this.#json ??= new IncrementalJsonParser();
    this.#json.push(fragment);
    this.#isBlank &&= fragment.trim() === '';
  }

  /**
   * Ends the text. If its JSON is incomplete or invalid, the state remains `partial` until there is a stop reason.
   *
   * @param current - The block's input so far.
   * @param stopReason - Undefined if only the block has stopped.
   * @param isLast - Whether the block is the last one of the message.
   */
  end(current: unknown, stopReason: string | undefined, isLast: boolean): void {
    const { json } = this;
    json?.end();
    const isTruncated = isTruncating(stopReason);
    if (json === undefined) {
      if (!this.#isExpected) return;
      // A call without arguments has no text. Neither has the last call of a message truncated before its arguments.
      const lacksArguments = isTruncated && isLast && isSameJson(current, {});
      this.#state = lacksArguments ? 'truncated' : 'complete';
    } else if (this.#state === 'partial') {
      if (json.isComplete) this.#state = 'complete';
      else if (stopReason !== undefined) {
        this.#state = isTruncated && json.status === 'truncated' ? 'truncated' : 'invalid';
      }
    }
  }

  /**
   * Returns the value that replaces the block's input, or a lazy value that computes it; undefined while the value equals the input that the block
   * started with, so that the block keeps that object.
   *
   * @param current - The block's input so far.
   */
  replacementFor(current: unknown): unknown {
    const value = this.json?.snapshot;
    this.#hasDiffered ||= value !== undefined && !isSameJson(current, value);
    return this.#hasDiffered ? value : undefined;
  }
}
