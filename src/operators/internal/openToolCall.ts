import { safeStringify } from '../../utils/safeStringify.js';
import type { JsonReader } from '../../json/jsonReader.js';
import type { MessageAccumulator } from '../../accumulate/messageAccumulator.js';
import type { ToolCallBlock } from '../../api/blocks.js';

/** A call whose input is not known to be whole yet. */
export class OpenToolCall {
  readonly id: string;
  /** Whether its block has stopped. */
  hasStopped = false;
  /** The value that was shown last. */
  shown: unknown;
  readonly #given: unknown;
  readonly #accumulator: MessageAccumulator;

  /** @param accumulator - What reads the input, as that of the message that the call is in. */
  constructor(
    readonly index: number,
    block: ToolCallBlock,
    accumulator: MessageAccumulator,
  ) {
    this.id = block.id;
    this.#given = block.input ?? {};
    this.#accumulator = accumulator;
  }

  /** What reads the text of the input; undefined where there is none. */
  get json(): JsonReader | undefined {
    return this.#accumulator.json(this.index);
  }

  /** What the text says so far; where there is none, the input that the call started with. */
  get input(): unknown {
    const { json } = this;
    return json === undefined ? this.#given : json.value();
  }

  /** Whether there is no input so far: the call has no arguments, or was cut before the first. */
  get isEmpty(): boolean {
    return this.json === undefined && Object.keys(this.#given as object).length === 0;
  }

  /** The text of the input; where there is none, what it would be. */
  get text(): string {
    return this.json?.text() ?? safeStringify(this.#given) ?? '';
  }

  /** Whether a text that ends here is JSON. */
  get isWhole(): boolean {
    return this.json?.isWhole() !== false;
  }
}
