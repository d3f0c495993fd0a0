import type { Token } from './token.js';

const KEYWORDS = ['true', 'false', 'null'] as const;

/** `true`, `false` or `null`: it ends with its last letter. */
export class KeywordToken implements Token {
  readonly description = 'a number, true, false or null';
  hasEnded = false;
  #text = '';

  get value(): unknown {
    return JSON.parse(this.#text) as unknown;
  }

  read(fragment: string, from: number): number {
    let at = from;
    while (at < fragment.length && !this.hasEnded) {
      const text = this.#text + fragment.charAt(at);
      const keyword = KEYWORDS.find((candidate) => candidate.startsWith(text));
      if (keyword === undefined) break;
      this.#text = text;
      this.hasEnded = keyword === text;
      at += 1;
    }
    return at;
  }
}
