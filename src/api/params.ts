/**
 * What a request sends: its parameters, messages and tools. Types only.
 *
 * Types of the official SDK are accepted, and so are fields that are not listed here.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
import type { BetaContentBlock } from './message.js';

/** Fields that these types do not list. They are sent unchanged. */
interface AnyFields {
  readonly [field: string]: unknown;
}

/** A part of a request, distinguished by its `type`: a type of the official SDK, or an object with any fields. */
export type TypedParam = { readonly type: string } | ({ readonly type: string } & AnyFields);

/** A block of a request's message: text, image, document, tool_result, or any block of a response. */
export type ContentBlockParam = TypedParam | BetaContentBlock;

/** One turn of the conversation in a request. */
export interface MessageParam {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string | readonly ContentBlockParam[];
}

interface CustomToolParam {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: { readonly type: 'object' };
  readonly type?: 'custom' | null;
  /**
   * Streams the input as the model writes it, without waiting for complete values. The API does not check that it is
   * JSON.
   */
  readonly eager_input_streaming?: boolean | null;
}

/** A tool in a request: your own, or one that the API runs, identified by its `type`. */
export type ToolParam = CustomToolParam | (CustomToolParam & AnyFields) | TypedParam;

/**
 * The parameters of a request: the fields of `POST /v1/messages` without `stream`. Fields that are not listed are sent
 * unchanged.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export type MessageCreateParams = KnownParams | (KnownParams & AnyFields);

interface KnownParams {
  readonly model: string;
  /** The maximum number of tokens to generate. */
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
  /** 0 to 1. Only with `apiVersion: '2023-06-01'`; newer versions respond with status 400. */
  readonly temperature?: number;
  /** Only with `apiVersion: '2023-06-01'`. */
  readonly top_p?: number;
  /** Only with `apiVersion: '2023-06-01'`. */
  readonly top_k?: number;
}

/** The result of a tool call, sent in the next request. */
export interface ToolResultParam {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  /** Absent if the tool returned nothing. */
  readonly content?: string | readonly ContentBlockParam[];
  readonly is_error?: true;
}
