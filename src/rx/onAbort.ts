/**
 * The callbacks by signal. A signal has one listener of this package however many streams use it, because Node warns of
 * a leak from the eleventh listener on.
 */
const CALLBACKS = new WeakMap<AbortSignal, CallbackSet>();

/**
 * Calls a function when a signal is aborted.
 *
 * @returns A function that removes the callback. The listener is removed with the last callback.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = CALLBACKS.get(signal) ?? new CallbackSet(signal);
  CALLBACKS.set(signal, callbacks);
  return callbacks.add(callback);
}

/** The callbacks of one signal. */
class CallbackSet {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<{ readonly callback: () => void }>();
  readonly #callAll = (): void => {
    for (const { callback } of this.#callbacks) callback();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): () => void {
    if (this.#callbacks.size === 0) this.#signal.addEventListener('abort', this.#callAll);
    const entry = { callback }; // its own identity, because a callback may be added twice
    this.#callbacks.add(entry);
    return () => {
      this.#callbacks.delete(entry);
      if (this.#callbacks.size === 0) this.#signal.removeEventListener('abort', this.#callAll);
    };
  }
}
