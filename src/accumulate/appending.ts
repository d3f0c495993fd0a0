/** How much is kept in pieces, in UTF-16 code units. */
const LONGEST_TAIL = 4096;

/** Any expression needs the text that it is tried on in one piece. */
const IN_ONE_PIECE = /^/;

/**
 * Makes a function that appends small pieces to a text, as `+=` does.
 *
 * An engine keeps what `+=` makes as a chain with a node for each piece, and the pieces behind it: some five times the
 * memory of a text that streams in, all of which its collector has to move. Here all but the last few thousand code
 * units are in large pieces.
 *
 * @returns The text with the piece behind it. A text that is not the one returned last begins anew.
 */
export function appending(): (text: string, piece: string) => string {
  let head = '';
  let tail = '';
  let whole = '';
  return (text, piece) => {
    if (text !== whole || tail.length > LONGEST_TAIL) {
      IN_ONE_PIECE.test(tail);
      head = text;
      tail = '';
    }
    tail += piece;
    return (whole = head + tail);
  };
}
