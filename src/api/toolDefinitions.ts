/**
 * The definitions of tools, as the API returns them in the `tool_changes` of a compaction block. Types only.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
 */

import type { FrozenArray } from './frozenArray.js';

/** Writes a prompt cache entry that ends at the object that has it. */
export interface CacheControl {
  readonly type: 'ephemeral';
  /** Default '5m'. */
  readonly ttl?: '5m' | '1h';
}

interface CommonFields {
  readonly allowed_callers?: FrozenArray<
    'direct' | 'code_execution_20250825' | 'code_execution_20260120' | 'code_execution_20260521'
  >;
  readonly defer_loading?: boolean;
  readonly strict?: boolean;
}

interface Cached {
  readonly cache_control?: CacheControl | null;
}

interface WithExamples {
  readonly input_examples?: FrozenArray<{ readonly [field: string]: unknown }>;
}

/** Your own tool. */
export interface CustomToolDefinition extends CommonFields, WithExamples {
  readonly type?: 'custom' | null;
  readonly name: string;
  readonly description?: string;
  readonly input_schema: {
    readonly type: 'object';
    readonly properties?: { readonly [name: string]: unknown } | null;
    readonly required?: FrozenArray<string> | null;
    readonly [field: string]: unknown;
  };
  readonly eager_input_streaming?: boolean | null;
}

/** A tool that you run, and whose input the API defines. */
type ClientToolDefinition = CommonFields &
  Cached &
  WithExamples &
  (
    | { readonly type: 'bash_20241022' | 'bash_20250124'; readonly name: 'bash' }
    | { readonly type: 'memory_20250818'; readonly name: 'memory' }
    | { readonly type: 'text_editor_20241022' | 'text_editor_20250124'; readonly name: 'str_replace_editor' }
    | { readonly type: 'text_editor_20250429'; readonly name: 'str_replace_based_edit_tool' }
    | {
        readonly type: 'text_editor_20250728';
        readonly name: 'str_replace_based_edit_tool';
        readonly max_characters?: number | null;
      }
    | (Display & { readonly type: 'computer_20241022' | 'computer_20250124' })
    | (Display & { readonly type: 'computer_20251124'; readonly enable_zoom?: boolean })
  );

interface Display {
  readonly name: 'computer';
  readonly display_width_px: number;
  readonly display_height_px: number;
  readonly display_number?: number | null;
}

/** A tool that the API runs. */
type ServerToolDefinition = CommonFields &
  Cached &
  (
    | {
        readonly type:
          'code_execution_20250522' | 'code_execution_20250825' | 'code_execution_20260120' | 'code_execution_20260521';
        readonly name: 'code_execution';
      }
    | (WebSearch & { readonly type: 'web_search_20250305' | 'web_search_20260209' })
    | (WebSearch & Inclusion & { readonly type: 'web_search_20260318' })
    | (WebFetch & { readonly type: 'web_fetch_20250910' | 'web_fetch_20260209' })
    | (WebFetch & CacheUse & { readonly type: 'web_fetch_20260309' })
    | (WebFetch & CacheUse & Inclusion & { readonly type: 'web_fetch_20260318' })
    | {
        readonly type: 'tool_search_tool_bm25_20251119' | 'tool_search_tool_bm25';
        readonly name: 'tool_search_tool_bm25';
      }
    | {
        readonly type: 'tool_search_tool_regex_20251119' | 'tool_search_tool_regex';
        readonly name: 'tool_search_tool_regex';
      }
    | {
        readonly type: 'advisor_20260301';
        readonly name: 'advisor';
        readonly model: string;
        readonly caching?: CacheControl | null;
        readonly max_tokens?: number | null;
        readonly max_uses?: number | null;
      }
  );

interface WebTool {
  readonly allowed_domains?: FrozenArray<string> | null;
  readonly blocked_domains?: FrozenArray<string> | null;
  readonly max_uses?: number | null;
}

interface WebSearch extends WebTool {
  readonly name: 'web_search';
  readonly user_location?: {
    readonly type: 'approximate';
    readonly city?: string | null;
    readonly country?: string | null;
    readonly region?: string | null;
    readonly timezone?: string | null;
  } | null;
}

interface WebFetch extends WebTool {
  readonly name: 'web_fetch';
  readonly citations?: { readonly enabled?: boolean } | null;
  readonly max_content_tokens?: number | null;
  readonly url_sources?: {
    readonly client_tool_results?: UrlSource;
    readonly server_tool_results?: UrlSource;
    readonly user_input?: { readonly type: 'all' } | { readonly type: 'none' };
  } | null;
}

interface Inclusion {
  readonly response_inclusion?: 'full' | 'excluded';
}

interface CacheUse {
  readonly use_cache?: boolean;
}

type UrlSource =
  | { readonly type: 'all' }
  | { readonly type: 'none' }
  | { readonly type: 'only'; readonly tools: FrozenArray<ToolName> }
  | { readonly type: 'except'; readonly tools: FrozenArray<ToolName> };

interface ToolName {
  readonly type: 'tool_reference';
  readonly name: string;
}

/** Several tools that are switched on together. */
type ToolsetDefinition = Cached &
  (
    | { readonly type: 'browser_toolset_20260801'; readonly configs?: ToolsetConfigs<BrowserAction> | null }
    | { readonly type: 'computer_toolset_20260801'; readonly configs?: ToolsetConfigs<ComputerAction> | null }
    | {
        readonly type: 'mcp_toolset';
        readonly mcp_server_name: string;
        readonly default_config?: McpToolConfig;
        readonly configs?: { readonly [name: string]: McpToolConfig } | null;
        readonly tools?: FrozenArray<{
          readonly name: string;
          readonly description?: string | null;
          readonly input_schema: { readonly [field: string]: unknown };
        }> | null;
      }
  );

interface McpToolConfig {
  readonly defer_loading?: boolean;
  readonly enabled?: boolean;
}

type ToolsetConfigs<Name extends string> = {
  readonly [Action in Name]?: { readonly defer_loading?: boolean | null; readonly enabled?: boolean | null } | null;
};

/** What both toolsets can do. */
type PointerAction =
  | 'double_click'
  | 'hold_key'
  | 'key'
  | 'left_click'
  | 'left_click_drag'
  | 'left_mouse_down'
  | 'left_mouse_up'
  | 'middle_click'
  | 'mouse_move'
  | 'right_click'
  | 'screenshot'
  | 'scroll'
  | 'triple_click'
  | 'type'
  | 'wait'
  | 'zoom';

type ComputerAction = PointerAction | 'cursor_position';

type BrowserAction =
  | PointerAction
  | 'close_tab'
  | 'file_upload'
  | 'find'
  | 'form_input'
  | 'get_page_text'
  | 'hover'
  | 'javascript_exec'
  | 'list_tabs'
  | 'navigate'
  | 'new_tab'
  | 'read_console'
  | 'read_network'
  | 'read_page'
  | 'scroll_to'
  | 'switch_tab';

/** The definition of a tool or of several tools, distinguished by `type`. */
export type ToolDefinition = CustomToolDefinition | ClientToolDefinition | ServerToolDefinition | ToolsetDefinition;
