/**
 * The events of a message's stream: their types, and the questions that operators ask of them.
 *
 * A union of what is known today, told apart by `type`. Events, blocks and deltas that a newer server sends pass through
 * at run time; they have no place in the union, so that a `switch` on `type` narrows.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
import type {
  ContentBlock,
  Container,
  Message,
  RefusalStopDetails,
  StopReason,
  TextCitation,
  Usage,
} from './message.js';

/** The least that an operator asks of an event. Events of the official SDK have it too. */
export interface AnyEvent {
  readonly type: string;
}

export interface MessageStartEvent {
  readonly type: 'message_start';
  /** The message so far: most often without content, with the input's token counts. */
  readonly message: Message;
}

export interface ContentBlockStartEvent {
  readonly type: 'content_block_start';
  /** The block's place in `message.content`. */
  readonly index: number;
  readonly content_block: ContentBlock;
}

export type ContentBlockDelta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'citations_delta'; readonly citation: TextCitation }
  | {
      readonly type: 'compaction_delta';
      readonly content: string | null;
      readonly encrypted_content?: string | null;
    };

export interface ContentBlockDeltaEvent {
  readonly type: 'content_block_delta';
  readonly index: number;
  readonly delta: ContentBlockDelta;
}

export interface ContentBlockStopEvent {
  readonly type: 'content_block_stop';
  readonly index: number;
}

export interface MessageDeltaEvent {
  readonly type: 'message_delta';
  readonly delta: {
    readonly stop_reason: StopReason | null;
    readonly stop_sequence: string | null;
    readonly stop_details?: RefusalStopDetails | null;
    readonly container?: Container | null;
  };
  /** Totals for the whole message; a count that is left out or null has not changed. */
  readonly usage: { readonly [Field in keyof Usage]?: Usage[Field] | null };
  readonly context_management?: Message['context_management'];
}

export interface MessageStopEvent {
  readonly type: 'message_stop';
}

export interface PingEvent {
  readonly type: 'ping';
}

/**
 * The package's own event: the message so far is withdrawn, because the stream failed and another attempt will be made.
 * Every operator of the package starts over when it sees one.
 */
export interface MessageRestartEvent {
  readonly type: 'message_restart';
  /** The attempt that will follow: 2 after the first failure. */
  readonly attempt: number;
  /** How long until it starts, in ms. */
  readonly delayMs: number;
  /** Why the attempt before failed. */
  readonly error: unknown;
}

export type MessageStreamEvent =
  | MessageStartEvent
  | ContentBlockStartEvent
  | ContentBlockDeltaEvent
  | ContentBlockStopEvent
  | MessageDeltaEvent
  | MessageStopEvent
  | PingEvent
  | MessageRestartEvent;

/** Whether a value is an event at all: an object with a type. */
export function isTyped(value: unknown): value is AnyEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type }: { readonly type?: unknown } = value; // `in` would take longer than all else here
  return typeof type === 'string';
}

/** Whether an event is of one of the known types. Sources have checked that it then has that type's fields. */
export function isEvent<Type extends MessageStreamEvent['type']>(
  event: AnyEvent,
  type: Type,
): event is Extract<MessageStreamEvent, { readonly type: Type }> {
  return event.type === type;
}
