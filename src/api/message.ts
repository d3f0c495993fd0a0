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
  AdvisorErrorCode,
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

/** Why the model stopped. A newer server may send values that this type does not list. */
export type StopReason =
  'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'pause_turn' | 'refusal' | 'model_context_window_exceeded';

export interface RefusalStopDetails {
  readonly type: 'refusal';
  readonly category: 'cyber' | 'bio' | 'frontier_llm' | 'reasoning_extraction' | 'general_harms' | null;
  readonly explanation: string | null;
}

/**
 * The tokens of one request. Counts are totals for the message so far, not increments. `input_tokens` excludes tokens
 * that were read from or written to the prompt cache.
 */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation?: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  } | null;
  readonly output_tokens_details?: { readonly thinking_tokens: number } | null;
  readonly server_tool_use?: { readonly web_search_requests: number; readonly web_fetch_requests: number } | null;
  readonly service_tier?: 'standard' | 'priority' | 'batch' | null;
  readonly inference_geo?: string | null;
  readonly speed?: 'standard' | 'fast' | null;
  /**
   * Beta: the requests that the server made to serve this one (compaction, fallback, advisor), each with its counts.
   */
  readonly iterations?: FrozenArray<{ readonly type: string; readonly [field: string]: unknown }> | null;
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
  | {
      readonly type: 'mcp_tool_use';
      readonly id: string;
      readonly name: string;
      readonly server_name: string;
      readonly input: unknown;
    }
  | {
      readonly type: 'mcp_tool_result';
      readonly tool_use_id: string;
      readonly is_error: boolean;
      readonly content: string | FrozenArray<TextBlock>;
    }
  | {
      readonly type: 'advisor_tool_result';
      readonly tool_use_id: string;
      readonly content:
        | { readonly type: 'advisor_result'; readonly text: string; readonly stop_reason?: string | null }
        | {
            readonly type: 'advisor_redacted_result';
            readonly encrypted_content: string;
            readonly stop_reason?: string | null;
          }
        | { readonly type: 'advisor_tool_result_error'; readonly error_code: AdvisorErrorCode };
    }
  | { readonly type: 'compaction'; readonly content: string | null; readonly encrypted_content?: string | null }
  | { readonly type: 'fallback'; readonly from: { readonly model: string }; readonly to: { readonly model: string } };

export interface Container {
  readonly id: string;
  readonly expires_at: string;
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
  /** Beta: which edits the API made to the context of this request. */
  readonly context_management?: { readonly applied_edits: FrozenArray<unknown> } | null;
}
