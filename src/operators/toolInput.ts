import { isTruncating } from '../api/stopReasons.js';
import type { DeepPartial } from '../json/deepPartial.js';
import { freezeWithLazyField } from '../json/lazyValue.js';
import { unexpectedEnd } from '../json/jsonTextError.js';
import { InvalidOutputError } from '../errors/classes.js';
import { isEvent } from '../api/events.js';
import type { BetaContentBlock } from '../api/message.js';
import { expectSchema, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { accumulating } from '../rx/accumulating.js';
import { isToolCall } from '../api/blocks.js';
import { OpenToolCall } from './internal/openToolCall.js';
import { validOutput } from './internal/validOutput.js';
import type { EventOperator } from '../rx/eventOperator.js';

/** The input of one call: the part that has arrived, or the schema's output for the complete input. */
export type ToolInput<Output, Input = Output> =
  | {
      /** The call's id. */
      readonly id: string;
      /** The index of the block in `message.content`. */
      readonly index: number;
      readonly value: DeepPartial<Input>;
      readonly done: false;
    }
  | { readonly id: string; readonly index: number; readonly value: Output; readonly done: true };

/**
 * Emits the input of each call of one tool as it grows and, once it is complete, the schema's output.
 *
 *     source                        --s--a-----b-----e--m--z--|    s, e: the call starts and stops  z: message_stop
 *     toolInput('get_weather')
 *     result                        -----x-----y-----D--------|    x: { city: 'Pa' }  y: { city: 'Paris' }  D: the same, done
 *
 * Includes calls of the API's own tools and of MCP tools. Several calls of the tool, even if they interleave, are
 * distinguished by `id`. Live values are those of {@link partialJson}: immutable, and sharing their unchanged parts.
 * With `done: true`, the input is complete. Whether the call should be run depends on the message's `stop_reason`: see
 * `toolUses`.
 *
 * A call is done when its block stops. A call without any text waits for the next block or the `stop_reason`, which
 * show whether it has no arguments (`{}`) or was truncated before the first. A call with incomplete or invalid text
 * waits for the `stop_reason`: the error then says whether the text was truncated, by `max_tokens` or the context
 * window, or is not JSON.
 *
 * Starts over on `message_restart`. When a `fallback` model takes over, calls that are not done are dropped. If the
 * source completes before `message_stop`, fails with `IncompleteMessageError`. Other errors pass through after all
 * values; those of this package get the message so far as their `partial`.
 *
 * @param name - The tool's name.
 * @param schema - Validates the complete input, synchronously: any Standard Schema. Live values are not validated;
 * their type is the schema's input type. By default, the input is emitted as it was parsed.
 * @returns An operator from events to inputs. Each is emitted synchronously with its event.
 * @throws {TypeError} At call time, if `name` is not a string or `schema` is not a Standard Schema; in the stream, if
 * the schema validates asynchronously.
 * @throws {InvalidOutputError} In the stream, if an input is truncated, not JSON, or does not match the schema: see its
 * `text`, `value` and `issues`.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * const weather = z.object({ city: z.string() });
 * stream$.pipe(toolInput('get_weather', weather)).subscribe(({ value, done }) => console.log(value.city, done));
 * // Pa false
 * // Paris false
 * // Paris true
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
export function toolInput<T = unknown>(name: string): EventOperator<ToolInput<T>>;
export function toolInput<Input, Output>(
  name: string,
  schema: StandardSchemaV1<Input, Output>,
): EventOperator<ToolInput<Output, Input>>;
export function toolInput(name: string, schema?: StandardSchemaV1): EventOperator<ToolInput<unknown>> {
  if (typeof name !== 'string') throw new TypeError('toolInput: name must be a string, the name of a tool.');
  if (schema !== undefined) expectSchema(schema, 'toolInput');
  return accumulating((accumulator, output) => {
    const openCalls = new Map<number, OpenToolCall>();

    const open = (index: number, block: BetaContentBlock): void => {
      if (isToolCall(block) && block.name === name) openCalls.set(index, new OpenToolCall(index, block, accumulator));
    };

    const emitLive = (call: OpenToolCall): void => {
      const { id, index, json } = call;
      const value = json?.snapshot;
      if (value === call.lastValue) return;
      call.lastValue = value;
      output.next(freezeWithLazyField({ id, index, value, done: false }, 'value'));
    };

    const finish = (call: OpenToolCall, stopReason: string | null): void => {
      const { id, index, json } = call;
      json?.end(); // not ended yet if neither a block stop nor a stop reason arrived
      const value = call.input;
      const subject = `The input of ${name} (${id})`;
      if (!call.isComplete || (call.isEmpty && isTruncating(stopReason))) {
        const text = json?.text ?? '';
        const isTruncated = isTruncating(stopReason) && json?.status !== 'invalid';
        const problem = `${isTruncated ? 'is truncated' : 'is not JSON'} (stop_reason ${String(stopReason)})`;
        const { partial } = accumulator;
        const cause = json?.error ?? unexpectedEnd(text);
        throw new InvalidOutputError(`${subject} ${problem}. ${cause.message}`, { text, value, partial, cause });
      }
      const validateWith = (validator: StandardSchemaV1): unknown =>
        validOutput(validator, {
          caller: 'toolInput',
          subject,
          text: call.text,
          value,
          partial: () => accumulator.partial,
        });
      openCalls.delete(index);
      output.next(Object.freeze({ id, index, value: schema === undefined ? value : validateWith(schema), done: true }));
    };

    const finishAll = (stopReason: string | null): void => {
      for (const call of openCalls.values()) finish(call, stopReason);
    };

    const startBlock = (index: number, block: BetaContentBlock): void => {
      if (block.type === 'fallback') openCalls.clear();
      // The calls before a block are not truncated: one that has stopped without any text has no arguments.
      for (const call of openCalls.values()) if (call.hasStopped && call.isEmpty) finish(call, null);
      open(index, block);
    };

    return {
      next(event) {
        if (isEvent(event, 'content_block_delta')) {
          const call = openCalls.get(event.index);
          if (call !== undefined && event.delta.type === 'input_json_delta') emitLive(call);
        } else if (isEvent(event, 'content_block_start')) {
          startBlock(event.index, event.content_block);
        } else if (isEvent(event, 'content_block_stop')) {
          const call = openCalls.get(event.index);
          if (call === undefined) return;
          call.hasStopped = true;
          if (call.isComplete && !call.isEmpty) finish(call, null);
        } else if (isEvent(event, 'message_delta')) {
          if (event.delta.stop_reason) finishAll(event.delta.stop_reason);
        } else if (isEvent(event, 'message_stop')) {
          finishAll(null);
        } else if (isEvent(event, 'message_start')) {
          openCalls.clear();
          event.message.content.forEach((block, index) => {
            open(index, block);
          });
          finishAll(null);
        }
      },
    };
  });
}
