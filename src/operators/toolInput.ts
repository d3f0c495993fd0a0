import { isTruncating } from '../api/stopReasons.js';
import type { OperatorFunction } from 'rxjs';
import { jsonFault } from '../json/jsonTextError.js';
import { InvalidOutputError } from '../errors/classes.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { BetaContentBlock } from '../api/message.js';
import { expectSchema, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { accumulating } from '../rx/accumulating.js';
import { isToolCall } from '../api/blocks.js';
import { OpenToolCall } from './internal/openToolCall.js';
import { validOutput } from './internal/validOutput.js';
import type { DeepPartial } from './partialJson.js';

/** The input of one call: as far as it has come, or whole, as the schema makes it of what it takes. */
export type ToolInput<Output, Input = Output> =
  | {
      /** The call's id. */
      readonly id: string;
      /** The block's place in `message.content`. */
      readonly index: number;
      readonly value: DeepPartial<Input>;
      readonly done: false;
    }
  | { readonly id: string; readonly index: number; readonly value: Output; readonly done: true };

/**
 * Selects the calls of one tool, and emits the input of each as it grows; when it is whole, what the schema makes of it.
 *
 *     source                        --s--a-----b-----e--|    s, e: the call starts and stops
 *     toolInput('get_weather')
 *     result                        -----x-----y-----z--|    x: { city: 'Pa' }  y: { city: 'Paris' }  z: the same, done
 *
 * Calls of the API's own tools and of MCP tools count too. Several calls of the tool, also interleaved, are told apart by
 * `id`. Live values are shown as {@link partialJson} shows them: immutable, and sharing the parts that are the same. With
 * `done: true` the input is whole; whether the call is to be run is for `toolUses` and the message's `stop_reason` to say.
 *
 * A call is done when its block stops. One without any text waits for the next block or the `stop_reason`, which tell a
 * call without arguments, `{}`, from one that was cut before the first. A text that is not whole waits for the
 * `stop_reason` too: the error says whether `max_tokens` or the context window cut it, or it is no JSON.
 *
 * On `message_restart` it starts over; where a `fallback` model takes over, the calls that are not done are dropped. If
 * the source completes before `message_stop`, the result is an `IncompleteMessageError`. Other errors pass through, after
 * all values, those of the package with the `partial` message.
 *
 * @param name - The tool's name.
 * @param schema - What the input is validated with, at once: any Standard Schema. Default: none, the value is what the
 * JSON says. Live values are not validated; they have the type of what the schema takes.
 * @returns An operator from events to inputs, each in the same turn as its event.
 * @throws {TypeError} At call time, if `schema` is no Standard Schema; in the stream, if it validates asynchronously.
 * @throws {InvalidOutputError} In the stream, if an input is not whole or does not match the schema: see its `text`,
 * `value` and `issues`.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
 * @example
 * const weather = z.object({ city: z.string() });
 * stream$.pipe(toolInput('get_weather', weather)).subscribe(({ value, done }) => console.log(value.city, done));
 * // Pa false
 * // Paris false
 * // Paris true
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
export function toolInput<T = unknown>(name: string): OperatorFunction<AnyEvent, ToolInput<T>>;
export function toolInput<Input, Output>(
  name: string,
  schema: StandardSchemaV1<Input, Output>,
): OperatorFunction<AnyEvent, ToolInput<Output, Input>>;
export function toolInput(name: string, schema?: StandardSchemaV1): OperatorFunction<AnyEvent, ToolInput<unknown>> {
  if (schema !== undefined) expectSchema(schema, 'toolInput');
  return accumulating((accumulator, output) => {
    const calls = new Map<number, OpenToolCall>();

    const open = (index: number, block: BetaContentBlock): void => {
      if (isToolCall(block) && block.name === name) calls.set(index, new OpenToolCall(index, block, accumulator));
    };

    const show = (call: OpenToolCall): void => {
      const { id, index, json } = call;
      const value = json?.value();
      if (value === call.shown) return;
      call.shown = value;
      output.next({ id, index, value, done: false });
    };

    const finish = (call: OpenToolCall, stopReason: string | null): void => {
      const { id, index, json } = call;
      json?.end();
      const value = call.input;
      const what = `The input of ${name} (${id})`;
      if (!call.isWhole || (call.isEmpty && isTruncating(stopReason))) {
        const text = json?.text() ?? '';
        const invalid = json?.error();
        const isTruncated = isTruncating(stopReason) && invalid === undefined;
        const why = isTruncated ? `was cut by ${stopReason}` : `is not JSON (stop_reason ${String(stopReason)})`;
        const { partial } = accumulator;
        const cause = invalid ?? jsonFault(text);
        throw new InvalidOutputError(`${what} ${why}. ${cause.message}`, { text, value, partial, cause });
      }
      const judge = (by: StandardSchemaV1): unknown =>
        validOutput(by, { caller: 'toolInput', what, text: call.text, value, partial: () => accumulator.partial });
      calls.delete(index);
      output.next({ id, index, value: schema === undefined ? value : judge(schema), done: true });
    };

    const finishAll = (stopReason: string | null): void => {
      for (const call of calls.values()) finish(call, stopReason);
    };

    /** A block starts: the calls before it were not cut. Those of a model that another one takes over from are dropped. */
    const moveOn = (to: BetaContentBlock): void => {
      if (to.type === 'fallback') calls.clear();
      for (const call of calls.values()) if (call.hasStopped && call.isEmpty) finish(call, null);
    };

    return {
      next(event) {
        if (isEvent(event, 'content_block_delta')) {
          const call = calls.get(event.index);
          if (call !== undefined && event.delta.type === 'input_json_delta') show(call);
        } else if (isEvent(event, 'content_block_start')) {
          moveOn(event.content_block);
          open(event.index, event.content_block);
        } else if (isEvent(event, 'content_block_stop')) {
          const call = calls.get(event.index);
          if (call === undefined) return;
          call.hasStopped = true;
          if (call.isWhole && !call.isEmpty) finish(call, null);
        } else if (isEvent(event, 'message_delta')) {
          if (event.delta.stop_reason) finishAll(event.delta.stop_reason);
        } else if (isEvent(event, 'message_stop')) {
          finishAll(null);
        } else if (isEvent(event, 'message_start')) {
          calls.clear();
          event.message.content.forEach((block, index) => {
            open(index, block);
          });
          finishAll(null);
        }
      },
    };
  });
}
