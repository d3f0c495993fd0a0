/** The place of a stream among the open ones of its user. */
export interface Slot {
  /** Called when the stream has started, so that it is open until `release`. */
  readonly use: () => void;
  readonly release: () => void;
  /** Releases the place of a stream that was never started, since somebody else had started it, or the client left. */
  readonly releaseUnused: () => void;
}

/** Counts the open streams of each user, up to a limit. */
export class OpenStreams {
  readonly #limit: number;
  readonly #ids = new Map<string, Set<string>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return [...this.#ids.values()].reduce((sum, ids) => sum + ids.size, 0);
  }

  /** Whether a user may open a stream, or has opened it. */
  hasRoom(user: string, id: string): boolean {
    const ids = this.#ids.get(user);
    return ids === undefined || ids.has(id) || ids.size < this.#limit;
  }

  add(user: string, id: string): Slot {
    const ids = this.#ids.get(user) ?? new Set<string>();
    const isNew = !ids.has(id);
    let isUsed = false;
    this.#ids.set(user, ids.add(id));
    const release = (): void => {
      ids.delete(id);
      if (ids.size === 0) this.#ids.delete(user);
    };
    return {
      use: () => {
        isUsed = true;
      },
      release,
      releaseUnused: () => {
        if (isNew && !isUsed) release();
      },
    };
  }
}
