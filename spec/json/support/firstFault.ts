/** Parses by recursive descent, and stops at the first character that cannot follow. */
class RecursiveDescent {
  #at = 0;

  constructor(readonly text: string) {}

  /** The offset where the text stops being JSON; its length if it does not. */
  get firstFault(): number {
    try {
      this.#value();
      this.#space();
      return this.#at;
    } catch (stop) {
      if (stop instanceof Stop) return this.#at;
      throw stop;
    }
  }

  #value(): void {
    this.#space();
    if (this.#takes('['))
      this.#list(']', () => {
        this.#value();
      });
    else if (this.#takes('{')) {
      this.#list('}', () => {
        this.#space();
        this.#string();
        this.#space();
        this.#expect(':');
        this.#value();
      });
    } else if (this.#peek() === '"') this.#string();
    else if (/[-\d]/.test(this.#peek())) this.#number();
    else this.#keyword();
  }

  #list(end: string, item: () => void): void {
    this.#space();
    if (this.#takes(end)) return;
    for (;;) {
      item();
      this.#space();
      if (this.#takes(end)) return;
      this.#expect(',');
    }
  }

  #string(): void {
    this.#expect('"');
    while (!this.#takes('"')) {
      if (this.#takes('\\')) {
        if (this.#takes('u')) for (let digit = 0; digit < 4; digit++) this.#expectMatch(/[\da-f]/i);
        else this.#expectMatch(/["\\/bfnrt]/);
      } else {
        this.#expectMatch(/[^\p{Cc}]|[\u007f-\u009f]/u);
      }
    }
  }

  #number(): void {
    this.#takes('-');
    if (!this.#takes('0')) this.#digits();
    if (this.#takes('.')) this.#digits();
    if (this.#takes('e') || this.#takes('E')) {
      if (!this.#takes('+')) this.#takes('-');
      this.#digits();
    }
  }

  #digits(): void {
    this.#expectMatch(/\d/);
    while (/\d/.test(this.#peek())) this.#at += 1;
  }

  #keyword(): void {
    const keyword = ['true', 'false', 'null'].find((word) => word.startsWith(this.#peek())) ?? 't';
    for (const letter of keyword) this.#expect(letter);
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#peek())) this.#at += 1;
  }

  #peek(): string {
    return this.text.charAt(this.#at);
  }

  #takes(char: string): boolean {
    const isNext = this.#peek() === char;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #expect(char: string): void {
    if (!this.#takes(char)) throw new Stop();
  }

  #expectMatch(pattern: RegExp): void {
    if (!pattern.test(this.#peek())) throw new Stop();
    this.#at += 1;
  }
}

class Stop extends Error {}

/** The offset of the first character of a text that cannot follow those before it; the length if there is none. */
export function firstFault(text: string): number {
  return new RecursiveDescent(text).firstFault;
}
