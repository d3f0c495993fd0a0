import { deepFrozenCopy } from '../../utils/freeze.js';
import { safeStringify } from '../../utils/safeStringify.js';
import type { IncrementalJsonParser } from '../../json/incrementalJsonParser.js';
import type { MessageAccumulator } from '../../accumulate/messageAccumulator.js';
import type { ToolCallBlock } from '../../api/blocks.js';

/** A tool call whose complete input has not been emitted yet. */
export class OpenToolCall {
  readonly id: string;
  /** Whether the block has stopped. */
  hasStopped = false;
  /** The value that was emitted last, or the lazy value that computes it. */
  lastValue: unknown;
  /** The input that the block started with. It is used if no text follows. */
  readonly #initialInput: unknown;
  readonly #accumulator: MessageAccumulator;

  /** @param accumulator - Accumulates the message that contains the call. */
  constructor(
    readonly index: number,
    block: ToolCallBlock,
    accumulator: MessageAccumulator,
  ) {
    this.id = block.id;
    this.#initialInput = deepFrozenCopy(block.input ?? {});
    this.#accumulator = accumulator;
  }

  /** Parses the text of the input; undefined if there has been no text. */
  get json(): IncrementalJsonParser | undefined {
    return this.#accumulator.json(this.index);
  }

  /** The input so far. */
  get input(): unknown {
    const { json } = this;
    return json === undefined ? this.#initialInput : json.value;
  }

  /** Whether there has been no input: the call has no arguments, or was truncated before the first. */
  get isEmpty(): boolean {
    return this.json === undefined && Object.keys(this.#initialInput as object).length === 0;
  }

  /** The text of the input so far. If there has been none, the initial input as JSON. */
  get text(): string {
    return this.json?.text ?? safeStringify(this.#initialInput) ?? '';
  }

  /** Whether the input would be complete if it ended here. */
  get isComplete(): boolean {
    return this.json === undefined || this.json.isComplete;
  }
}
