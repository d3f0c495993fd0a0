/**
 * The API's data: a message, its blocks, its usage, and what a request takes. Types only.
 *
 * Names, fields and nullability are the API's. Arrays are typed as plain arrays, so that what comes out of a stream can
 * be sent back with any client; what the package emits is nevertheless never changed afterwards.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */

/** Why the model stopped. A newer server may send values that are not listed here. */
export type StopReason =
  'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use' | 'pause_turn' | 'refusal' | 'model_context_window_exceeded';

export interface RefusalStopDetails {
  readonly type: 'refusal';
  readonly category: 'cyber' | 'bio' | 'frontier_llm' | 'reasoning_extraction' | 'general_harms' | null;
  readonly explanation: string | null;
}

/**
 * Tokens of one request. Counts are totals for the whole message, not increments. `input_tokens` leaves out what was
 * read from or written to the prompt cache.
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
  /** Beta: the requests that the server made to serve this one (compaction, fallback, advisor), each with its counts. */
  readonly iterations?: { readonly type: string; readonly [field: string]: unknown }[] | null;
}

/** Where a cited text stands. */
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
  readonly citations?: TextCitation[] | null;
}

export interface ThinkingBlock {
  readonly type: 'thinking';
  /** Empty where the request asked for thinking to be omitted. */
  readonly thinking: string;
  /** Proves to the API that the thinking is its own; empty until just before the block stops. */
  readonly signature: string;
}

export interface RedactedThinkingBlock {
  readonly type: 'redacted_thinking';
  readonly data: string;
}

/** Who called the tool: the model, or code that it ran. */
export type ToolCaller =
  | { readonly type: 'direct' }
  | { readonly type: 'code_execution_20250825'; readonly tool_id: string }
  | { readonly type: 'code_execution_20260120'; readonly tool_id: string };

export interface ToolUseBlock {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  /** The arguments, as the model wrote them: nothing has checked them against the tool's schema. */
  readonly input: unknown;
  readonly caller?: ToolCaller;
}

export interface ServerToolUseBlock {
  readonly type: 'server_tool_use';
  readonly id: string;
  readonly name:
    | 'web_search'
    | 'web_fetch'
    | 'code_execution'
    | 'bash_code_execution'
    | 'text_editor_code_execution'
    | 'tool_search_tool_regex'
    | 'tool_search_tool_bm25';
  readonly input: unknown;
  readonly caller?: ToolCaller;
}

/** Why a tool that runs at the API failed. */
export type ServerToolErrorCode =
  'invalid_tool_input' | 'unavailable' | 'too_many_requests' | 'execution_time_exceeded';

export interface WebSearchToolResultBlock {
  readonly type: 'web_search_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | {
        readonly type: 'web_search_result';
        readonly url: string;
        readonly title: string;
        readonly page_age: string | null;
        readonly encrypted_content: string;
      }[]
    | {
        readonly type: 'web_search_tool_result_error';
        readonly error_code:
          | 'invalid_tool_input'
          | 'unavailable'
          | 'max_uses_exceeded'
          | 'too_many_requests'
          | 'query_too_long'
          | 'request_too_large';
      };
  readonly caller?: ToolCaller;
}

export interface WebFetchToolResultBlock {
  readonly type: 'web_fetch_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | {
        readonly type: 'web_fetch_result';
        readonly url: string;
        readonly retrieved_at: string | null;
        readonly content: {
          readonly type: 'document';
          readonly title: string | null;
          readonly citations: { readonly enabled: boolean } | null;
          readonly source:
            | { readonly type: 'base64'; readonly media_type: 'application/pdf'; readonly data: string }
            | { readonly type: 'text'; readonly media_type: 'text/plain'; readonly data: string };
        };
      }
    | {
        readonly type: 'web_fetch_tool_result_error';
        readonly error_code:
          | 'invalid_tool_input'
          | 'url_too_long'
          | 'url_not_allowed'
          | 'url_not_in_prior_context'
          | 'url_not_accessible'
          | 'unsupported_content_type'
          | 'too_many_requests'
          | 'max_uses_exceeded'
          | 'unavailable'
          | 'content_too_large';
      };
  readonly caller?: ToolCaller;
}

export interface CodeExecutionToolResultBlock {
  readonly type: 'code_execution_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | {
        readonly type: 'code_execution_result';
        readonly stdout: string;
        readonly stderr: string;
        readonly return_code: number;
        readonly content: { readonly type: 'code_execution_output'; readonly file_id: string }[];
      }
    | {
        readonly type: 'encrypted_code_execution_result';
        readonly encrypted_stdout: string;
        readonly stderr: string;
        readonly return_code: number;
        readonly content: { readonly type: 'code_execution_output'; readonly file_id: string }[];
      }
    | { readonly type: 'code_execution_tool_result_error'; readonly error_code: ServerToolErrorCode };
}

export interface BashCodeExecutionToolResultBlock {
  readonly type: 'bash_code_execution_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | {
        readonly type: 'bash_code_execution_result';
        readonly stdout: string;
        readonly stderr: string;
        readonly return_code: number;
        readonly content: { readonly type: 'bash_code_execution_output'; readonly file_id: string }[];
      }
    | {
        readonly type: 'bash_code_execution_tool_result_error';
        readonly error_code: ServerToolErrorCode | 'output_file_too_large';
      };
}

