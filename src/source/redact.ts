import { AnthropicError } from '../errors/classes.js';
import { isObject, asString } from '../utils/inspect.js';
import { parseURL } from './runtime.js';

/** What stands in the place of a secret. */
const REDACTED = '[redacted]';

/** The names of headers and query parameters that hold secrets. */
const SECRET_NAME = /key|token|secret|auth|cookie|password/i;

/** Values that are shorter are no secrets: they would redact ordinary text. */
const SHORTEST = 8;

/** So much of a secret tells it, wherever a quote was cut in the middle of one. */
const PIECE = 12;

/** How many values are looked at; an error that has more is cut there. */
const MOST_VALUES = 10_000;

/** How deep a value may be nested; what is deeper and shows a secret is left out. */
const MOST_DEPTH = 100;

/** What an error or a request shows though it may be no field of its own. */
const SHOWN = ['name', 'message', 'stack', 'cause', 'headers', 'url'];

/** Collects the secrets of a request: values of headers, by their names, with and without `Bearer`; and of its address. */
export function collectSecrets(headers: Iterable<readonly [string, unknown]>, url = ''): string[] {
  const base = 'http://page'; // for an address that is relative to the page
  const { searchParams, username, password } = parseURL(url, base) ?? new URL(base);
  return [...headers, ...searchParams, ['password', password || username] as const]
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value = '']) => [String(value), String(value).replace(/^\w+\s+/, '')])
    .filter(({ length }) => length >= SHORTEST);
}

/**
 * Takes secrets out of a value: out of an error, its message, stack, causes and fields, at any depth.
 *
 *     redact(error, ['sk-ant-key'])    // the same error, if it does not show the key
 *                                      // else a copy: 'AuthenticationError: 401: invalid x-api-key: [redacted]. …'
 *
 * The copy of an error has its class and its fields. Of anything else but plain objects, arrays and Headers, `[redacted]` takes
 * the place, since its methods may need what cannot be copied. A secret is told as it is, as JSON or a URL writes it, and by 12
 * of its characters. What the model has said, an error's `partial`, is kept as it is: it is the answer, and no error's text.
 *
 * @param value - Anything, most often what was thrown. It is not changed.
 * @param secrets - What must not show, as {@link collectSecrets} collects it.
 * @returns The value itself, if it shows none.
 */
export function redact<T>(value: T, secrets: readonly string[]): T;
export function redact(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return value;
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length); // or a piece would go before its whole
  const copies = new Map<unknown, unknown>();

  const redactText = (text: string): string => {
    if (text.length < SHORTEST) return text;
    let redacted = text;
    for (const form of forms) if (redacted.includes(form)) redacted = redacted.replaceAll(form, REDACTED);
    return redacted;
  };

  const isShown = (root: unknown): boolean => {
    const seen = new Set<unknown>([root]);
    for (const part of seen) {
      if (seen.size > MOST_VALUES || redactText(textOf(part)) !== textOf(part)) return true;
      for (const [name, field] of fieldsOf(part)) if (!isAnswer(part, name)) seen.add(name).add(field);
    }
    return false;
  };

  const copyOf = (part: unknown, depth = 0): unknown => {
    if (copies.has(part) || !isShown(part)) return copies.get(part) ?? part;
    if (!isObject(part)) return redactText(textOf(part));
    if (part instanceof Headers) {
      const copy = new Headers();
      for (const [name, value] of part) if (!isShown(name)) copy.append(name, redactText(value)); // no name has brackets
      return copy;
    }
    const copy = depth > MOST_DEPTH ? REDACTED : emptyCopy(part);
    copies.set(part, copy);
    if (!isObject(copy)) return copy;
    for (const [name, field] of fieldsOf(part)) {
      Reflect.defineProperty(copy, copyOf(name) as PropertyKey, {
        value: isAnswer(part, name) ? field : copyOf(field, depth + 1),
        enumerable: Object.prototype.propertyIsEnumerable.call(part, name),
        configurable: true,
        writable: true,
      });
    }
    return copy;
  };
  return copyOf(value);
}

/** Whether a field is what the model has said. */
function isAnswer(value: unknown, name: PropertyKey): boolean {
  return name === 'partial' && value instanceof AnthropicError;
}

/** The names and values that an object shows, but for those that cannot be read. */
function fieldsOf(value: unknown): (readonly [name: string | symbol, value: unknown])[] {
  if (!isObject(value)) return [];
  if (ArrayBuffer.isView(value)) return [['', new TextDecoder().decode(value)]];
  return [...Reflect.ownKeys(value), ...SHOWN, Symbol.iterator].flatMap((name) => {
    try {
      if (!(name in value)) return [];
      if (name !== Symbol.iterator) return [[name, Reflect.get(value, name)] as const];
      return Array.isArray(value) ? [] : [['', [...(value as Iterable<unknown>)]] as const];
    } catch {
      return []; // what cannot be read shows nothing
    }
  });
}

/** What the copy of an object is filled into. */
function emptyCopy(object: object): object | string {
  if (Array.isArray(object)) return [];
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === Object.prototype || prototype === null) return {};
  if (!('stack' in object)) return REDACTED;
  const isError = Object.prototype.toString.call(object) === '[object Error]'; // also one of another realm
  return isError ? (Object.setPrototypeOf(new Error(), prototype) as object) : new Error(); // of a DOMException
}

/** The forms in which a secret is told. */
function formsOf(secret: string): string[] {
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  for (let at = 0; at + PIECE <= secret.length; at += 1) forms.push(secret.slice(at, at + PIECE));
  return forms;
}

/** A text, or what a symbol says; empty for all else. */
function textOf(value: unknown): string {
  return typeof value === 'symbol' ? String(value) : (asString(value) ?? '');
}
