/**
 * The content blocks of beta features. Types only.
 *
 * @see https://platform.claude.com/docs/en/api/beta/messages
 */
import type { FrozenArray } from './frozenArray.js';
import type { RefusalCategory, TextBlock } from './message.js';
import type { ServerToolUseBlock } from './serverToolBlocks.js';
import type { ToolDefinition } from './toolDefinitions.js';

/** A call to the advisor, which the API runs. */
export interface AdvisorToolUseBlock extends Omit<ServerToolUseBlock, 'name'> {
  readonly name: 'advisor';
}

export interface AdvisorToolResultBlock {
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

export type AdvisorErrorCode =
  | 'max_uses_exceeded'
  | 'prompt_too_long'
  | 'too_many_requests'
  | 'overloaded'
  | 'unavailable'
  | 'execution_time_exceeded'
  | 'model_not_found';

/** A call to a tool of an MCP server. */
export interface McpToolUseBlock {
  readonly type: 'mcp_tool_use';
  readonly id: string;
  readonly name: string;
  readonly server_name: string;
  readonly input: unknown;
}

export interface McpToolResultBlock {
  readonly type: 'mcp_tool_result';
  readonly tool_use_id: string;
  readonly is_error: boolean;
  readonly content: string | FrozenArray<TextBlock>;
}

/** The tools that an MCP server offers. */
export interface McpToolListingBlock {
  readonly type: 'mcp_tool_listing';
  readonly mcp_server_name: string;
  readonly tools: FrozenArray<{
    readonly name: string;
    readonly description?: string;
    readonly input_schema: { readonly [field: string]: unknown };
  }>;
}

/** A summary that replaces the conversation before it. */
export interface CompactionBlock {
  readonly type: 'compaction';
  /** Null if the compaction failed. */
  readonly content: string | null;
  readonly encrypted_content?: string | null;
  /** Proves that the API generated this summary. */
  readonly signature?: string | null;
  /** The changes of the tools that the summary replaces. */
  readonly tool_changes?: FrozenArray<ToolChangeBlock> | null;
}

/** A tool that was added to the conversation, or removed from it. */
export type ToolChangeBlock =
  | {
      readonly type: 'tool_addition';
      readonly tool: ToolReference | { readonly type: 'tool_definition'; readonly definition: ToolDefinition };
    }
  | { readonly type: 'tool_removal'; readonly tool: ToolReference };

export type ToolReference =
  | { readonly type: 'tool_reference'; readonly name: string }
  | { readonly type: 'mcp_tool_reference'; readonly name: string; readonly server_name: string }
  | { readonly type: 'mcp_toolset_reference'; readonly server_name: string };

/** Marks where another model took over. */
export interface FallbackBlock {
  readonly type: 'fallback';
  readonly from: { readonly model: string };
  readonly to: { readonly model: string };
  /** Why the first model stopped. */
  readonly trigger?: { readonly type: 'refusal'; readonly category: RefusalCategory | null };
}
