/** A frame that consists of `event: error` only. The standard drops a frame without data, but this one is a failure. */
const EMPTY_ERROR = /([\r\n]event: ?error(?:\r\n|\r(?!\n)|\n))(?=[\r\n])/g;

/** The end of a text that may be the beginning of such a frame. */
const BEGINNING = /[\r\n](e|ev|eve|even|event|event:.{0,6}(?:\r\n?|\n)?)$/;

/** The longest such end, in UTF-16 code units: `\nevent: error\r\n`. */
const MAX_BEGINNING = 15;

/** Adds empty data to the `error` frames of a stream that have none, so that the parser reports them. */
export class EmptyErrors {
  /** The text that waits for the next one, because it may be the beginning of a frame. */
  #held = '';
  /** The character before it. A stream begins with a new line. */
  #before = '\n';

  /** Returns the text to parse. */
  push(text: string): string {
    // Nearly every chunk ends with a complete event. It is returned without being copied.
    if (this.#held === '' && text.endsWith('\n\n') && !text.includes('error')) {
      this.#before = '\n';
      return text;
    }
    const all = this.#before + this.#held + text;
    this.#held = BEGINNING.exec(all.slice(-MAX_BEGINNING))?.[1] ?? '';
    const complete = all.slice(0, all.length - this.#held.length);
    this.#before = complete.slice(-1);
    return addData(complete).slice(1);
  }

  /** Returns the text that was still waiting. */
  flush(): string {
    return addData(`${this.#before}${this.#held}\n\n`).slice(1);
  }
}

function addData(text: string): string {
  return text.includes('error') ? text.replace(EMPTY_ERROR, '$1data\n') : text;
}
