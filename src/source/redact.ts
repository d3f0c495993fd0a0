import { AnthropicError } from '../errors.js';
import { isObject } from '../unknown.js';

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

/** What an error or a request shows though it may be no field of its own. */
const SHOWN = ['name', 'message', 'stack', 'cause', 'headers', 'url'];

/** Collects the secrets of a request: values of headers, by their names, with and without `Bearer`; and of its address. */
export function secretsOf(headers: Iterable<readonly [string, unknown]>, url = ''): string[] {
  const base = 'http://localhost'; // for an address that is relative to the page
  const { searchParams, username, password } = new URL(URL.canParse(url, base) ? url : base, base);
  return [...headers, ...searchParams, ['password', password || username] as const]
    .flatMap(([name, value]) => (SECRET_NAME.test(name) ? [String(value), String(value).replace(/^\w+\s+/, '')] : []))
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
 * @param secrets - What must not show, as {@link secretsOf} collects it.
 * @returns The value itself, if it shows none.
 */
export function redact<T>(value: T, secrets: readonly string[]): T;
export function redact(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return value;
  const pattern = new RegExp(secrets.flatMap(patternsOf).join('|'), 'g');
  const redactText = (text: string): string => text.replace(pattern, REDACTED);

  const isShown = (root: unknown): boolean => {
    const seen = new Set<unknown>([root]);
    for (const part of seen) {
      const text = textOf(part);
      if (text !== undefined && redactText(text) !== text) return true;
      if (!isObject(part)) continue;
      for (const [name, field] of fieldsOf(part)) {
        if (!isAnswer(part, name)) seen.add(name).add(field);
        if (seen.size > MOST_VALUES) return true;
      }
    }
    return false;
  };

  const copies = new Map<unknown, unknown>();
  const copyOf = (part: unknown): unknown => {
    const said = textOf(part);
    if (said !== undefined) return redactText(said) === said ? part : redactText(said);
    if (copies.has(part)) return copies.get(part);
    if (!isObject(part) || !isShown(part)) return part;
    const copy = copies.size > MOST_VALUES ? REDACTED : emptyCopy(part);
    copies.set(part, copy);
    if (typeof copy === 'string') return copy;
    for (const [name, field] of fieldsOf(part)) {
      const value = isAnswer(part, name) ? field : copyOf(field);
      const key = copyOf(name) as PropertyKey;
      if (copy instanceof Headers) {
        if (key === name) copy.append(String(key), String(value)); // what stands for a secret is no name of a header
      } else if (!Array.isArray(copy)) {
        const enumerable = Object.prototype.propertyIsEnumerable.call(part, name);
        Object.defineProperty(copy, key, { value, enumerable, configurable: true, writable: true });
      } else if (name !== 'length') copy.push(value);
    }
    return copy;
  };
  return copyOf(value);
}

/** Whether a field is what the model has said. */
function isAnswer(object: object, name: PropertyKey): boolean {
  return name === 'partial' && object instanceof AnthropicError;
}

/** The names and values that an object shows, but for those that cannot be read. */
function fieldsOf(object: object): (readonly [name: PropertyKey, value: unknown])[] {
  if (object instanceof Headers) return [...object];
  if (ArrayBuffer.isView(object)) return [['', new TextDecoder().decode(object)]];
  return [...new Set([...Reflect.ownKeys(object), ...SHOWN, Symbol.iterator])].flatMap((name) => {
    try {
      if (!(name in object)) return [];
      const value: unknown = Reflect.get(object, name);
      if (name !== Symbol.iterator) return [[name, value] as const];
      if (Array.isArray(object)) return []; // its items have names
      return Array.from(object as Iterable<unknown>, (held) => ['', held] as const);
    } catch {
      return []; // what cannot be read shows nothing
    }
  });
}

/** What the copy of an object is filled into. */
function emptyCopy(object: object): object | string {
  if (Array.isArray(object)) return [];
  if (object instanceof Headers) return new Headers();
  if (object instanceof DOMException) return new Error();
  const prototype = Object.getPrototypeOf(object) as object | null;
  const isError = Object.prototype.toString.call(object) === '[object Error]'; // also one of another realm
  if (isError) return Object.setPrototypeOf(new Error(), prototype) as object;
  return prototype === Object.prototype || prototype === null ? {} : REDACTED;
}

/** The forms in which a secret is told, the longest first. */
function patternsOf(secret: string): string[] {
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  const pieces = Array.from({ length: Math.max(secret.length - PIECE + 1, 0) }, (_, at) =>
    secret.slice(at, at + PIECE),
  );
  return [...new Set([...forms, ...pieces])].map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'symbol' ? value.description : typeof value === 'string' ? value : undefined;
}
