/**
 * The tokens of a request. Types only.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
import type { FrozenArray } from './frozenArray.js';

/**
 * The tokens of one request. Counts are totals for the message so far, not increments. `input_tokens` excludes tokens
 * that were read from or written to the prompt cache.
 */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation?: CacheCreation | null;
  readonly output_tokens_details?: { readonly thinking_tokens: number } | null;
  readonly server_tool_use?: { readonly web_search_requests: number; readonly web_fetch_requests: number } | null;
  readonly service_tier?: 'standard' | 'priority' | 'batch' | null;
  readonly inference_geo?: string | null;
  readonly speed?: 'standard' | 'fast' | null;
  /**
   * Beta: the requests that the server made to serve this one (compaction, fallback, advisor), each with its counts.
   */
  readonly iterations?: FrozenArray<IterationUsage> | null;
  /** Beta: whether a fallback credit paid for the request. */
  readonly fallback_credit?: { readonly status: FallbackCreditStatus } | null;
}

export interface CacheCreation {
  readonly ephemeral_5m_input_tokens: number;
  readonly ephemeral_1h_input_tokens: number;
}

/** The tokens of one of the requests that the server made to serve a request. */
export type IterationUsage =
  | (IterationTokens<number | null> & { readonly type: 'message'; readonly model?: string | null })
  | (IterationTokens<number> & { readonly type: 'compaction' })
  | (IterationTokens<number> & { readonly type: 'advisor_message'; readonly model: string })
  | (IterationTokens<number> & { readonly type: 'fallback_message'; readonly model: string });

interface IterationTokens<CacheCount> {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: CacheCount;
  readonly cache_read_input_tokens?: CacheCount;
  readonly cache_creation?: CacheCreation | null;
}

export type FallbackCreditStatus =
  | { readonly type: 'redeemed' }
  | {
      readonly type: 'not_applied';
      readonly reason:
        | 'body_mismatch'
        | 'continuation_excluded'
        | 'continuation_only'
        | 'expired'
        | 'invalid_target_model'
        | 'not_enabled'
        | 'reprice_unavailable'
        | 'temporarily_unavailable'
        | 'variant_fields_present'
        | 'wrong_organization'
        | 'wrong_platform'
        | 'wrong_workspace';
      /** The fields to remove from the request so that the credit can be redeemed. */
      readonly remove_to_redeem?: FrozenArray<string> | null;
    };
