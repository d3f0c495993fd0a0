const EXCERPT_LENGTH = 32;

/**
 * A text that is not JSON, or exceeds a limit. The message names the first character that is not allowed at its
 * position.
 */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  /**
   * @param found - The character, as named in the message.
   * @param position - The offset of the character in the complete text, in UTF-16 code units.
   * @param expected - What is allowed at that position.
   * @param excerpt - The text up to and including the character: at most the last 32 UTF-16 code units of it.
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

/** Creates the error for the character at a position of a text. */
export function unexpectedCharacter(text: string, position: number, expected: string): JsonTextError {
  return new JsonTextError(nameCharacter(text.charAt(position)), position, expected, excerptOf(text, position));
}

/** Creates the error for a text that ends before its value does. */
export function unexpectedEnd(text: string): JsonTextError {
  return new JsonTextError('end of text', text.length, 'more of the value', excerptOf(text, text.length));
}

/** Quotes a printable ASCII character; names any other by its code unit. */
function nameCharacter(char: string): string {
  if (char >= ' ' && char <= '~') return `'${char}'`;
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code}`;
}

function excerptOf(text: string, position: number): string {
  return text.slice(0, position + 1).slice(-EXCERPT_LENGTH);
}
