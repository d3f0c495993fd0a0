import type { OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent } from '../api/events.js';
import { isToolCall } from '../api/blocks.js';
import { transform } from '../rx/transform.js';

/** A fragment of the JSON text of a tool call's input. */
export interface InputJsonDelta {
  /** The block's place in `message.content`. */
  readonly index: number;
  /** The call's id. */
  readonly id: string;
  /** The tool's name. */
  readonly name: string;
  /** The fragment; it may end anywhere, also inside an escape. */
  readonly partial_json: string;
}

/**
 * Selects the JSON text of tool calls' inputs, fragment by fragment, each with the call that it belongs to.
 *
 *     source             --s--a--b--e--|   s: a tool_use block starts   a, b: its input   e: it stops
 *     inputJsonDeltas()
 *     result             -----a--b-----|   { index, id, name, partial_json }
 *
 * Fragments of calls to the API's own tools and to MCP tools come too. Empty fragments are left out. Completion and
 * errors pass through; on `message_restart` the calls are forgotten.
 *
 * @returns An operator from events to fragments, each in the same turn as its event.
 * @example
 * stream$.pipe(inputJsonDeltas()).subscribe(({ name, partial_json }) => console.log(name, partial_json));
 * // get_weather {"city":"Pa
 * // get_weather ris"}
 */
export function inputJsonDeltas(): OperatorFunction<AnyEvent, InputJsonDelta> {
  return transform((output) => {
    const calls = new Map<number, { readonly id: string; readonly name: string }>();
    return {
      next(event) {
        if (isEvent(event, 'content_block_delta')) {
          const { index, delta } = event;
          const call = calls.get(index);
          if (delta.type !== 'input_json_delta' || delta.partial_json === '' || call === undefined) return;
          output.next({ index, id: call.id, name: call.name, partial_json: delta.partial_json });
        } else if (isEvent(event, 'content_block_start')) {
          if (isToolCall(event.content_block)) calls.set(event.index, event.content_block);
        } else if (isEvent(event, 'message_start') || isEvent(event, 'message_restart')) {
          calls.clear();
        }
      },
    };
  });
}
