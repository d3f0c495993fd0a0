import { isInstanceInAnyCopy, markError } from '../errors/copies.js';

const EXCERPT_LENGTH = 32;

/**
 * A text that is not JSON, or exceeds a limit. The message names the first character that is not allowed at its
 * position.
 */
export class JsonTextError extends Error {
  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstanceInAnyCopy(this, value);
  }

  override get name(): 'JsonTextError' {
    return 'JsonTextError';
  }

  /**
   * @param fault - What is wrong, as the message begins.
   * @param position - The offset of the first character that is not allowed, in UTF-16 code units.
   * @param excerpt - The text up to and including that character: at most the last 32 UTF-16 code units of it.
   */
  constructor(
    fault: string,
    readonly position: number,
    readonly excerpt: string,
  ) {
    const ellipsis = position < EXCERPT_LENGTH ? '' : '…';
    super(`${fault}: ${ellipsis}${excerpt}`);
    markError(this);
  }
}

/** Creates the error for the character at a position of a text. */
export function unexpectedCharacter(text: string, position: number, expected: string): JsonTextError {
  const found = nameCharacter(text.charAt(position));
  return createError(`Unexpected ${found} at position ${position}, expected ${expected}`, text, position);
}

/** Creates the error for a text that ends before its value does. */
export function unexpectedEnd(text: string): JsonTextError {
  return createError(
    `Unexpected end of text at position ${text.length}, expected more of the value`,
    text,
    text.length,
  );
}

/** Creates the error for a text that exceeds the limit on nested arrays and objects at a position. */
export function nestedTooDeeply(text: string, position: number, maxDepth: number): JsonTextError {
  return createError(`More than ${maxDepth} nested arrays and objects at position ${position}`, text, position);
}

/** Creates the error for a text that exceeds the limit on its length, in UTF-16 code units. */
export function textTooLong(text: string, maxLength: number): JsonTextError {
  return createError(`The text is longer than ${maxLength} UTF-16 code units`, text, maxLength);
}

/** Quotes a printable ASCII character; names any other by its code unit. */
function nameCharacter(char: string): string {
  if (char >= ' ' && char <= '~') return `'${char}'`;
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code}`;
}

function createError(fault: string, text: string, position: number): JsonTextError {
  return new JsonTextError(fault, position, text.slice(0, position + 1).slice(-EXCERPT_LENGTH));
}
