import type { JsonTextError } from '../json/jsonTextError.js';
import { safeStringify } from '../utils/safeStringify.js';

/** How the JSON text of a tool call's input stands. */
export interface ToolInputStatus {
  /** The text as it came. */
  readonly raw: string;
  /**
   * - `partial`: more may come, or it is not decided yet what the text is.
   * - `complete`: `input` is what the whole text says.
   * - `truncated`: `max_tokens` or the context window cut the text; `input` is as far as it came.
   * - `invalid`: the text is no JSON; `input` is what could be read before the fault.
   */
  readonly state: 'partial' | 'complete' | 'truncated' | 'invalid';
  /** Where and why the text is no JSON, if it is `invalid`. */
  readonly error?: JsonTextError | undefined;
}

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a subclass adds its private field to what this returns
class Same {
  constructor(object: object) {
    return object;
  }
}

/** Adds a status to an object in a private field: a WeakMap costs six times as much, and more as it fills. */
class Marked extends Same {
  readonly #status: ToolInputStatus;

  constructor(block: object, status: ToolInputStatus) {
    super(block);
    this.#status = status;
  }

  static statusOf(block: object): ToolInputStatus | undefined {
    return #status in block ? block.#status : undefined;
  }
}

/**
 * Makes an empty object that remembers a status, to become the block: nothing of it can be seen there, so that what is
 * sent back to the API has no field that it refuses.
 */
export function createBlockWithStatus(status: ToolInputStatus): object {
  const block = {};
  new Marked(block, status);
  return block;
}

/**
 * Says how the JSON text of a tool call's input stands, for a block of a snapshot or of a complete Message.
 *
 * Whether a text that is not whole is `truncated` or `invalid` is decided by the message's `stop_reason`; until that has
 * come, it is `partial`. The verdict belongs to the very block that was emitted: an earlier snapshot of it keeps its own.
 *
 * @param block - A tool_use, server_tool_use or mcp_tool_use block. One that did not stream is `complete`.
 * @returns The status; `raw` is then the JSON of its `input`.
 * @example
 * toolInputStatus(block).state; // 'truncated'
 */
export function toolInputStatus(block: { readonly type: string; readonly input: unknown }): ToolInputStatus {
  return Marked.statusOf(block) ?? { raw: safeStringify(block.input) ?? '', state: 'complete' };
}
