import { makeStateKey, TransferState, type Injector } from '@angular/core';
import type { MessageState } from '../operators/messageState.js';
import { deepFreeze } from '../utils/freeze.js';

/** A complete message that a server transfers to the browser, in the HTML of the page. */
export class TransferredMessage {
  readonly #transferState: TransferState;
  readonly #key;

  constructor(injector: Injector, key: string) {
    this.#transferState = injector.get(TransferState);
    this.#key = makeStateKey<MessageState | null>(`rxjs-anthropic:${key}`);
  }

  /** Stores a state, if its message is complete: nothing in the browser would ever finish another one. */
  set(state: MessageState): void {
    if (state.status === 'done') this.#transferState.set(this.#key, state);
  }

  /** Returns the state once, and removes it, so that the same params lead to a new request later. */
  take(): MessageState | undefined {
    const state = this.#transferState.get(this.#key, null);
    this.#transferState.remove(this.#key);
    // JSON has no undefined fields.
    return state?.status === 'done' ? deepFreeze({ ...state, error: undefined, delayMs: undefined }) : undefined;
  }
}
