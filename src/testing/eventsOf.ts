import type {
  AnyEvent,
  ContentBlockDelta,
  MessageDeltaEvent,
  MessageStartEvent,
  MessageStreamEvent,
} from '../api/events.js';
import type { BetaContentBlock, ContentBlock, Message } from '../api/message.js';

/** How `eventsOf` cuts a message into events. */
export interface EventsOfOptions<E extends AnyEvent = never> {
  /** Length of a delta, in UTF-16 code units; `Infinity` puts everything in one. Default 12. */
  readonly deltaLength?: number;
  /** A `ping` follows every so many events. Default: no pings. */
  readonly pingEvery?: number;
  /** Only the first so many events are kept. Default: all. */
  readonly cutAt?: number;
  /** An event put after the last one, such as an `errorEvent`. Default: none. */
  readonly error?: E;
}

/**
 * Turns a message into the events that the API would send for it: the inverse of accumulating them.
 *
 *     eventsOf(buildMessage({ content: 'Hello' })).map((event) => event.type)
 *     // ['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop']
 *
 * Texts, thinking and the JSON of tool inputs are cut into deltas; a citation is a delta of its own, before the text that
 * cites, as the API sends it; a tool input begins with an empty delta, and has no other if it is `{}`; empty thinking is
 * one empty delta. Blocks that have no deltas, unknown ones among them, come whole in their `content_block_start`.
 *
 * @param message - A complete message. With `stop_reason: null`, so is that of its `message_delta`.
 * @param options.deltaLength - Longest delta, in UTF-16 code units. Default 12. A pair of surrogates is never cut: a delta
 *   that would end inside one is one unit longer.
 * @param options.pingEvery - A `ping` follows every so many events, never the last one. Default: no pings.
 * @param options.cutAt - Keeps only the first so many events, pings counted; past the end, all of them. Default: all.
 * @param options.error - An event put after the last one that is kept. Default: none.
 * @returns A new array. Its events share parts of the message.
 * @throws {RangeError} If `deltaLength` or `pingEvery` is not a whole number from 1 up, or `cutAt` not one from 0 up.
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
      throw new RangeError(`eventsOf: ${name} must be a whole number from ${least} up, got ${value}`);
    }
  }

  const events: MessageStreamEvent[] = [
    messageStart(message),
    ...message.content.flatMap((block, index) => blockEvents(block, index, deltaLength)),
    messageDelta(message),
    { type: 'message_stop' },
  ];
  const isPingDue = (position: number) => position % pingEvery === 0 && position < events.length;
  const kept = events
    .flatMap((event, i): MessageStreamEvent[] => (isPingDue(i + 1) ? [event, { type: 'ping' }] : [event]))
    .slice(0, cutAt);
  return error === undefined ? kept : [...kept, error];
}

/** The message before anything of it was generated: what is known then of its usage is the input's. */
function messageStart(message: Message): MessageStartEvent {
  return {
    type: 'message_start',
    message: {
      ...without(message, 'container', 'context_management'),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...('stop_details' in message && { stop_details: null }),
      usage: {
        ...without(message.usage, 'output_tokens_details', 'server_tool_use', 'iterations'),
        output_tokens: 1,
      },
    },
  };
}

/** What was not known before the end, and the final counts; not what the usage says of the request as a whole. */
function messageDelta(message: Message): MessageDeltaEvent {
  const { stop_reason, stop_sequence, stop_details, container, context_management } = message;
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
  };
}

function blockEvents(block: BetaContentBlock, index: number, deltaLength: number): MessageStreamEvent[] {
  const { start, deltas } = opened(block, deltaLength);
  return [
    { type: 'content_block_start', index, content_block: start as ContentBlock },
    ...deltas.map((delta): MessageStreamEvent => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

/** A block as its `content_block_start` has it, and the deltas that make it whole again. */
function opened(
  block: BetaContentBlock,
  deltaLength: number,
): { readonly start: BetaContentBlock; readonly deltas: readonly ContentBlockDelta[] } {
  switch (block.type) {
    case 'text': {
      const citations = block.citations ?? [];
      return {
        start: { ...block, text: '', ...(block.citations && { citations: [] }) },
        deltas: [
          ...citations.map((citation) => ({ type: 'citations_delta' as const, citation })),
          ...fragments(block.text, deltaLength).map((text) => ({ type: 'text_delta' as const, text })),
        ],
      };
    }
    case 'thinking': {
      const thoughts = block.thinking === '' ? [''] : fragments(block.thinking, deltaLength);
      return {
        start: { ...block, thinking: '', signature: '' },
        deltas: [
          ...thoughts.map((thinking) => ({ type: 'thinking_delta' as const, thinking })),
          { type: 'signature_delta', signature: block.signature },
        ],
      };
    }
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use': {
      const json = JSON.stringify(block.input) as string | undefined;
      return {
        start: { ...block, input: {} },
        deltas: ['', ...(json === undefined || json === '{}' ? [] : fragments(json, deltaLength))].map(
          (partial_json) => ({ type: 'input_json_delta', partial_json }),
        ),
      };
    }
    case 'compaction': {
      const { content, encrypted_content } = block;
      return {
        start: { ...block, content: null, ...(encrypted_content !== undefined && { encrypted_content: null }) },
        deltas: [{ type: 'compaction_delta', content, ...(encrypted_content !== undefined && { encrypted_content }) }],
      };
    }
    default:
      return { start: block, deltas: [] };
  }
}

/** Cuts a text every `length` UTF-16 code units, one later where that would be inside a pair of surrogates. */
function fragments(text: string, length: number): string[] {
  const cut: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = from + length;
    const insidePair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
    const to = insidePair ? end + 1 : end;
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}

function without<T extends object, K extends keyof T & string>(object: T, ...names: readonly K[]): Omit<T, K> {
  const others = Object.entries(object).filter(([name]) => !(names as readonly string[]).includes(name));
  return Object.fromEntries(others) as Omit<T, K>;
}
