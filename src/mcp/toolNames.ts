/** The longest name of a tool that the API accepts in every version, in characters. */
const MAX_LENGTH = 64;

/**
 * Creates names that the API accepts, each once. Characters other than letters, digits, `_` and `-` become `_`; a name that is too
 * long is shortened; and a name that has been given gets a number.
 */
export class ToolNames {
  readonly #given = new Set<string>();

  /** @param server - The name of the server, before the name of its tool. Default: none. */
  create(name: string, server?: string): string {
    const wanted = (server === undefined ? name : `${server}_${name}`).replace(/[^\w-]/g, '_');
    for (let n = 1; ; n += 1) {
      const suffix = n === 1 ? '' : `_${n}`;
      const unique = wanted.slice(0, MAX_LENGTH - suffix.length) + suffix;
      if (this.#given.has(unique)) continue;
      this.#given.add(unique);
      return unique;
    }
  }
}
