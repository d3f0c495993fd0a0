/**
 * The events of the AG-UI protocol, as far as this package sends them. Types only. Their `type` is a text, as in JSON, and not
 * a member of the enum of `@ag-ui/core` 1.0, which is not imported.
 *
 * @see https://docs.ag-ui.com/concepts/events
 */

/** A message of the conversation, as AG-UI has it. */
export interface AgUiMessage {
  readonly id: string;
  readonly role: string;
}

/** The tokens of a run, as AG-UI counts them: `inputTokens` includes those of the prompt cache. */
export interface AgUiUsage {
  readonly model?: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
}

/** Why a run stopped before its end. */
export type AgUiOutcome =
  | { readonly type: 'success' }
  | { readonly type: 'cancelled' }
  | {
      readonly type: 'interrupt';
      /** The calls that wait for approval. */
      readonly interrupts: { readonly id: string; readonly reason: string; readonly toolCallId: string }[];
    };

type AgUiRunEvent =
  | { readonly type: 'RUN_STARTED'; readonly threadId: string; readonly runId: string }
  | {
      readonly type: 'RUN_FINISHED';
      readonly threadId: string;
      readonly runId: string;
      readonly outcome: AgUiOutcome;
      readonly result?: { readonly stopReason: string | null };
      readonly usage?: AgUiUsage[];
    }
  | { readonly type: 'RUN_ERROR'; readonly message: string };

type AgUiTextEvent =
  | { readonly type: 'TEXT_MESSAGE_START'; readonly messageId: string; readonly role: 'assistant' }
  | { readonly type: 'TEXT_MESSAGE_CONTENT'; readonly messageId: string; readonly delta: string }
  | { readonly type: 'TEXT_MESSAGE_END'; readonly messageId: string }
  | { readonly type: 'REASONING_START' | 'REASONING_END'; readonly messageId: string }
  | { readonly type: 'REASONING_MESSAGE_START'; readonly messageId: string; readonly role: 'reasoning' }
  | { readonly type: 'REASONING_MESSAGE_CONTENT'; readonly messageId: string; readonly delta: string }
  | { readonly type: 'REASONING_MESSAGE_END'; readonly messageId: string }
  | {
      readonly type: 'REASONING_ENCRYPTED_VALUE';
      readonly subtype: 'message';
      readonly entityId: string;
      readonly encryptedValue: string;
    };

type AgUiToolEvent =
  | {
      readonly type: 'TOOL_CALL_START';
      readonly toolCallId: string;
      readonly toolCallName: string;
      readonly parentMessageId: string;
    }
  | { readonly type: 'TOOL_CALL_ARGS'; readonly toolCallId: string; readonly delta: string }
  | { readonly type: 'TOOL_CALL_END'; readonly toolCallId: string }
  | {
      readonly type: 'TOOL_CALL_RESULT';
      readonly messageId: string;
      readonly toolCallId: string;
      readonly content: string;
      readonly role: 'tool';
    };

/** One event of a run. */
export type AgUiEvent =
  | AgUiRunEvent
  | AgUiTextEvent
  | AgUiToolEvent
  | { readonly type: 'MESSAGES_SNAPSHOT'; readonly messages: AgUiMessage[] }
  | { readonly type: 'CUSTOM'; readonly name: string; readonly value: unknown };
