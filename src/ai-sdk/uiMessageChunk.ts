/**
 * The chunks of the UI message stream protocol, version 1, as far as this package sends them. Types only. They are
 * assignable to `UIMessageChunk` of the package `ai`, which is not imported.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 */
import type { RunningUsage } from '../accumulate/usage.js';

/** Why the answer ended, in the words of the protocol. */
export type UIFinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'other';

/** What `finish` has as the metadata of the message, unless the option `messageMetadata` returns something else. */
export interface UIMessageMetadata {
  /** The model that wrote the last message. */
  readonly model?: string;
  /** The API's reason, or `max_turns`. Null if there was none, or if the run pauses. */
  readonly stopReason: string | null;
  /** The usage of all messages together. */
  readonly usage: RunningUsage;
}

/** What the API needs back with the thinking. A type, since an interface is not a record. `@ai-sdk/anthropic` reads the same fields. */
export type UIThinkingMetadata = {
  readonly anthropic: { readonly signature: string } | { readonly redactedData: string };
};

/** A part of the text or of the thinking. */
type UITextChunk =
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta' | 'reasoning-delta'; readonly id: string; readonly delta: string }
  | {
      readonly type: 'reasoning-start' | 'reasoning-end';
      readonly id: string;
      readonly providerMetadata?: UIThinkingMetadata;
    };

/** A part of a tool call. `providerExecuted` is set if the API runs the tool. */
type UIToolChunk =
  | {
      readonly type: 'tool-input-start';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly providerExecuted?: true;
    }
  | { readonly type: 'tool-input-delta'; readonly toolCallId: string; readonly inputTextDelta: string }
  | {
      readonly type: 'tool-input-available';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: unknown;
      readonly providerExecuted?: true;
    }
  | {
      readonly type: 'tool-input-error';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: unknown;
      readonly errorText: string;
      readonly providerExecuted?: true;
    }
  | { readonly type: 'tool-approval-request'; readonly approvalId: string; readonly toolCallId: string }
  | {
      readonly type: 'tool-output-available';
      readonly toolCallId: string;
      readonly output: unknown;
      readonly providerExecuted?: true;
      /** Set if the tool has not ended, and another output follows. */
      readonly preliminary?: true;
    }
  | {
      readonly type: 'tool-output-error';
      readonly toolCallId: string;
      readonly errorText: string;
      readonly providerExecuted?: true;
    };

/** A source that the text cites. */
export type UISourceChunk =
  | { readonly type: 'source-url'; readonly sourceId: string; readonly url: string; readonly title?: string }
  | {
      readonly type: 'source-document';
      readonly sourceId: string;
      readonly mediaType: string;
      readonly title: string;
    };

/** One chunk of a UI message stream. */
export type UIMessageChunk =
  | { readonly type: 'start'; readonly messageId?: string }
  | { readonly type: 'start-step' | 'finish-step' | 'abort' }
  /** Removes the parts of the current step. Only AI SDK 7 understands it. */
  | { readonly type: 'reset-step' }
  | UITextChunk
  | UIToolChunk
  | UISourceChunk
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'finish'; readonly finishReason: UIFinishReason; readonly messageMetadata: unknown };
