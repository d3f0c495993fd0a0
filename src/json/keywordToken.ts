import type { Token } from './token.js';

const KEYWORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** `true`, `false` or `null`: it ends with its last letter. */
export class KeywordToken implements Token {
  readonly description = 'a number, true, false or null';
  #text = '';
  /** The keyword that the first letter begins. */
  #keyword = '';

  get hasEnded(): boolean {
    return KEYWORDS.has(this.#text);
  }

  get value(): unknown {
    return KEYWORDS.get(this.#text);
  }

  read(fragment: string, from: number): number {
    if (this.#text === '') this.#keyword = keywordWith(fragment.charAt(from));
    let at = from;
    while (at < fragment.length && fragment.charAt(at) === this.#keyword.charAt(this.#text.length)) {
      this.#text += fragment.charAt(at);
      at += 1;
    }
    return at;
  }
}

function keywordWith(firstLetter: string): string {
  for (const keyword of KEYWORDS.keys()) if (keyword.startsWith(firstLetter)) return keyword;
  return '';
}
