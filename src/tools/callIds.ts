/**
 * The ids of the calls in a conversation. Some gateways send an id twice, or an empty one, but the API rejects a request
 * in which two calls have the same id.
 */
export class CallIds {
  readonly #taken = new Set<string>();
  /** The last suffix that was added to an id. */
  readonly #suffixes = new Map<string, number>();

  /** Returns the id if no other call has it. Otherwise, returns the id with a suffix. */
  take(id: string): string {
    let unique = id;
    while (unique === '' || this.#taken.has(unique)) {
      const suffix = (this.#suffixes.get(id) ?? 1) + 1;
      this.#suffixes.set(id, suffix);
      unique = `${id === '' ? 'call' : id}_${suffix}`;
    }
    this.#taken.add(unique);
    return unique;
  }

  /** Makes an id available again, because its call was withdrawn. */
  release(id: string): void {
    this.#taken.delete(id);
  }
}
