import { AnthropicError } from '../errors/classes.js';
import { isBlankText, isThinkingBlock, joinText } from '../api/blocks.js';
import { expectOneOf } from '../utils/options.js';
import type { ContentBlock, Message } from '../api/message.js';
import type { MessageCreateParams } from '../api/params.js';
import { continuationContent } from './continuationContent.js';
import { continuationFault, RESTART_ADVICE } from './continuationFault.js';
import { nextContainer } from './nextContainer.js';
import { takesPrefill } from './takesPrefill.js';
import type { AssistantMessageParam } from './toMessageParam.js';

export interface ContinuationParamsOptions {
  /**
   * How the model is asked to continue. `user`: a user message quotes how the answer ended. `prefill`: the request ends
   * with the answer itself, and the model continues it; Claude 4.6 and later reject this with status 400. Default:
   * `prefill` if `model` is Claude 4.5 or earlier, `user` for newer and unknown models.
   */
  readonly style?: 'user' | 'prefill' | undefined;
}

/**
 * The parameters of a request that continues a message: those of the first request, except for what the continuation
 * changes.
 */
export type ContinuationParams<Params extends MessageCreateParams> = 0 extends 1 & Params // true only for any
  ? MessageCreateParams
  : ContinuedParams<Params>;

type ContinuedParams<Params extends MessageCreateParams> = {
  [Key in keyof Params as Exclude<Key, 'messages' | 'thinking'>]: Params[Key]; // Omit would lose unknown parameters
} & Partial<Pick<Params, Extract<keyof Params, 'thinking'>>> & {
    messages: (
      Params['messages'][number] | AssistantMessageParam | { readonly role: 'user'; readonly content: string }
    )[];
  };

/** The maximum length of the quoted end of the answer, in UTF-16 code units. Earlier text is not quoted. */
const MAX_QUOTE_LENGTH = 200;

/**
 * Builds the request that continues an interrupted message.
 *
 *     messages                        user
 *     the interrupted message         assistant: 'The tide comes in tw'
 *     continuationParams()            user, assistant: 'The tide comes in tw', user: '… ended with … Continue …'
 *       { style: 'prefill' }          user, assistant: 'The tide comes in tw'
 *
 * The API cannot resume a message, so this is a new request, which is billed separately. It sends the message back up
 * to its most recent text, as `toMessageParam` would. Thinking and calls to the API's own tools are preserved if they
 * come before that text. White space at the end of the text is removed, and the model writes it again. With `prefill`,
 * thinking blocks and the parameter `thinking` are removed, since the API does not allow either with a prefill.
 * `container` is that of the message, if it has one. All other parameters are preserved.
 *
 * The model's answer begins where the text ends. `continueOnConnectionError` joins the two into one message.
 *
 * @param params - The parameters of the request whose message was interrupted.
 * @param partial - The part of the message that had arrived: the `partial` of the error.
 * @param options.style - `user` or `prefill`. Default: depends on the model.
 * @returns New parameters, for `streamMessage` or for the client whose types `params` has.
 * @throws {AnthropicError} If the message cannot be continued: it has no text; it has a complete tool call, which the
 *   model would make again; it already has a `stop_reason`; or the request asks for structured output, which would
 *   start over. The error has `partial`, and its message says what to do instead.
 * @throws {TypeError} If `style` is neither `user` nor `prefill`.
 * @example
 * streamMessage(params, options).pipe(
 *   continueOnConnectionError({
 *     continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
 *   }),
 * );
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#error-recovery
 */
export function continuationParams<Params extends MessageCreateParams>(
  params: Params,
  partial: Message,
  options?: ContinuationParamsOptions,
): ContinuationParams<Params>;
export function continuationParams(
  params: MessageCreateParams,
  partial: Message,
  { style }: ContinuationParamsOptions = {},
): ContinuationParams<MessageCreateParams> {
  expectOneOf('continuationParams', 'style', style, ['user', 'prefill']);
  const fault = continuationFault(partial) ?? structuredOutputFault(params);
  if (fault !== undefined) {
    throw new AnthropicError(`continuationParams: the message cannot be continued: ${fault}`, { partial });
  }

  const content = withoutWhiteSpaceAtEnd(continuationContent(partial));
  const container = nextContainer(params, partial);
  const usesPrefill = style === undefined ? takesPrefill(params.model) : style === 'prefill';
  if (!usesPrefill) {
    const messages = [
      ...params.messages,
      { role: 'assistant', content } as const,
      { role: 'user', content: continuationPrompt(content) } as const,
    ];
    return { ...params, ...container, messages };
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- only named to leave it out
  const { thinking, ...rest } = params;
  const prefill = content.filter((block) => !isThinkingBlock(block) && !isBlankText(block));
  return { ...rest, ...container, messages: [...params.messages, { role: 'assistant', content: prefill }] };
}

/** Structured output starts over: what the model would write next does not continue the text that had arrived. */
function structuredOutputFault(params: MessageCreateParams): string | undefined {
  const { output_config, output_format }: StructuredOutputParams = params;
  const hasFormat = output_config?.format != null || output_format != null;
  return hasFormat
    ? `it is structured output, which would start over instead of continuing. ${RESTART_ADVICE}`
    : undefined;
}

interface StructuredOutputParams {
  readonly output_config?: { readonly format?: unknown };
  /** Beta: the earlier place of `output_config.format`. */
  readonly output_format?: unknown;
}

/** A low surrogate at the start of the quote: half of a character whose first half is not quoted. */
const LOW_SURROGATE_AT_START = /^[\uDC00-\uDFFF]/;

/** The user message that asks the model to continue. */
function continuationPrompt(content: readonly ContentBlock[]): string {
  const end = joinText(content).slice(-MAX_QUOTE_LENGTH).replace(LOW_SURROGATE_AT_START, '');
  return [
    'Your previous answer was interrupted. This is how it ended:',
    `<end_of_previous_answer>${end}</end_of_previous_answer>`,
    'Continue exactly from there, in the middle of a word if need be: begin with the very next character of the answer. ' +
      'Do not repeat any of it, and do not write any preface, apology or comment.',
  ].join('\n');
}

/**
 * Removes the white space at the end of the last text. If it were sent, there would be no way to tell whether the model
 * repeats it.
 */
function withoutWhiteSpaceAtEnd(content: readonly ContentBlock[]): ContentBlock[] {
  return content.map((block, index) =>
    block.type === 'text' && index === content.length - 1 ? { ...block, text: block.text.trimEnd() } : block,
  );
}
