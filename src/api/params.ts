/**
 * What a request sends: its parameters, messages and tools. Types only.
 *
 * Types of the official SDK are accepted, and so are fields that are not listed here.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
import type { BetaContentBlock } from './message.js';
import type {
  ContainerParam,
  Effort,
  KnownFields,
  OutputConfigParam,
  ThinkingParam,
  ToolChoiceParam,
} from './requestFields.js';
import type { CacheControl } from './toolDefinitions.js';

/** Fields that these types do not list. They are sent unchanged. */
interface AnyFields {
  readonly [field: string]: unknown;
}

/** A part of a request, distinguished by its `type`: a type of the official SDK, or an object with any fields. */
export type TypedParam = { readonly type: string } | ({ readonly type: string } & AnyFields);

/** A block of a request's message: text, image, document, tool_result, or any block of a response. */
export type ContentBlockParam = TypedParam | BetaContentBlock;

/** One turn of the conversation in a request. */
export type MessageParam = TurnParam | SystemMessageParam;

interface TurnParam {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string | readonly ContentBlockParam[];
}

/** Beta: an instruction within the conversation. Needs no `content` if it only changes settings. */
interface SystemMessageParam extends Partial<TurnParam> {
  readonly role: 'system';
  /** When the instruction ends. */
  readonly clear_at?: 'next_user_message' | 'never' | null;
  readonly output_config?: { readonly effort?: Effort | null } | null;
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
 * `streamMessage` and `runTools` do not compile if the name of a field in a literal is nearly a listed one, such as
 * `temprature` or `maxTokens`. If the API has such a field, spread it in: `{ ...params, ...unlisted }`, where `unlisted`
 * is a `Record<string, unknown>`.
 *
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export type MessageCreateParams = KnownParams | (KnownParams & AnyFields);

/** The fields that are listed here. */
export interface KnownParams extends KnownFields {
  readonly model: string;
  /** The maximum number of tokens to generate. */
  readonly max_tokens: number;
  readonly messages: readonly MessageParam[];
  readonly system?: string | readonly ContentBlockParam[];
  readonly tools?: readonly ToolParam[];
  readonly tool_choice?: ToolChoiceParam | TypedParam;
  readonly thinking?: ThinkingParam | TypedParam;
  readonly output_config?: OutputConfigParam | (OutputConfigParam & AnyFields);
  readonly container?: string | ContainerParam | (ContainerParam & AnyFields) | null;
}

/** The result of a tool call, sent in the next request. */
export interface ToolResultParam {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  /** Absent if the tool returned nothing. */
  readonly content?: string | readonly ContentBlockParam[];
  readonly is_error?: boolean;
  /** The `toolset_name` of the call, if it has one. */
  readonly toolset_name?: string | null;
  readonly cache_control?: CacheControl | null;
}
