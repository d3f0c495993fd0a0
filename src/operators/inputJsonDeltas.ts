import { isEvent } from '../api/events.js';
import { isToolCall } from '../api/blocks.js';
import { transform } from '../rx/transform.js';
import type { EventOperator } from '../rx/eventOperator.js';

/** A fragment of the JSON text of a tool call's input. */
export interface InputJsonDelta {
  /** The index of the call's block in `message.content`. */
  readonly index: number;
  /** The id of the call. */
  readonly id: string;
  /** The name of the tool. */
  readonly name: string;
  /** The fragment. It may end anywhere, even inside an escape sequence. */
  readonly partial_json: string;
}

/**
 * Emits the JSON text of each tool call's input, fragment by fragment, with the call that the fragment belongs to.
 *
 *     source             --s--a--b--e--|   s: a tool_use block starts   a, b: its input   e: it stops
 *     inputJsonDeltas()
 *     result             -----a--b-----|   { index, id, name, partial_json }
 *
 * Calls to the API's own tools and to MCP tools are included. Empty fragments are ignored, and so are fragments of a
 * block that is not a tool call. Completion and errors pass through. A `message_restart` emits nothing; it withdraws
 * the fragments emitted before it.
 *
 * @returns An operator from events to fragments. Each is emitted synchronously with its event.
 * @example
 * stream$.pipe(inputJsonDeltas()).subscribe(({ name, partial_json }) => console.log(name, partial_json));
 * // get_weather {"city":"Pa
 * // get_weather ris"}
 */
export function inputJsonDeltas(): EventOperator<InputJsonDelta> {
  return transform((output) => {
    const calls = new Map<number, { readonly id: string; readonly name: string }>();
    return {
      next(event) {
        if (isEvent(event, 'content_block_delta')) {
          const { index, delta } = event;
          const call = calls.get(index);
          if (delta.type !== 'input_json_delta' || delta.partial_json === '' || call === undefined) return;
          output.next(Object.freeze({ index, id: call.id, name: call.name, partial_json: delta.partial_json }));
        } else if (isEvent(event, 'content_block_start')) {
          if (isToolCall(event.content_block)) calls.set(event.index, event.content_block);
        } else if (isEvent(event, 'message_start') || isEvent(event, 'message_restart')) {
          calls.clear();
        }
      },
    };
  });
}
