/**
 * The blocks of tools that the API runs itself: their calls, results and errors. Types only.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
 */
import type { FrozenArray } from './frozenArray.js';

/** What called the tool: the model itself, or code that it executed. */
export type ToolCaller =
  | { readonly type: 'direct' }
  | { readonly type: 'code_execution_20250825'; readonly tool_id: string }
  | { readonly type: 'code_execution_20260120'; readonly tool_id: string };

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

/** Why a tool that the API runs failed. */
export type ServerToolErrorCode =
  'invalid_tool_input' | 'unavailable' | 'too_many_requests' | 'execution_time_exceeded';

export interface WebSearchToolResultBlock {
  readonly type: 'web_search_tool_result';
  readonly tool_use_id: string;
  readonly content:
    | FrozenArray<{
        readonly type: 'web_search_result';
        readonly url: string;
        readonly title: string;
        readonly page_age: string | null;
        readonly encrypted_content: string;
      }>
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
        readonly content: FrozenArray<{ readonly type: 'code_execution_output'; readonly file_id: string }>;
      }
    | {
        readonly type: 'encrypted_code_execution_result';
        readonly encrypted_stdout: string;
        readonly stderr: string;
        readonly return_code: number;
        readonly content: FrozenArray<{ readonly type: 'code_execution_output'; readonly file_id: string }>;
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
        readonly content: FrozenArray<{ readonly type: 'bash_code_execution_output'; readonly file_id: string }>;
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
        readonly lines: FrozenArray<string> | null;
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
        readonly tool_references: FrozenArray<{ readonly type: 'tool_reference'; readonly tool_name: string }>;
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
