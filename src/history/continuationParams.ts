import { AnthropicError } from '../errors/classes.js';
import { isThinkingBlock, joinText } from '../api/blocks.js';
import { expectOneOf } from '../utils/options.js';
import type { ContentBlock, Message } from '../api/message.js';
import type { MessageCreateParams } from '../api/params.js';
import { continuationFault, continuedContent, SEND_AGAIN } from './continuedContent.js';
import { nextContainer } from './nextContainer.js';
import { takesPrefill } from './takesPrefill.js';
import type { AssistantMessageParam } from './toMessageParam.js';

export interface ContinuationParamsOptions {
  /**
   * How the model is told to go on. `user`: by a user message that quotes how the answer had ended. `prefill`: the
   * request ends with the answer, which the model goes on with; Claude 4.6 and later refuse that with a 400. Default by
   * the `model`: `prefill` for Claude 4.5 and earlier, `user` for newer and unknown models.
   */
  readonly style?: 'user' | 'prefill';
}

/** The parameters of a request that continues a message: as they were, but for what the continuation changes. */
export type ContinuationParams<Params extends MessageCreateParams> = {
  [Key in keyof Params as Exclude<Key, 'messages' | 'thinking'>]: Params[Key]; // Omit would lose unknown parameters
} & Partial<Pick<Params, Extract<keyof Params, 'thinking'>>> & {
    messages: (
      Params['messages'][number] | AssistantMessageParam | { readonly role: 'user'; readonly content: string }
    )[];
  };

/** How much of the answer's end is quoted, in UTF-16 code units. */
const LONGEST_QUOTE = 200;

/**
 * Builds the request that continues an interrupted message.
 *
 *     messages                        user
 *     the message, cut in its text    assistant: 'The tide comes in tw'
 *     continuationParams()            user, assistant: 'The tide comes in tw', user: '… ended with … Continue …'
 *       { style: 'prefill' }          user, assistant: 'The tide comes in tw'
 *
 * There is no resume in the API: it is a new request, billed anew. It sends the message back up to its most recent
 * text, as `toMessageParam` would; thinking, and calls to the API's own tools, stay where that text follows them. Its
 * last text loses the white space at its end, which the model writes anew. With `prefill` thinking is left out, with the parameter `thinking`, which
 * does not go with it. `container` is the message's, if it has one. All other parameters are as they were.
 *
 * The model's answer begins where the text ends: `continueOnConnectionError` makes one message of both.
 *
 * @param params - The request whose message was interrupted.
 * @param partial - What had arrived of the message: the `partial` of the error.
 * @param options.style - `user` or `prefill`. Default by the model.
 * @returns New parameters, for `streamMessage` or for a client whose types `params` has.
 * @throws {AnthropicError} If there is nothing to continue from, with `partial`: there is no text; a tool call is
 *   whole, and would be made again; the `stop_reason` is known; or the request asks for structured output, which would
 *   begin anew. Its message says what to do instead.
 * @throws {TypeError} If `style` is something else.
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
  const fault = continuationFault(partial) ?? outputFault(params);
  if (fault !== undefined) {
    throw new AnthropicError(`continuationParams: the message cannot be continued: ${fault}`, { partial });
  }

  const content = trimmed(continuedContent(partial));
  const container = nextContainer(params, partial);
  if (style === 'user' || (style === undefined && !takesPrefill(params.model))) {
    const messages = [
      ...params.messages,
      { role: 'assistant', content } as const,
      { role: 'user', content: request(content) } as const,
    ];
    return { ...params, ...container, messages };
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- only named to leave it out
  const { thinking, ...rest } = params;
  return {
    ...rest,
    ...container,
    messages: [...params.messages, { role: 'assistant', content: content.filter((block) => !isThinkingBlock(block)) }],
  };
}

/** Structured output would begin anew: the text that had arrived is no beginning of what comes then. */
function outputFault(params: MessageCreateParams): string | undefined {
  const { output_config, output_format }: WithFormat = params;
  if ((output_config?.format ?? output_format ?? undefined) === undefined) return undefined;
  return `it is structured output, which would begin anew and not go on. ${SEND_AGAIN}`;
}

interface WithFormat {
  readonly output_config?: { readonly format?: unknown };
  /** Beta: where `output_config.format` was before. */
  readonly output_format?: unknown;
}

function request(content: readonly ContentBlock[]): string {
  const text = joinText(content);
  const end = text.slice(-LONGEST_QUOTE).replace(/^[\uDC00-\uDFFF]/, ''); // no half of a character
  return [
    'Your previous answer was interrupted. This is how it ended:',
    `<end_of_previous_answer>${end}</end_of_previous_answer>`,
    'Continue exactly from there, in the middle of a word if need be: begin with the very next character of the answer. ' +
      'Do not repeat any of it, and do not write any preface, apology or comment.',
  ].join('\n');
}

/** Without the white space at its end, so that the model writes it anew: where it stays, nobody knows whose it is. */
function trimmed(content: readonly ContentBlock[]): ContentBlock[] {
  return content.map((block, index) =>
    block.type === 'text' && index === content.length - 1 ? { ...block, text: block.text.trimEnd() } : block,
  );
}
