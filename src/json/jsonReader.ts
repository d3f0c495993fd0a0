import { createAppender, isHighSurrogate } from '../utils/text.js';
import { jsonFault, type JsonTextError } from './jsonTextError.js';
import { copyOf, force, moveTo, openContainer, setCurrent, type OpenContainer } from './openContainer.js';

/** Reads a JSON text from fragments that are cut anywhere, and has its value at any moment: see `JsonParser`, which adds what operators ask for. */
export interface JsonReader {
  /** Reads on. Once the text is invalid or has ended, what comes is only kept in `text`. */
  push(fragment: string): void;
  /** Says that the text has ended: so does a number that is the whole value; any other open value is truncated. */
  end(): void;
  /** Whether the value has ended, and nothing but white space has followed. */
  isWhole(): boolean;
  /** The text as it came, also after its end or a fault. */
  text(): string;
  /** Why no JSON text begins like this, or which limit is passed. */
  error(): JsonTextError | undefined;
  /** The value so far, `undefined` before anything of it is certain. When truncated or invalid: what was certain. */
  value(): unknown;
  /** The innermost container that is open. The outermost around it is an array whose only item is the value. */
  innermost(): OpenContainer;
}

// What can come outside of a string, number or keyword: the states of the reader, in the words that an error message uses.
// They name each comma, colon and closing bracket that can come.
const VALUE = 'a value';
const VALUE_OR_END = "a value or ']'";
const KEY = 'a key in double quotes';
const KEY_OR_END = "a key in double quotes or '}'";
const COLON = "':'";
const AFTER_ITEM = "',' or ']'";
const AFTER_PROPERTY = "',' or '}'";
const END = 'end of text';

/** Whole characters of a string; no more of them at once than the stack of a regular expression suffices for. */
const CHARACTERS = /(?:[ !#-[\]-\uffff]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})){0,9999}/y;
// What can go on to be an escape, a number or a keyword: the longest that there is, '' if there is none.
const ESCAPE_BEGINNING = /(?:\\(?:u[\da-fA-F]{0,3})?)?/y;
const WORD_BEGINNING =
  /t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?|-?(?:(?:0|[1-9]\d*)(?:(?:\.\d+)?[eE][+-]?\d*|\.\d*)?)?/y;

/** A beginning of a word that is a whole keyword. */
const KEYWORD = /[us]e$|ll$/;
/** The last digit of a number, with what can follow it. */
const END_OF_NUMBER = /\d[ \t\n\r,\]}]/y;

/**
 * Makes a reader of one JSON text.
 *
 * @param maxDepth - Most containers open at once; one more makes the text invalid. Default 1000: far deeper than a tool's
 * input is nested, and shallow enough for what recurses over the value later, as `JSON.stringify` does.
 * @param maxLength - Longest text, in UTF-16 code units with white space; one more makes the text invalid. Default
 * 16 777 216 (16 Mi): about thirty times what a model writes in one message.
 */
