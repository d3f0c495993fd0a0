/**
 * The fields of a request, except its messages and tools. Types only.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
import type { CacheControl } from './toolDefinitions.js';

/** The fields of a request that any request may have. */
export interface KnownFields {
  readonly stop_sequences?: readonly string[];
  readonly metadata?: { readonly user_id?: string | null };
  readonly service_tier?: 'auto' | 'standard_only';
  /** Caches the request up to its last block that can be cached. */
  readonly cache_control?: CacheControl | null;
  /** Where the model runs. Default: the setting of the workspace. */
  readonly inference_geo?: string | null;
  readonly speed?: 'standard' | 'fast' | null;
  /** Asks why the prompt cache was not used, compared with an earlier message. */
  readonly diagnostics?: { readonly previous_message_id?: string | null } | null;
  /** Sent as the header `anthropic-user-profile-id`, not in the body. */
  readonly user_profile_id?: string;
  /** Sent as the header `anthropic-workspace-id`, not in the body. */
  readonly workspace_id?: string;

  /** Beta: the models that answer if the first one refuses. */
  readonly fallbacks?: readonly FallbackParam[] | 'default' | null;
  /** Beta: the `fallback_credit_token` of a refused message. */
  readonly fallback_credit_token?: string | { readonly token: string; readonly mode?: 'strict' | 'best_effort' } | null;
  /** Beta: the MCP servers whose tools the model may call. */
  readonly mcp_servers?: readonly McpServerParam[];
  /** Beta: stores the conversation, so that the next request sends only what is new. */
  readonly thread?:
    { readonly type: 'create' } | { readonly type: 'continue'; readonly previous_message_id: string } | null;
  /** Beta: asks for a summary of the conversation instead of an answer. */
  readonly compaction?: { readonly type: 'summarize'; readonly instructions?: string | null } | null;
  /** Beta: the edits that the API makes to the context when it becomes too long. */
  readonly context_management?: { readonly edits?: readonly ContextEdit[] } | null;
  /** Beta: who pays for the request. */
  readonly billing_policy?: { readonly type: 'billing_policy'; readonly bill_to?: 'self' | 'user_profile' } | null;
  /** Beta: the earlier place of `output_config.format`. */
  readonly output_format?: OutputFormatParam | null;

  /** 0 to 1. Only with `apiVersion: '2023-06-01'`; newer versions respond with status 400. */
  readonly temperature?: number;
  /** Only with `apiVersion: '2023-06-01'`. */
  readonly top_p?: number;
  /** Only with `apiVersion: '2023-06-01'`. */
  readonly top_k?: number;
}

/** How much the model thinks before it answers, and what of it the response shows. */
export type ThinkingParam =
  | (ThinkingOptions & { readonly type: 'adaptive' })
  | (ThinkingOptions & { readonly type: 'enabled'; readonly budget_tokens: number })
  | { readonly type: 'between_tools' }
  | { readonly type: 'disabled' };

interface ThinkingOptions {
  /** `updates` is a beta feature: short texts between tool calls that say what the model is doing. */
  readonly display?: 'summarized' | 'omitted' | 'updates' | null;
  /** Beta: what happens to thinking that is bound to another conversation. */
  readonly block_binding?: { readonly prefix_mismatch_behavior?: 'error' | 'drop_block' | null } | null;
}

export type ToolChoiceParam =
  | { readonly type: 'auto' | 'any'; readonly disable_parallel_tool_use?: boolean }
  | { readonly type: 'tool'; readonly name: string; readonly disable_parallel_tool_use?: boolean }
  | { readonly type: 'none' };

export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface OutputConfigParam {
  readonly effort?: Effort | null;
  readonly format?: OutputFormatParam | null;
  /** Beta: the number of tokens that the whole task may take, over several requests. */
  readonly task_budget?: {
    readonly type: 'tokens';
    readonly total: number;
    readonly remaining?: number | null;
  } | null;
}

export interface OutputFormatParam {
  readonly type: 'json_schema';
  readonly schema: object;
}

export interface ContainerParam {
  /** The container of an earlier message. */
  readonly id?: string | null;
  readonly skills?:
    readonly { readonly type: 'anthropic' | 'custom'; readonly skill_id: string; readonly version?: string }[] | null;
}

/** A model that answers if the ones before it refuse, and the fields of the request that differ for it. */
export interface FallbackParam {
  readonly model: string;
  readonly max_tokens?: number | null;
  readonly output_config?: OutputConfigParam | null;
  readonly speed?: 'standard' | 'fast' | null;
  readonly thinking?: ThinkingParam | null;
  readonly [field: string]: unknown;
}

export interface McpServerParam {
  readonly type: 'url';
  readonly name: string;
  readonly url: string;
  readonly authorization_token?: string | null;
  readonly tool_configuration?: {
    readonly allowed_tools?: readonly string[] | null;
    readonly enabled?: boolean | null;
  } | null;
}

/** An edit that the API makes to the context of a request. */
export type ContextEdit =
  | {
      readonly type: 'clear_tool_uses_20250919';
      readonly trigger?: Tokens | ToolUses;
      readonly keep?: ToolUses;
      readonly clear_at_least?: Tokens | null;
      readonly clear_tool_inputs?: boolean | readonly string[] | null;
      readonly exclude_tools?: readonly string[] | null;
    }
  | {
      readonly type: 'clear_thinking_20251015';
      readonly keep?: { readonly type: 'thinking_turns'; readonly value: number } | { readonly type: 'all' } | 'all';
    }
  | {
      readonly type: 'compact_20260112';
      readonly trigger?: Tokens | null;
      readonly instructions?: string | null;
      readonly pause_after_compaction?: boolean;
    };

interface Tokens {
  readonly type: 'input_tokens';
  readonly value: number;
}

interface ToolUses {
  readonly type: 'tool_uses';
  readonly value: number;
}
