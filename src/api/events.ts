/**
 * The events of a message's stream, and the type guards that operators use.
 *
 * The union lists the types that are known today, distinguished by `type`. Events, blocks and deltas of other types
 * pass through at run time, but they are not in the union, so that a `switch` on `type` narrows.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
import type { ContentBlock, Container, Message, RefusalStopDetails, StopReason, TextCitation } from './message.js';
import type { Usage } from './usage.js';

/** The minimum that operators require of an event. The official SDK's events have it too. */
export interface AnyEvent {
  readonly type: string;
}

export interface MessageStartEvent {
  readonly type: 'message_start';
  /** The message so far: usually without content, with the token counts of the input. */
  readonly message: Message;
}

export interface ContentBlockStartEvent {
  readonly type: 'content_block_start';
  /** The position of the block in `message.content`. */
  readonly index: number;
  readonly content_block: ContentBlock;
}

export type ContentBlockDelta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | {
      readonly type: 'thinking_delta';
      /** Empty if the request asked to omit thinking. */
      readonly thinking: string;
      /**
       * Beta: an estimate of how many tokens of thinking the block has grown by since the last estimate. Null if there
       * is none in this delta.
       */
      readonly estimated_tokens?: number | null;
    }
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
  /** Totals for the message so far, not increments. A count that is absent or null has not changed. */
  readonly usage: { readonly [Field in keyof Usage]?: Usage[Field] | null };
  readonly context_management?: Message['context_management'];
  readonly input_transformations?: Message['input_transformations'];
}

export interface MessageStopEvent {
  readonly type: 'message_stop';
}

export interface PingEvent {
  readonly type: 'ping';
}

/**
 * The package's own event: the stream failed and the request is sent again, so the message so far is withdrawn. Every
 * operator of the package resets its state on this event.
 */
export interface MessageRestartEvent {
  readonly type: 'message_restart';
  /** The number of the attempt that follows: 2 after the first failure. */
  readonly attempt: number;
  /** How long until that attempt starts, in ms. */
  readonly delayMs: number;
  /** Why the previous attempt failed. */
  readonly error: unknown;
}

/**
 * The package's own event: the connection was lost, and the message continues after a wait. Unlike `message_restart`,
 * it withdraws nothing. Emitted by `continueOnConnectionError` and `resumeOnConnectionError`, for `messageState`.
 */
export interface MessageReconnectEvent {
  readonly type: 'message_reconnect';
  /** The number of the attempt that follows: 2 after the first failure. */
  readonly attempt: number;
  /** How long until that attempt starts, in ms. */
  readonly delayMs: number;
  /** Why the previous attempt failed. */
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
  | MessageRestartEvent
  | MessageReconnectEvent;

/** Whether a value is an event: an object whose `type` is a string. */
export function isTyped(value: unknown): value is AnyEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type }: { readonly type?: unknown } = value; // undefined if there is no such field
  return typeof type === 'string';
}

/** Whether an event is of a known type. Sources have already validated that it has the fields of that type. */
export function isEvent<Type extends MessageStreamEvent['type']>(
  event: AnyEvent,
  type: Type,
): event is Extract<MessageStreamEvent, { readonly type: Type }> {
  return event.type === type;
}
