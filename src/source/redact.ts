import { AnthropicError } from '../errors/classes.js';
import { isObject, asString } from '../utils/inspect.js';
import { parseURL } from './runtime.js';

/** Replaces a secret. */
const REDACTED = '[redacted]';

/** The names of headers and query parameters whose values are secrets. */
const SECRET_NAME = /key|token|secret|auth|cookie|password/i;

/** Shortest secret, in UTF-16 code units. A shorter one is ignored, since it would redact ordinary text. */
const MIN_SECRET_LENGTH = 8;

/**
 * Parts of a secret of this length are redacted too, in UTF-16 code units, because a quotation may begin or end inside
 * a secret.
 */
const PART_LENGTH = 12;

/**
 * How many values are searched for secrets. Objects that contain a value beyond that are copied, as if it contained a
 * secret.
 */
const MAX_VALUES = 10_000;

/**
 * The maximum depth of a copy. Deeper values that contain a secret are replaced as a whole, so that the stack cannot
 * overflow.
 */
const MAX_DEPTH = 100;

/** Fields that are read even if they are inherited, as those of errors, requests and responses are. */
const INHERITED_FIELDS: readonly string[] = ['name', 'message', 'stack', 'cause', 'headers', 'url'];

/**
 * Collects the secrets of a request: the values of headers, query parameters and URL credentials whose names suggest a
 * secret. A value such as `Bearer abc` is collected with and without its scheme.
 */
export function collectSecrets(headers: Iterable<readonly [string, unknown]>, url = ''): string[] {
  const base = 'http://page'; // for a URL that is relative to the page
  const { searchParams, username, password } = parseURL(url, base) ?? new URL(base);
  return [...headers, ...searchParams, ['password', password || username] as const]
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value = '']) => [String(value), String(value).replace(/^\w+\s+/, '')])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

/**
 * Removes secrets from a value. In an error, they are removed from the message, stack, causes and fields, at any depth.
 *
 *     redact(error, ['sk-ant-key'])    // the same error if it does not contain the key,
 *                                      // otherwise a copy: 'AuthenticationError: 401: invalid key: [redacted]. …'
 *
 * The copy of an error has the same class and fields. Plain objects, arrays and Headers are copied too. Any other
 * object that contains a secret is replaced by `[redacted]`, since its methods may need private state that cannot be
 * copied. A secret is recognized unchanged, as escaped in JSON or a URL, and by any 12 consecutive characters. An
 * error's `partial` is preserved, because it is the model's answer.
 *
 * @param value - Any value, usually an error. It is not changed.
 * @param secrets - The secrets, as {@link collectSecrets} returns them.
 * @returns The value itself if it contains no secret, otherwise a copy.
 */
export function redact<T>(value: T, secrets: readonly string[]): T;
export function redact(value: unknown, secrets: readonly string[]): unknown {
  return secrets.length === 0 ? value : new Redactor(secrets).copy(value);
}

/** Redacts one value. Each value in it is searched once, and copied at most once. */
class Redactor {
  /** The strings to replace, longest first, so that a complete secret is replaced before a part of it could be. */
  readonly #spellings: readonly string[];
  /** The copy of each original, so that a cycle is copied only once. */
  readonly #copies = new Map<unknown, unknown>();
  /** The values that were searched or are about to be, each with the objects that it is a field of. */
  readonly #owners = new Map<unknown, unknown[]>();
  /** The values that contain a secret, at any depth. */
  readonly #withSecret = new Set<unknown>();

  constructor(secrets: readonly string[]) {
    this.#spellings = [...new Set(secrets.flatMap(spellingsOf))].sort((a, b) => b.length - a.length);
  }

