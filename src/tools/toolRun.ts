import type { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { sumUsage } from '../accumulate/sumUsage.js';
import { accumulateUsage, type RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import type { MessageCreateParams, ToolResultParam } from '../api/params.js';
import { needsNextTurn, nextParams } from '../history/nextParams.js';
import { addMissingPartial } from '../rx/accumulating.js';
import type { RunEndEvent, ToolResultEvent } from './toolEvents.js';

/** The state of one run: the conversation, its usage, and the current turn. */
export class ToolRun {
  readonly #maxTurns: number;
  #params: MessageCreateParams;
  #usage: RunningUsage = { input_tokens: 0, output_tokens: 0 };
  #turns = 0;
  /** Undefined until the run ends. */
  #reason: RunEndEvent['reason'] | undefined;
  /** The message of the current turn; undefined before the first request is subscribed to. */
  #message: MessageAccumulator | undefined;
  #turnUsage: RunningUsage | undefined;
  /** The results of the current turn, by the ids of their calls. */
  #results = new Map<string, ToolResultParam>();

  /**
   * @param params - The parameters of the first request.
   * @param maxTurns - The maximum number of messages in the run.
   */
  constructor(params: MessageCreateParams, maxTurns: number) {
    this.#params = params;
    this.#maxTurns = maxTurns;
  }

  /** The parameters of the next request. Once the run has ended, their `messages` are the complete conversation. */
  get params(): MessageCreateParams {
    return this.#params;
  }

  get hasEnded(): boolean {
    return this.#reason !== undefined;
  }

  /** The conversation so far, and its usage. */
  get progress(): Pick<RunEndEvent, 'messages' | 'usage' | 'turns'> {
    return { messages: this.#params.messages, usage: this.#usage, turns: this.#turns };
  }

  /**
   * Begins a turn, when its request is subscribed to.
   *
   * @param message - Accumulates the events of the turn. The run only reads it.
   */
  beginTurn(message: MessageAccumulator): void {
    this.#message = message;
    this.#turnUsage = undefined;
    this.#results = new Map();
  }

  /** Receives an event of the current turn. */
  addEvent(event: AnyEvent): void {
    this.#turnUsage = accumulateUsage(this.#turnUsage, event);
  }

  /** Receives the result of a call of the current turn. */
  addResult({ tool_use_id, result }: ToolResultEvent): void {
    this.#results.set(tool_use_id, result);
  }

  /** Adds the turn to the conversation, and decides whether another one follows. */
  endTurn(): void {
    const message = this.#message?.message;
    if (message === undefined) {
      this.#reason = null;
      return;
    }
    this.#params = nextParams(this.#params, message, this.#results);
    this.#usage = sumUsage(this.#usage, this.#turnUsage);
    this.#turns += 1;
    if (!needsNextTurn(message))
      this.#reason = message.stop_reason ?? null; // a gateway may omit it
    else if (this.#turns >= this.#maxTurns) this.#reason = 'max_turns';
  }

  /** Returns the last event of the run. */
  endEvent(): RunEndEvent {
    return { type: 'run_end', reason: this.#reason ?? null, ...this.progress };
  }

  /** Sets the message of the current turn so far as the `partial` of an error. */
  addMissingPartial(error: unknown): void {
    if (this.#message !== undefined) addMissingPartial(error, this.#message);
  }
}
