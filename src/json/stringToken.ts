import { createAppender, isHighSurrogate } from '../utils/text.js';
import type { Token } from './token.js';

/**
 * Characters and complete escapes. One match has at most 9999 of them (a run of plain characters counts as one), since
 * a regular expression needs stack for each repetition of a group.
 */
const CHARACTERS = /(?:[ !#-[\]-\uffff]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})){1,9999}/y;

/** The beginning of an incomplete escape. Also matches the empty string. */
const ESCAPE_BEGINNING = /(?:\\(?:u[\da-fA-F]{0,3})?)?/y;

/** A string or key, starting with the first character after its opening quote. */
export class StringToken implements Token {
  readonly description = 'a character or escape sequence that JSON allows';
  hasEnded = false;
  /** The part that is certain: everything so far, without an open escape or a high surrogate at the end. */
  beginning = '';
  /** Created when a second piece arrives, since most strings arrive in one piece. */
  #append: ReturnType<typeof createAppender> | undefined;
  /** The high surrogate at the end, which is held back until the character after it is known. */
  #highSurrogate = '';
  /** The open escape so far, including its backslash; empty outside of an escape. */
  #escape = '';

  constructor(readonly isKey: boolean) {}

  get value(): string {
    return this.beginning + this.#highSurrogate;
  }

  read(fragment: string, from: number): number {
    // An escape that the last fragment left open continues at the beginning of this one.
    const offset = this.#escape.length;
    const input = this.#escape + fragment;
    const end = endOfCharacters(input, from);
    if (end > from) this.#add(unescape(input.slice(from, end)));
    this.hasEnded = input.charAt(end) === '"';
    if (this.hasEnded) return end + 1 - offset;
    const escapeEnd = end === input.length ? end : endOfEscapeBeginning(input, end);
    this.#escape = escapeEnd === input.length ? input.slice(end) : '';
    return escapeEnd - offset;
  }

  #add(characters: string): void {
    const all = this.#highSurrogate + characters;
    const last = all.length - 1;
    const endsInHighSurrogate = isHighSurrogate(all.charCodeAt(last));
    this.#highSurrogate = endsInHighSurrogate ? all.charAt(last) : '';
    const certain = endsInHighSurrogate ? all.slice(0, last) : all;
    if (this.beginning === '') {
      this.beginning = certain;
    } else {
      this.#append ??= createAppender();
      this.beginning = this.#append(this.beginning, certain);
    }
  }
}

function endOfCharacters(text: string, from: number): number {
  let end = from;
  CHARACTERS.lastIndex = from;
  while (end < text.length && text.charAt(end) !== '"' && CHARACTERS.test(text)) end = CHARACTERS.lastIndex;
  return end;
}

function endOfEscapeBeginning(text: string, from: number): number {
  ESCAPE_BEGINNING.lastIndex = from;
  ESCAPE_BEGINNING.test(text);
  return ESCAPE_BEGINNING.lastIndex;
}

function unescape(characters: string): string {
  return characters.includes('\\') ? String(JSON.parse(`"${characters}"`)) : characters;
}
