import type { AnyEvent } from '../../api/events.js';

/**
 * What a symbol of a diagram stands for.
 *
 * - A string is text, or, for the symbol `$`, the stop reason.
 * - `{ thinking }` and `{ signature }` are thinking, and the signature after it.
 * - `{ json }` is a fragment of the input of a tool call. The first one of a block has the name of the tool.
 * - An object with a `type` is that event, unchanged.
 * - An error, for the symbols `#` and `!`, is the error of the stream.
 */
export type MarbleDefinition =
  | string
  | { readonly thinking: string }
  | { readonly signature: string }
  | { readonly json: string; readonly tool?: string; readonly id?: string }
  | AnyEvent
  | Error;

/** The definitions of the symbols of a diagram. A symbol that has none stands for its own text. */
export type MarbleDefinitions = Readonly<Record<string, MarbleDefinition>>;

/** Whether a definition is an event. */
export function isEventDefinition(definition: MarbleDefinition | undefined): definition is AnyEvent {
  return typeof definition === 'object' && 'type' in definition;
}