export function jsonReader(maxDepth = 1000, maxLength = 16_777_216): JsonReader {
  const root = openContainer(true);
  let innermost = root;
  let depth = 0;
  let expected = VALUE;
  let text = '';
  const append = createAppender();
  const appendToString = createAppender();
  let error: JsonTextError | undefined;
  let hasEnded = false;
  /** The open string so far. */
  let string: string | undefined;
  /** The high surrogate at its end, until it is known what follows. */
  let half = '';
  /** The open number or keyword so far. */
  let word = '';
  /** What of an escape, keyword or number has come, if it may go on; of a number's digits only those that decide how. */
  let pending = '';
  /** That, with the fragment after it. */
  let input = '';
  /** The place in the text where the input ends, less its length. */
  let start = 0;
  /** Where the next character is in the input. */
  let at = 0;

  /** Where what it matches ends, if it begins here. */
  function endOf(pattern: RegExp, from = at): number {
    pattern.lastIndex = from;
    pattern.test(input);
    return pattern.lastIndex;
  }

  /** Finds a fault at the next character, or past a limit there. */
  function reject(instead = expected): void {
    error ??= jsonFault(text, start + at, instead);
  }

  function isAtKey(): boolean {
    return expected === KEY || expected === KEY_OR_END;
  }

  /** Sets a value that has ended. */
  function endValue(value: unknown): void {
    const { isArray, places } = innermost;
    word = '';
    setCurrent(innermost, value);
    if (isArray) innermost.at = places.length;
    expected = innermost === root ? END : isArray ? AFTER_ITEM : AFTER_PROPERTY;
  }

  /** Reads on in a number or keyword, or begins one. */
  function readWord(): void {
    const end = endOf(WORD_BEGINNING);
    const read = input.slice(at, end);
    word += read.slice(pending.length);
    pending = '';
    at = end;
    if (endOf(END_OF_NUMBER, end - 1) > end || KEYWORD.test(read)) endValue(JSON.parse(word));
    else if (end < input.length) reject(read === '' ? expected : 'a number, true, false or null');
    else pending = read.replace(/(\d)\d+/g, '$1');
  }

  /** Reads on in a string or key of which `before` has come: its end, half an escape, or whole characters. */
  function readString(before: string): void {
    pending = '';
    if (input.charAt(at) === '"') {
      at += 1;
      string = undefined;
      if (isAtKey()) {
        moveTo(innermost, before + half);
        expected = COLON;
      } else {
        endValue(before + half);
      }
      half = '';
      return;
    }
    const end = endOf(CHARACTERS);
    const part = input.slice(at, end);
    if (part === '') {
      at = endOf(ESCAPE_BEGINNING);
      if (at < input.length) reject('a character or an escape of JSON');
      else pending = input.slice(end);
      return;
    }
    at = end;
    const characters = half + (part.includes('\\') ? String(JSON.parse(`"${part}"`)) : part);
    const length = characters.length - Number(isHighSurrogate(characters.charCodeAt(characters.length - 1)));
    string = appendToString(before, characters.slice(0, length));
    half = characters.slice(length);
  }

  function open(isArray: boolean): void {
    depth += 1;
    innermost = openContainer(isArray, innermost);
    expected = isArray ? VALUE_OR_END : KEY_OR_END;
  }

  function close(): void {
    const value = force(innermost.shown ?? innermost.items);
    innermost = innermost.outer ?? root;
    depth -= 1;
    endValue(value);
  }

  /** Reads a character outside of a string, or a word. */
  function read(): void {
    const char = input.charAt(at);
    const isAtValue = expected === VALUE || expected === VALUE_OR_END;
    switch (char) {
      case ',':
      case ':':
        if (!expected.includes(char)) reject();
        else expected = char === ',' && !innermost.isArray ? KEY : VALUE;
        break;
      case ']':
      case '}':
        if (expected.includes(char)) close();
        else reject();
        break;
      case '[':
      case '{':
        if (!isAtValue) reject();
        else if (depth >= maxDepth) reject(`no more than ${maxDepth} open containers (maxDepth)`);
        else open(char === '[');
        break;
      case '"':
        if (isAtValue || isAtKey()) string = '';
        else reject();
        break;
      default:
        if (' \t\n\r'.includes(char)) break;
        if (isAtValue) {
          readWord();
          return;
        }
        reject();
    }
    at += 1;
  }

  return {
    push(fragment) {
      start = text.length - pending.length;
      input = pending + fragment.slice(0, maxLength - text.length);
      at = 0;
      text = append(text, fragment);
      if (hasEnded) return;
      while (at < input.length && error === undefined) {
        if (string === undefined) read();
        else readString(string);
      }
      if (text.length > maxLength) {
        at = maxLength - start;
        reject(`no more than ${maxLength} code units (maxLength)`);
      }
    },
    end() {
      hasEnded = true;
      if (error === undefined && innermost === root && /\d$/.test(word)) endValue(JSON.parse(word));
    },
    isWhole: () => error === undefined && expected === END,
    text: () => text,
    error: () => error,
    value() {
      if (string !== undefined && !isAtKey()) setCurrent(innermost, string);
      // Only the innermost container is written to: around one that has not changed, nothing has.
      for (let inner = innermost; inner.outer !== undefined && inner.shown === undefined; inner = inner.outer) {
        inner.shown = copyOf(inner);
        setCurrent(inner.outer, inner.shown);
      }
      return force(root.items[0]);
    },
    innermost: () => innermost,
  };
}
