/** The longest text that is kept in pieces, in UTF-16 code units. */
const LONGEST_TAIL = 4096;

/** Running any regular expression on a string makes the engine flatten it into one piece. */
const FLATTEN = /^/;

/**
 * Creates a function that appends small pieces to a text, as `+=` does.
 *
 * Engines store the result of `+=` as a chain with one node per piece, and the chain keeps every piece alive. For a
 * streamed text, the chain takes about five times the memory of the text, and the garbage collector has to move all of
 * it. This function flattens all but the last few thousand code units into large pieces.
 *
 * @returns A function that joins a text and a piece. If the text is not the result of the previous call, a new chain
 * starts.
 */
export function createAppender(): (text: string, piece: string) => string {
  let head = '';
  let tail = '';
  let joined = '';
  return (text, piece) => {
    if (text !== joined || tail.length > LONGEST_TAIL) {
      FLATTEN.test(tail);
      head = text;
      tail = '';
    }
    tail += piece;
    joined = head + tail;
    return joined;
  };
}

/** Whether a UTF-16 code unit is the first half of a surrogate pair. */
export function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Whether a UTF-16 code unit is the second half of a surrogate pair. */
export function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

/** Adds a full stop to a sentence, unless it already ends with a mark. */
export function withFullStop(sentence: string): string {
  return sentence.replace(/[^.!?…]$/, '$&.');
}

/** The longest text that an error message quotes, in UTF-16 code units. */
export const EXCERPT_LENGTH = 200;

/** Returns the first 200 UTF-16 code units of a text, followed by an ellipsis if there are more. */
export function excerpt(text: string): string {
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
}
