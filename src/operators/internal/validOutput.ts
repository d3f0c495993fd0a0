import { InvalidOutputError } from '../../errors/classes.js';
import type { Message } from '../../api/message.js';
import { validate, type StandardSchemaV1 } from '../../schemas/standardSchema.js';

/** A whole JSON text that a schema judges, and what an error says of it. */
export interface Judged {
  /** The operator that asks. */
  readonly caller: string;
  /** What the text is, as an error's message begins. */
  readonly what: string;
  /** '' where the value was given, nested too deep to be written. */
  readonly text: string;
  /** What the text says. */
  readonly value: unknown;
  /** Asked for only where the value does not match. */
  readonly partial: () => Message | undefined;
}

/**
 * What a schema makes of a text. It gets a value of its own: one that writes to it changes nothing that was emitted.
 *
 * @throws {InvalidOutputError} If the value does not match.
 * @throws {TypeError} If the schema validates asynchronously.
 */
export function validOutput<Output>(schema: StandardSchemaV1<unknown, Output>, judged: Judged): Output {
  const { caller, what, text, value, partial } = judged;
  const result = validate(schema, text === '' ? value : JSON.parse(text), caller);
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  throw new InvalidOutputError(`${what} does not match its schema: ${inWords(issues)}.`, {
    text,
    value,
    issues,
    partial: partial(),
  });
}

/** The first three issues, each with its path. */
export function inWords(issues: InvalidOutputError['issues']): string {
  const words = issues.slice(0, 3).map(({ message, path = [] }) => [path.map(String).join('.'), message]);
  const more = issues.length > 3 ? ` (and ${issues.length - 3} more)` : '';
  return words.map((parts) => parts.filter((part) => part !== '').join(': ')).join('; ') + more;
}
