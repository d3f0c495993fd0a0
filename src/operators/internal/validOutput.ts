import { InvalidOutputError } from '../../errors/classes.js';
import type { Message } from '../../api/message.js';
import { validate, type StandardSchemaV1 } from '../../schemas/standardSchema.js';

/** A complete JSON text to validate, and what an error reports about it. */
export interface OutputToValidate {
  /** The operator, for a `TypeError`. */
  readonly caller: string;
  /** The subject of the error message, such as "The output". */
  readonly subject: string;
  /** The JSON text. Empty if `value` was not received as text and is nested too deeply to be serialized. */
  readonly text: string;
  /** The parsed value. */
  readonly value: unknown;
  /** Called only if the value does not match. */
  readonly partial: () => Message | undefined;
}

/**
 * Validates a value with a schema. The schema receives a copy, so that a schema that modifies its input does not change
 * emitted values.
 *
 * @returns The schema's output.
 * @throws {InvalidOutputError} If the value does not match.
 * @throws {TypeError} If the schema validates asynchronously.
 */
export function validOutput<Output>(schema: StandardSchemaV1<unknown, Output>, output: OutputToValidate): Output {
  const { caller, subject, text, value, partial } = output;
  const result = validate(schema, text === '' ? value : JSON.parse(text), caller);
  const { issues } = result;
  if (issues === undefined) return result.value;
  throw new InvalidOutputError(`${subject} does not match its schema: ${describeIssues(issues)}.`, {
    text,
    value,
    issues,
    partial: partial(),
  });
}

/** Describes the first three issues, each with its path, and counts the others. */
export function describeIssues(issues: InvalidOutputError['issues']): string {
  const described = issues.slice(0, 3).map(({ message, path = [] }) => {
    const place = path.map(String).join('.');
    return place === '' || message === '' ? place + message : `${place}: ${message}`;
  });
  const more = issues.length > 3 ? ` (and ${issues.length - 3} more)` : '';
  return described.join('; ') + more;
}
