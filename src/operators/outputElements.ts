import type { OperatorFunction } from 'rxjs';
import { InvalidOutputError } from '../errors/classes.js';
import type { AnyEvent } from '../api/events.js';
import { expectSchema, validate, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { readingOutput } from './internal/readingOutput.js';
import { inWords } from './internal/validOutput.js';

/**
 * Selects the items of an array in the answer to a request with an `output_config.format`, each as soon as it has ended.
 *
 *     source                             --s--a-----b-----e--m--z--|    a = '{"names":["An'  b = 'na","Bo"]}'
 *     outputElements(z.string(), 'names')
 *     result                             -----------(xy)-----------|    x = 'Anna'  y = 'Bo'
 *
 * An item comes whole, once, in order, and never changes: an object or array with its closing bracket, a string with its
 * closing quote, a number or keyword with what follows it. Where there is no array at `path`, nothing comes. The work for
 * an item does not depend on how many there were.
 *
 * An item that does not match the schema is an `InvalidOutputError` at once, with its place in the `path` of the `issues`;
 * the answer as a whole is judged when the source completes, as by {@link structuredOutput}, but only for being whole.
 * On `message_restart` it starts over: what was emitted before is withdrawn.
 *
 * @param schema - What each item is validated with, at once: any Standard Schema.
 * @param path - Where the array is: a key of the root, or keys and indexes from the root on. Default: the root itself.
 * @returns An operator from events to items, each in the same turn as the event that ended it.
 * @throws {TypeError} At call time, if `schema` is no Standard Schema; in the stream, if it validates asynchronously.
 * @throws {InvalidOutputError} In the stream, if an item does not match, or the answer is not whole.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
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
): OperatorFunction<AnyEvent, Output> {
  expectSchema(schema, 'outputElements');
  const place = typeof path === 'string' ? [path] : path;
  return readingOutput((output) => {
    let count = 0;
    return {
      start() {
        count = 0;
      },
      next(json) {
        for (const value of json.endedItems(place, count)) {
          const result = validate(schema, value, 'outputElements');
          if (result.issues !== undefined) {
            const issues = result.issues.map((issue) => ({ ...issue, path: [...place, count, ...issue.path] }));
            const message = `An item of the output does not match its schema: ${inWords(issues)}.`;
            throw new InvalidOutputError(message, { text: json.text, value, issues });
          }
          count += 1;
          output.next(result.value);
        }
      },
    };
  });
}