export interface TextEditorCodeExecutionToolResultBlock {
  readonly type: 'text_editor_code_execution_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | {
        readonly type: 'text_editor_code_execution_view_result';
        readonly content: string;
        readonly file_type: 'text' | 'image' | 'pdf';
        readonly num_lines: number | null;
        readonly start_line: number | null;
        readonly total_lines: number | null;
      }
    | { readonly type: 'text_editor_code_execution_create_result'; readonly is_file_update: boolean }
    | {
        readonly type: 'text_editor_code_execution_str_replace_result';
        readonly lines: string[] | null;
        readonly old_start: number | null;
        readonly old_lines: number | null;
        readonly new_start: number | null;
        readonly new_lines: number | null;
      }
    | {
        readonly type: 'text_editor_code_execution_tool_result_error';
        readonly error_code: ServerToolErrorCode | 'file_not_found';
        readonly error_message: string | null;
      };
}

export interface ToolSearchToolResultBlock {
  readonly type: 'tool_search_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | {
        readonly type: 'tool_search_tool_search_result';
        readonly tool_references: { readonly type: 'tool_reference'; readonly tool_name: string }[];
      }
    | {
        readonly type: 'tool_search_tool_result_error';
        readonly error_code: ServerToolErrorCode;
        readonly error_message: string | null;
      };
}

export interface ContainerUploadBlock {
  readonly type: 'container_upload';
  readonly file_id: string;
}

/** A part of a message, told apart by `type`. Types that a newer server sends are kept in the message as they came. */
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

export type AdvisorErrorCode =
  | 'max_uses_exceeded'
  | 'prompt_too_long'
  | 'too_many_requests'
  | 'overloaded'
  | 'unavailable'
  | 'execution_time_exceeded'
  | 'model_not_found';

/**
 * Every block, those of beta features too. A `ContentBlock[]` is one as well, so a stream with `betas` is read as
 *
 * ```ts
 * const content: BetaContentBlock[] = message.content;
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
      readonly content: string | TextBlock[];
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

/** The model's answer. While it streams, `stop_reason` is null and the last blocks are unfinished. */
export interface Message {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: ContentBlock[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: string | null;
  readonly stop_details?: RefusalStopDetails | null;
  readonly container?: Container | null;
  readonly usage: Usage;
  /** Beta: which edits the API made to the context of this request. */
  readonly context_management?: { readonly applied_edits: unknown[] } | null;
}

/** Fields that are not known here: they are sent as they are. */
interface AnyFields {
  readonly [field: string]: unknown;
}

/** A part of a request, told apart by its `type`: of the official SDK's types, or with any fields. */
export type TypedParam = { readonly type: string } | ({ readonly type: string } & AnyFields);

/** A block of a request's message: text, image, document, tool_result, or any block that a message came with. */
export type ContentBlockParam = TypedParam | BetaContentBlock;

/** One turn of the conversation that a request sends. */
export interface MessageParam {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string | readonly ContentBlockParam[];
}

interface CustomToolParam {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: { readonly type: 'object' };
  readonly type?: 'custom' | null;
  /** Sends the input as the model writes it, without waiting for whole values; it is then not checked to be JSON. */
  readonly eager_input_streaming?: boolean | null;
}

/** A tool of a request: one of your own, or one that the API runs, by its `type`. */
export type ToolParam = CustomToolParam | (CustomToolParam & AnyFields) | TypedParam;

/**
 * What a request asks for: the fields of `POST /v1/messages` without `stream`. Fields that are not listed here are sent
 * as they are.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export type MessageCreateParams = KnownParams | (KnownParams & AnyFields);

interface KnownParams {
  readonly model: string;
  /** The most tokens that the answer may have. */
  readonly max_tokens: number;
  readonly messages: readonly MessageParam[];
  readonly system?: string | readonly ContentBlockParam[];
  readonly stop_sequences?: readonly string[];
  readonly thinking?:
    | { readonly type: 'adaptive'; readonly display?: 'summarized' | 'omitted' | null }
    | { readonly type: 'enabled'; readonly budget_tokens: number; readonly display?: 'summarized' | 'omitted' | null }
    | { readonly type: 'disabled' }
    | TypedParam;
  readonly tools?: readonly ToolParam[];
  readonly tool_choice?:
    | { readonly type: 'auto' | 'any'; readonly disable_parallel_tool_use?: boolean }
    | { readonly type: 'tool'; readonly name: string; readonly disable_parallel_tool_use?: boolean }
    | { readonly type: 'none' }
    | TypedParam;
  readonly output_config?: object;
  readonly metadata?: { readonly user_id?: string | null };
  readonly service_tier?: 'auto' | 'standard_only';
  readonly container?: string | object | null;
  /** 0 to 1. Only with `apiVersion: '2023-06-01'`; the newer version answers 400. */
  readonly temperature?: number;
  /** Only with `apiVersion: '2023-06-01'`. */
  readonly top_p?: number;
  /** Only with `apiVersion: '2023-06-01'`. */
  readonly top_k?: number;
}

/** The result of a call, as the next request sends it. */
export interface ToolResultParam {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  /** Left out if the tool returned nothing. */
  readonly content?: string | readonly ContentBlockParam[];
  readonly is_error?: true;
}
