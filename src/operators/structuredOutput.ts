import type { OperatorFunction } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { expectSchema, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { readingOutput } from './internal/readingOutput.js';
import { validOutput } from './internal/validOutput.js';
import type { DeepPartial } from './partialJson.js';

/** Structured output: as far as it has come, or whole, as the schema makes it of what it takes. */
export type StructuredOutput<Output, Input = Output> =
  { readonly value: DeepPartial<Input>; readonly done: false } | { readonly value: Output; readonly done: true };

/**
 * Reads the answer to a request with an `output_config.format`: its value as it grows, then what the schema makes of it.
 *
 *     source                    --s--a-----b-----e--m--z--|     a = '{"city":"Pa'  b = 'ris"}'
 *     structuredOutput(schema)
 *     result                    -----x-----y--------------(z|)  x: { city: 'Pa' }  y: { city: 'Paris' }  z: the same, done
 *
 * Joined, the text of all text blocks is the JSON. Live values are shown as `partialJson` shows them: immutable, and
 * sharing the parts that are the same. `done: true` comes when the source completes, if the last message ended by itself,
 * its text is JSON, and the schema accepts it.
 *
 * Else the result is an `InvalidOutputError`, with the `text`, the `value` so far, what the schema has against it as
 * `issues`, and the `partial` message: it was cut (`max_tokens`, `model_context_window_exceeded`), refused, is not JSON,
 * or does not match. If the source completes before `message_stop`, it is an `IncompleteMessageError`. Other errors pass
 * through, those of the package with the `partial` message. On `message_restart` it starts over.
 *
 * @param schema - What the answer is validated with, at once: any Standard Schema. Live values are not validated; they
 * have the type of what the schema takes.
 * @returns An operator from events to values, each in the same turn as its event; the last one when the source completes.
 * @throws {TypeError} At call time, if `schema` is no Standard Schema; in the stream, if it validates asynchronously.
 * @throws {InvalidOutputError} In the stream, if there is no answer that matches.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
 * @example
 * const Trip = z.object({ city: z.string(), days: z.number() });
 * const params = { model, max_tokens, messages, output_config: { format: outputFormat(Trip) } };
 * streamMessage(params).pipe(structuredOutput(Trip)).subscribe(({ value, done }) => console.log(value, done));
 * // { city: 'Par' } false
 * // { city: 'Paris', days: 3 } false
 * // { city: 'Paris', days: 3 } true
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function structuredOutput<Input, Output>(
  schema: StandardSchemaV1<Input, Output>,
): OperatorFunction<AnyEvent, StructuredOutput<Output, Input>> {
  expectSchema(schema, 'structuredOutput');
  return readingOutput((output) => {
    let shown: unknown;
    return {
      start() {
        shown = undefined;
      },
      next({ value }) {
        if (value === shown) return;
        shown = value;
        output.next({ value: value as DeepPartial<Input>, done: false });
      },
      complete({ text, value }, partial) {
        const judged = { caller: 'structuredOutput', what: 'The output', text, value, partial: () => partial };
        output.next({ value: validOutput(schema, judged), done: true });
      },
    };
  });
}
