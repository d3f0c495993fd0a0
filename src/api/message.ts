/**
 * The message of a response: its blocks, its usage, and why it stopped. Types only.
 *
 * Names, fields and nullability follow the API. What the package emits is frozen, at any depth. Its arrays can be sent
 * back with any client, also with one that declares mutable arrays.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
import type { FrozenArray } from './frozenArray.js';
import type {
  AdvisorToolResultBlock,
  AdvisorToolUseBlock,
  CompactionBlock,
  FallbackBlock,
  McpToolListingBlock,
  McpToolResultBlock,
  McpToolUseBlock,
} from './betaBlocks.js';
import type {
  BashCodeExecutionToolResultBlock,
  CodeExecutionToolResultBlock,
  ContainerUploadBlock,
  ServerToolUseBlock,
  TextEditorCodeExecutionToolResultBlock,
  ToolCaller,
  ToolSearchToolResultBlock,
  WebFetchToolResultBlock,
  WebSearchToolResultBlock,
} from './serverToolBlocks.js';
import type { Usage } from './usage.js';

/** Why the model stopped. A newer server may send values that this type does not list. */
export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded'
  /** Beta: the API compacted the conversation. It continues the message if it is sent back unchanged. */
  | 'compaction';

export type RefusalCategory = 'cyber' | 'bio' | 'frontier_llm' | 'reasoning_extraction' | 'general_harms';

export interface RefusalStopDetails {
  readonly type: 'refusal';
  readonly category: RefusalCategory | null;
  readonly explanation: string | null;
  /** Beta: a model that may answer the request. */
  readonly recommended_model?: string | null;
  /** Beta: the token that pays for the request to the recommended model. */
  readonly fallback_credit_token?: string | null;
  /** Beta: whether the token only pays for a request that continues the refused message. */
  readonly fallback_has_prefill_claim?: boolean | null;
}

/** The location of a cited text. */
export type TextCitation =
  | {
      readonly type: 'char_location';
      readonly cited_text: string;
      readonly document_index: number;
      readonly document_title: string | null;
      readonly file_id?: string | null;
      readonly start_char_index: number;
      readonly end_char_index: number;
    }
  | {
      readonly type: 'page_location';
      readonly cited_text: string;
      readonly document_index: number;
      readonly document_title: string | null;
      readonly file_id?: string | null;
      readonly start_page_number: number;
      readonly end_page_number: number;
    }
  | {
      readonly type: 'content_block_location';
      readonly cited_text: string;
      readonly document_index: number;
      readonly document_title: string | null;
      readonly file_id?: string | null;
      readonly start_block_index: number;
      readonly end_block_index: number;
    }
  | {
      readonly type: 'web_search_result_location';
      readonly cited_text: string;
      readonly url: string;
      readonly title: string | null;
      readonly encrypted_index: string;
    }
  | {
      readonly type: 'search_result_location';
      readonly cited_text: string;
      readonly source: string;
      readonly title: string | null;
      readonly search_result_index: number;
      readonly start_block_index: number;
      readonly end_block_index: number;
    };

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  readonly citations?: FrozenArray<TextCitation> | null;
}

export interface ThinkingBlock {
  readonly type: 'thinking';
  /** Empty if the request asked to omit thinking. */
  readonly thinking: string;
  /** Proves that the API generated this thinking. Empty until just before the block stops. */
  readonly signature: string;
}

export interface RedactedThinkingBlock {
  readonly type: 'redacted_thinking';
  readonly data: string;
}

export interface ToolUseBlock {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  /** The arguments as the model wrote them, not validated against the tool's schema. */
  readonly input: unknown;
  readonly caller?: ToolCaller;
  /** The toolset that the tool belongs to, such as `browser`. The result must repeat it. */
  readonly toolset_name?: string | null;
}

/**
 * A part of a message, distinguished by `type`. Blocks of a type that a newer server sends are preserved in the
 * message.
 */
export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ServerToolUseBlock
  | WebSearchToolResultBlock
  | WebFetchToolResultBlock
  | CodeExecutionToolResultBlock
  | BashCodeExecutionToolResultBlock
  | TextEditorCodeExecutionToolResultBlock
  | ToolSearchToolResultBlock
  | ContainerUploadBlock;

/**
 * Every block, including those of beta features. A `ContentBlock[]` is also a `BetaContentBlock[]`, so read a stream
 * with `betas` as
 *
 * ```ts
 * const content: readonly BetaContentBlock[] = message.content;
 * ```
 */
export type BetaContentBlock =
  | ContentBlock
  | AdvisorToolUseBlock
  | AdvisorToolResultBlock
  | McpToolUseBlock
  | McpToolResultBlock
  | McpToolListingBlock
  | CompactionBlock
  | FallbackBlock;

export interface Container {
  readonly id: string;
  readonly expires_at: string;
  readonly skills?: FrozenArray<{
    readonly type: 'anthropic' | 'custom';
    readonly skill_id: string;
    readonly version: string;
  }> | null;
}

/** Why the prompt cache was not used. */
export interface Diagnostics {
  readonly cache_miss_reason:
    | {
        readonly type: 'model_changed' | 'system_changed' | 'tools_changed' | 'messages_changed';
        readonly cache_missed_input_tokens: number;
      }
    | { readonly type: 'previous_message_not_found' }
    | { readonly type: 'unavailable' }
    | null;
}

/** An edit that the API made to the context of a request. */
export type AppliedEdit =
  | {
      readonly type: 'clear_tool_uses_20250919';
      readonly cleared_tool_uses: number;
      readonly cleared_input_tokens: number;
    }
  | {
      readonly type: 'clear_thinking_20251015';
      readonly cleared_thinking_turns: number;
      readonly cleared_input_tokens: number;
    };

/** What the API did with a thinking block of the request that is bound to something else. */
export interface InputTransformation {
  readonly type: 'thinking_dropped' | 'thinking_mismatch_allowed';
  /** The place of the block in the request. */
  readonly path: string;
  readonly reason:
    | 'model_binding_mismatch'
    | 'prefix_binding_mismatch'
    | 'organization_binding_mismatch'
    | 'end_user_binding_mismatch';
}

/** The model's answer. While it streams, `stop_reason` is null and the last blocks are incomplete. */
export interface Message {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: FrozenArray<ContentBlock>;
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: string | null;
  readonly stop_details?: RefusalStopDetails | null;
  readonly container?: Container | null;
  readonly usage: Usage;
  readonly diagnostics?: Diagnostics | null;
  /** Beta: which edits the API made to the context of this request. */
  readonly context_management?: { readonly applied_edits: FrozenArray<AppliedEdit> } | null;
  /** Beta: what the API did with thinking that is bound to another conversation. */
  readonly input_transformations?: FrozenArray<InputTransformation> | null;
}

/** A message whose content may have the blocks of beta features. */
export interface BetaMessage extends Omit<Message, 'content'> {
  readonly content: FrozenArray<BetaContentBlock>;
}
