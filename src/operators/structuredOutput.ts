import type { DeepPartial } from '../json/deepPartial.js';
import { freezeWithLazyField } from '../json/lazyValue.js';
import { expectSchema, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { readingOutput } from './internal/readingOutput.js';
import { validOutput } from './internal/validOutput.js';
import type { EventOperator } from '../rx/eventOperator.js';

/** Structured output: the part that has arrived, or the schema's output for the complete answer. */
export type StructuredOutput<Output, Input = Output> =
  { readonly value: DeepPartial<Input>; readonly done: false } | { readonly value: Output; readonly done: true };

/**
 * Emits the answer to a request with `output_config.format` as it grows and, once it is complete, the schema's output.
 *
 *     source                    --s--a-----b-----e--m--z--|     a = '{"city":"Pa'  b = 'ris"}'
 *     structuredOutput(schema)
 *     result                    -----x-----y--------------(z|)  x: { city: 'Pa' }  y: { city: 'Paris' }  z: y, done
 *
 * The JSON is the joined text of all text blocks. Live values are those of `partialJson`: immutable, and sharing their
 * unchanged parts. `done: true` is emitted when the source completes, if the last message ended normally, its text is
 * JSON, and the schema accepts it.
 *
 * Otherwise fails with `InvalidOutputError`: the answer was truncated (`max_tokens`, `model_context_window_exceeded`)
 * or refused, is not JSON, or does not match the schema. The error has the `text`, the `value` so far, the schema's
 * `issues` and the `partial` message. If the source completes before `message_stop`, fails with
 * `IncompleteMessageError`. Other errors pass through; those of this package get the message as their `partial`. Starts
 * over on `message_restart`.
 *
 * @param schema - Validates the complete answer, synchronously: any Standard Schema. Live values are not validated;
 * their type is the schema's input type.
 * @returns An operator from events to values. Each is emitted synchronously with its event, the last one when the
 * source completes.
 * @throws {TypeError} At call time, if `schema` is not a Standard Schema; in the stream, if it validates
 * asynchronously.
 * @throws {InvalidOutputError} In the stream, if no complete answer matches the schema.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
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
): EventOperator<StructuredOutput<Output, Input>> {
  expectSchema(schema, 'structuredOutput');
  return readingOutput((output) => {
    let lastValue: unknown;
    return {
      start() {
        lastValue = undefined;
      },
      next({ snapshot: value }) {
        if (value === lastValue) return;
        lastValue = value;
        output.next(freezeWithLazyField({ value: value as DeepPartial<Input>, done: false }, 'value'));
      },
      complete({ text, value }, partial) {
        const validated = validOutput(schema, {
          caller: 'structuredOutput',
          subject: 'The output',
          text,
          value,
          partial: () => partial,
        });
        output.next(Object.freeze({ value: validated, done: true }));
      },
    };
  });
}
