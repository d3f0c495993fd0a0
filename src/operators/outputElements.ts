import { InvalidOutputError } from '../errors/classes.js';
import { completeItems, identifyArray } from '../json/completeItems.js';
import { expectSchema, validate, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { readingOutput } from './internal/readingOutput.js';
import { describeIssues } from './internal/validOutput.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits the items of an array in the answer to a request with `output_config.format`, each as soon as it is complete.
 *
 *     source                             --s--a-----b-----e--m--z--|    a = '{"names":["An'  b = 'na","Bo"]}'
 *     outputElements(z.string(), 'names')
 *     result                             -----------(xy)-----------|    x = 'Anna'  y = 'Bo'
 *
 * Each item is emitted once, in order, and never changes: an object or array with its closing bracket, a string with
 * its closing quote, a keyword with its last letter, a number with the character after it. The cost of an item does not
 * depend on the number of items before it.
 *
 * JSON allows to repeat a key, and the last value then counts. If the key of the array is repeated, the items of the new
 * array are emitted from its first; those of the earlier array that had been emitted are not withdrawn.
 *
 * Fails with `InvalidOutputError` as soon as an item does not match the schema; the `path` of each issue starts with
 * the path of the item. When the source completes, the answer itself must be complete, as for {@link structuredOutput},
 * and have an array at `path`, which may be empty; the rest of it is not validated. Starts over on `message_restart`, which withdraws what was emitted before.
 *
 * @param schema - Validates each item, synchronously: any Standard Schema.
 * @param path - The path of the array: a key of the root, or the keys and indexes from the root to the array. By
 * default, the root itself is the array.
 * @returns An operator from events to items. Each is emitted synchronously with the event that completes it.
 * @throws {TypeError} At call time, if `schema` is not a Standard Schema; in the stream, if it validates
 * asynchronously.
 * @throws {InvalidOutputError} In the stream, if an item does not match, or the answer is truncated, refused, not JSON,
 * or has no array at `path`.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * const Person = z.object({ name: z.string() });
 * const People = z.object({ people: z.array(Person) });
 * const params = { model, max_tokens, messages, output_config: { format: outputFormat(People) } };
 * streamMessage(params).pipe(outputElements(Person, 'people')).subscribe(({ name }) => console.log(name));
 * // Anna
 * // Bo
 */
export function outputElements<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  path: string | readonly (string | number)[] = [],
): EventOperator<Output> {
  expectSchema(schema, 'outputElements');
  const arrayPath = typeof path === 'string' ? [path] : path;
  return readingOutput((output) => {
    let count = 0;
    let array: object | undefined;
    return {
      start() {
        count = 0;
        array = undefined;
      },
      next(json) {
        const current = identifyArray(json, arrayPath);
        if (current !== array) count = 0; // another array, because a key was repeated
        array = current;
        for (const value of completeItems(json, arrayPath, count)) {
          const result = validate(schema, mutableCopy(value), 'outputElements');
          if (result.issues !== undefined) {
            const issues = result.issues.map((issue) => ({ ...issue, path: [...arrayPath, count, ...issue.path] }));
            const message = `An item of the output does not match its schema: ${describeIssues(issues)}.`;
            throw new InvalidOutputError(message, { text: json.text, value, issues });
          }
          count += 1;
          output.next(result.value);
        }
      },
      complete({ text, value }, partial) {
        if (array !== undefined) return;
        const where = arrayPath.length === 0 ? 'is not an array' : `has no array at ${arrayPath.join('.')}`;
        throw new InvalidOutputError(`The output ${where}.`, { text, value, partial });
      },
    };
  });
}

/** Copies a JSON value for the schema, which may modify it. */
function mutableCopy(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (JSON.parse(JSON.stringify(value)) as unknown) : value;
}
