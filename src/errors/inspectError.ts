/** Reads values that were thrown: by this package, by another copy of it, by another package, or by the runtime. */
import { asString, isObject, readPath } from '../utils/inspect.js';

/** The maximum number of errors that are read from a chain of causes, since the chain may be circular. */
const MAX_CAUSES = 8;

/** Returns an error, its cause, the cause of its cause, and so on: at most 8 objects. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; isObject(cause) && causes.length < MAX_CAUSES; cause = readPath(cause, 'cause')) {
    causes.push(cause);
  }
  return causes;
}

/**
 * Describes a failure by its own message and the messages of its causes, each once:
 * `fetch failed: connect ECONNREFUSED 127.0.0.1:80`. A value without messages is described by `String(value)`.
 */
export function describeCauses(error: unknown): string {
  const messages = causesOf(error).map((cause) => asString(readPath(cause, 'message')));
  return [...new Set(messages)].filter((message) => message).join(': ') || String(error);
}

/**
 * Whether an error, or one of the classes that it inherits from, has one of these names. Compares names instead of
 * using `instanceof`, so it recognises the classes of another copy of a package. Also reads the `name` of each
 * prototype, since minifiers rename constructors.
 */
export function isNamed(error: unknown, ...names: unknown[]): boolean {
  if (!isObject(error)) return false;
  if (names.includes(readPath(error, 'name')) || names.includes(readPath(error, 'constructor', 'name'))) return true;
  return isNamed(Object.getPrototypeOf(error), ...names);
}

/** Returns a header of an error's response, from `Headers` of any realm or from a plain object; '' if there is none. */
export function readHeader(error: unknown, name: string): string {
  const headers = readPath(error, 'headers');
  const get = readPath(headers, 'get');
  const value: unknown = typeof get === 'function' ? Reflect.apply(get, headers, [name]) : readPath(headers, name);
  return asString(value) ?? '';
}