  /** Returns a redacted copy, or the value itself if it contains no secret. */
  copy(value: unknown, depth = 0): unknown {
    if (this.#copies.has(value)) return this.#copies.get(value);
    if (!this.#hasSecret(value)) return value;
    if (!isObject(value)) return this.#redactText(readText(value));
    if (value instanceof Headers) return this.#copyHeaders(value);
    const copy = depth > MAX_DEPTH ? REDACTED : createEmptyCopy(value);
    this.#copies.set(value, copy);
    if (isObject(copy)) this.#copyFields(value, copy, depth);
    return copy;
  }

  #copyFields(value: object, copy: object, depth: number): void {
    for (const [name, field] of listFields(value)) {
      Reflect.defineProperty(copy, this.copy(name) as PropertyKey, {
        value: isAnswer(value, name) ? field : this.copy(field, depth + 1),
        enumerable: Object.prototype.propertyIsEnumerable.call(value, name),
        configurable: true,
        writable: true,
      });
    }
  }

  #copyHeaders(headers: Headers): Headers {
    const copy = new Headers();
    for (const [name, value] of headers) {
      // A header whose name contains a secret is left out, since the brackets of [redacted] are not allowed in a name.
      if (this.#redactText(name) === name) copy.append(name, this.#redactText(value));
    }
    return copy;
  }

  #hasSecret(value: unknown): boolean {
    if (!this.#owners.has(value)) this.#search(value);
    return this.#withSecret.has(value);
  }

  /** Searches a value, and everything in it that has not been searched yet. */
  #search(root: unknown): void {
    const found = new Set<unknown>([root]);
    this.#owners.set(root, []);
    // A loop over a Set also visits the values that are added during the loop.
    for (const value of found) {
      const isBeyondLimit = isObject(value) && this.#owners.size > MAX_VALUES;
      if (isBeyondLimit || this.#hasSecretText(value)) this.#addWithOwners(value);
      if (isBeyondLimit) continue;
      for (const [name, field] of listFields(value)) {
        if (isAnswer(value, name)) continue;
        for (const part of [name, field]) {
          if (!this.#owners.has(part)) found.add(part);
          const owners = this.#owners.get(part);
          if (owners === undefined) this.#owners.set(part, [value]);
          else owners.push(value);
          if (this.#withSecret.has(part)) this.#addWithOwners(value);
        }
      }
    }
  }

  /** Adds a value that contains a secret, and the objects that contain that value. */
  #addWithOwners(value: unknown): void {
    const added = [value];
    for (const each of added) {
      if (this.#withSecret.has(each)) continue;
      this.#withSecret.add(each);
      for (const owner of this.#owners.get(each) ?? []) added.push(owner);
    }
  }

  #hasSecretText(value: unknown): boolean {
    const text = readText(value);
    return this.#redactText(text) !== text;
  }

  #redactText(text: string): string {
    if (text.length < MIN_SECRET_LENGTH) return text;
    let redacted = text;
    for (const spelling of this.#spellings) {
      if (redacted.includes(spelling)) redacted = redacted.replaceAll(spelling, REDACTED);
    }
    return redacted;
  }
}

/** Whether a field is the model's answer. */
function isAnswer(value: unknown, name: PropertyKey): boolean {
  return name === 'partial' && value instanceof AnthropicError;
}

type Field = readonly [name: string | symbol, value: unknown];

/**
 * Lists the fields of an object, and, under the name '', the items of an iterable such as a Map, or the text of bytes.
 */
function listFields(value: unknown): Field[] {
  if (!isObject(value)) return [];
  if (ArrayBuffer.isView(value)) return [['', new TextDecoder().decode(value)]];
  const names = Reflect.ownKeys(value).filter((name) => name !== Symbol.iterator);
  const fields = [...names, ...INHERITED_FIELDS].flatMap((name) => readField(value, name));
  return Array.isArray(value) ? fields : [...fields, ...readItems(value)];
}

/** Returns one field, or none if it does not exist or reading it throws. */
function readField(object: object, name: string | symbol): Field[] {
  try {
    return name in object ? [[name, Reflect.get(object, name)]] : [];
  } catch {
    return []; // a value that cannot be read cannot show a secret
  }
}

/** Returns the items of an iterable, or nothing if it is not iterable or iterating it throws. */
function readItems(object: object): Field[] {
  try {
    return Symbol.iterator in object ? [['', [...(object as Iterable<unknown>)]]] : [];
  } catch {
    return []; // items that cannot be read cannot show a secret
  }
}

/**
 * Creates the object that the fields of a copy are written to, or returns `[redacted]` if the object cannot be copied.
 */
function createEmptyCopy(object: object): object | string {
  if (Array.isArray(object)) return [];
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === Object.prototype || prototype === null) return {};
  if (!('stack' in object)) return REDACTED;
  const isError = Object.prototype.toString.call(object) === '[object Error]'; // true for an error of another realm too
  if (!isError) return new Error(); // a DOMException, whose prototype works only with its own objects
  return Object.setPrototypeOf(new Error(), prototype) as object;
}

/** Returns every string that reveals a secret: the secret itself, its escaped forms, and its parts. */
function spellingsOf(secret: string): string[] {
  const spellings = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  for (let start = 0; start + PART_LENGTH <= secret.length; start += 1) {
    spellings.push(secret.slice(start, start + PART_LENGTH));
  }
  return spellings;
}

/** Returns a string itself, the description of a symbol, and an empty string for any other value. */
function readText(value: unknown): string {
  return typeof value === 'symbol' ? String(value) : (asString(value) ?? '');
}
