import { filter, type Observable } from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../api/events.js';

/**
 * The members of an event union that have one of the given types. A type that is not in the union becomes `{ type }`.
 */
export type EventOfType<Event extends AnyEvent, Type extends string> = Type extends string
  ? [Extract<Event, { readonly type: Type }>] extends [never]
    ? { readonly type: Type }
    : Extract<Event, { readonly type: Type }>
  : never;

/**
 * Emits only the events of the given types, and narrows their type.
 *
 *     source                        --s--d--p--d--s--|   s, d, p: events of three types
 *     ofType('content_block_delta')
 *     result                        -----d-----d-----|
 *
 * Completion and errors pass through. A `message_restart` is emitted only if it is among the types.
 *
 * @param types - The types of the events to emit. Types that the package does not know are allowed.
 * @returns An operator from events to those of the given types. Each is emitted synchronously, unchanged.
 * @example
 * stream$.pipe(ofType('message_delta')).subscribe((event) => console.log(event.delta.stop_reason)); // end_turn
 */
export function ofType<const Type extends MessageStreamEvent['type'] | (string & {})>(
  ...types: readonly Type[]
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<EventOfType<Event, Type>> {
  const wanted: ReadonlySet<string> = new Set(types);
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(filter((event): event is Event & EventOfType<Event, Type> => wanted.has(event.type)));
}
