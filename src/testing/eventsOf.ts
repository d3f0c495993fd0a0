import { blocksToEvents } from '../accumulate/blocksToEvents.js';
import { textOfDelta, withTextOfDelta } from '../accumulate/joinDeltas.js';
import {
  isEvent,
  type AnyEvent,
  type MessageDeltaEvent,
  type MessageStartEvent,
  type MessageStreamEvent,
} from '../api/events.js';
import type { Message } from '../api/message.js';

/** How `eventsOf` splits a message into events. */
export interface EventsOfOptions<E extends AnyEvent = never> {
  /** The length of a delta, in UTF-16 code units. `Infinity` puts everything in one delta. Default 12. */
  readonly deltaLength?: number | undefined;
  /** The number of events after which a `ping` is inserted. Default: no pings. */
  readonly pingEvery?: number | undefined;
  /** The number of events to keep. Default: all. */
  readonly cutAt?: number | undefined;
  /** An event to append, such as an `errorEvent`. Default: none. */
  readonly error?: E | undefined;
}

/**
 * Converts a message to the events that the API would send for it. Accumulating them builds the message again.
 *
 *     eventsOf(buildMessage({ content: 'Hello' })).map((event) => event.type)
 *     // ['message_start', 'content_block_start', 'content_block_delta',
 *     //  'content_block_stop', 'message_delta', 'message_stop']
 *
 * - Text, thinking and the JSON of tool inputs are split into deltas.
 * - Each citation is one delta, before the text that cites, as the API sends it.
 * - A tool input begins with an empty delta. It has no other delta if it is `{}`.
 * - Empty thinking is one empty delta.
 * - An `error` stays an event, as on the wire. `replayStream` makes it the error of a stream, as a source does.
 * - Blocks without deltas, which includes blocks of unknown types, are complete in their `content_block_start`.
 *
 * @param message - A complete message. A null `stop_reason` stays null in the `message_delta`.
 * @param options.deltaLength - The length of a delta, in UTF-16 code units. Default 12. A surrogate pair is never
 *   split: a delta that would end inside one is one unit longer.
 * @param options.pingEvery - The number of events after which a `ping` is inserted, but never after the last event.
 *   Default: no pings.
 * @param options.cutAt - The number of events to keep, including pings. Has no effect if there are fewer. Default: all.
 * @param options.error - An event to append after the last one that is kept. Default: none.
 * @returns A new array. Its events share objects with the message.
 * @throws {RangeError} If `deltaLength` or `pingEvery` is not an integer of at least 1, or `cutAt` is not an integer of
 *   at least 0. `Infinity` is allowed.
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function eventsOf<E extends AnyEvent = never>(
  message: Message,
  options: EventsOfOptions<E> = {},
): (MessageStreamEvent | E)[] {
  const { deltaLength = 12, pingEvery = Infinity, cutAt = Infinity, error } = options;
  for (const [name, value, least] of [
    ['deltaLength', deltaLength, 1],
    ['pingEvery', pingEvery, 1],
    ['cutAt', cutAt, 0],
  ] as const) {
    if (!(value >= least) || (value !== Infinity && !Number.isInteger(value))) {
      throw new RangeError(`eventsOf: ${name} must be an integer of at least ${least}, got ${value}.`);
    }
  }

  const events: MessageStreamEvent[] = [
    messageStart(message),
    ...blocksToEvents(message.content).flatMap((event) => splitDelta(event, deltaLength)),
    messageDelta(message),
    { type: 'message_stop' },
  ];
  const isPingDue = (position: number) => position % pingEvery === 0 && position < events.length;
  const kept = events
    .flatMap((event, i): MessageStreamEvent[] => (isPingDue(i + 1) ? [event, { type: 'ping' }] : [event]))
    .slice(0, cutAt);
  return error === undefined ? kept : [...kept, error];
}

/** The message before anything was generated. Its usage has the counts of the input only. */
function messageStart(message: Message): MessageStartEvent {
  return {
    type: 'message_start',
    message: {
      ...without(message, 'container', 'context_management', 'input_transformations'),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...('stop_details' in message && { stop_details: null }),
      usage: {
        ...without(message.usage, 'output_tokens_details', 'server_tool_use', 'iterations', 'fallback_credit'),
        output_tokens: 1,
      },
    },
  };
}

/** Splits an event with text, thinking or JSON into events whose text has `length` UTF-16 code units. */
function splitDelta(event: MessageStreamEvent, length: number): MessageStreamEvent[] {
  if (!isEvent(event, 'content_block_delta')) return [event];
  const text = textOfDelta(event.delta);
  if (text === undefined || text === '') return [event];
  return splitText(text, length).map((piece) => ({ ...event, delta: withTextOfDelta(event.delta, piece) }));
}

/** Splits a text after every `length` UTF-16 code units, or one later if that would split a surrogate pair. */
function splitText(text: string, length: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = from + length;
    const splitsPair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
    const to = splitsPair ? end + 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

/**
 * The fields that are known only at the end, and the final counts. Usage fields that describe the request are omitted.
 */
function messageDelta(message: Message): MessageDeltaEvent {
  const { stop_reason, stop_sequence, stop_details, container, context_management, input_transformations } = message;
  return {
    type: 'message_delta',
    delta: {
      stop_reason,
      stop_sequence,
      ...(stop_details !== undefined && { stop_details }),
      ...(container !== undefined && { container }),
    },
    usage: without(message.usage, 'cache_creation', 'service_tier', 'inference_geo', 'speed'),
    ...(context_management !== undefined && { context_management }),
    ...(input_transformations !== undefined && { input_transformations }),
  };
}

function without<T extends object, K extends keyof T & string>(object: T, ...names: readonly K[]): Omit<T, K> {
  const others = Object.entries(object).filter(([name]) => !(names as readonly string[]).includes(name));
  return Object.fromEntries(others) as Omit<T, K>;
}
