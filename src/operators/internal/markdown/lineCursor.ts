const TAB_SIZE = 4;
const NOT_BLANK = /[^ \t]/g;

/** The indentation from which a line is indented code, in columns. */
const CODE_INDENT = 4;

/** A position in a line of Markdown. Tabs count as spaces up to the next multiple of four columns. */
export class LineCursor {
  readonly #text: string;
  /** The column of the position. */
  #column = 0;
  /** Where the first character after the position is that is not a space or a tab, and its column. */
  #textOffset = 0;
  #textColumn = 0;

  /** @param text - A line, without its line end. */
  constructor(text: string) {
    this.#text = text;
    this.#findText(0);
  }

  /** The number of columns between the position and the text after it. */
  get indent(): number {
    return this.#textColumn - this.#column;
  }

  get isIndented(): boolean {
    return this.indent >= CODE_INDENT;
  }

  /** Whether there are only spaces and tabs left. */
  get isBlank(): boolean {
    return this.#textOffset === this.#text.length;
  }

  /** The rest of the line, without its indentation. */
  get text(): string {
    return this.#text.slice(this.#textOffset);
  }

  /** Moves over that many characters of the text, and over the indentation before them. */
  skipText(length: number): void {
    this.#column = this.#textColumn + length;
    this.#findText(this.#textOffset + length);
  }

  /** Moves over at most that many columns of indentation. */
  skipColumns(columns: number): void {
    this.#column = Math.min(this.#column + columns, this.#textColumn);
  }

  #findText(start: number): void {
    NOT_BLANK.lastIndex = start;
    const end = NOT_BLANK.exec(this.#text)?.index ?? this.#text.length;
    let column = this.#column;
    for (let i = start; i < end; i += 1) {
      column += this.#text.charAt(i) === '\t' ? TAB_SIZE - (column % TAB_SIZE) : 1;
    }
    this.#textOffset = end;
    this.#textColumn = column;
  }
}
