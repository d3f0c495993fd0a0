const EXCERPT_LENGTH = 32;

/** A text that is not JSON, or passes a limit: the first character that cannot stand where it stands. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  /**
   * @param found - The character, as the message names it.
   * @param position - Its offset in the whole text, in UTF-16 code units.
   * @param expected - What could have stood there.
   * @param excerpt - The text up to and with the character, the last 32 code units of it at most.
   */
  constructor(
    found: string,
    readonly position: number,
    expected: string,
    readonly excerpt: string,
  ) {
    const ellipsis = position < EXCERPT_LENGTH ? '' : '…';
    super(`Unexpected ${found} at position ${position}, expected ${expected}: ${ellipsis}${excerpt}`);
  }
}

/** The fault of a text at a position. Default: that it ends where its value has not. */
export function jsonFault(text: string, position = text.length, expected = 'more of the value'): JsonTextError {
  const char = text.charAt(position);
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const shown = char >= ' ' && char <= '~' ? `'${char}'` : `U+${code}`;
  const excerpt = text.slice(0, position + 1).slice(-EXCERPT_LENGTH);
  return new JsonTextError(char === '' ? 'end of text' : shown, position, expected, excerpt);
}
