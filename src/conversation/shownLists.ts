import type { AssistantTurn, ConversationTool, ConversationTurn } from './conversationState.js';

/**
 * The lists of a state, which are the same arrays while nothing in them changes.
 *
 * The list of turns is copied when its last turn changes, because an earlier state must not change: 8 bytes per turn, which
 * takes about 2 µs for 1,000 turns (Node 20).
 */
export class ShownLists {
  #earlier: readonly ConversationTurn[] = [];
  #finished: readonly AssistantTurn[] = [];
  #last: AssistantTurn | undefined;
  /** All turns but the last one. */
  #before: readonly ConversationTurn[] = [];
  #turns: readonly ConversationTurn[] = Object.freeze([]);
  #lastTools: readonly ConversationTool[] = Object.freeze([]);
  #toolsBefore: readonly ConversationTool[] = [];
  #tools: readonly ConversationTool[] = Object.freeze([]);

  get turns(): readonly ConversationTurn[] {
    return this.#turns;
  }

  /** The calls of the answer. */
  get tools(): readonly ConversationTool[] {
    return this.#tools;
  }

  /**
   * @param earlier - The turns before the answer.
   * @param finished - The turns of the answer before its last one.
   */
  update(
    earlier: readonly ConversationTurn[],
    finished: readonly AssistantTurn[],
    last: AssistantTurn | undefined,
  ): void {
    const isNewBefore = earlier !== this.#earlier || finished !== this.#finished;
    if (isNewBefore) {
      this.#before = [...earlier, ...finished];
      this.#toolsBefore = finished.flatMap(({ tools }) => tools);
    }
    if (isNewBefore || last !== this.#last) {
      this.#turns = Object.freeze(last === undefined ? [...this.#before] : [...this.#before, last]);
    }
    const lastTools = last?.tools ?? NO_TOOLS;
    if (isNewBefore || lastTools !== this.#lastTools) {
      this.#tools = this.#toolsBefore.length === 0 ? lastTools : Object.freeze([...this.#toolsBefore, ...lastTools]);
    }
    this.#earlier = earlier;
    this.#finished = finished;
    this.#last = last;
    this.#lastTools = lastTools;
  }
}

const NO_TOOLS: readonly ConversationTool[] = Object.freeze([]);
