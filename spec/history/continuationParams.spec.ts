import {
  AnthropicError,
  isRetryable,
  type Message,
  type MessageCreateParams,
  type StopReason,
} from '../../src/index.js';
import { canContinue } from '../../src/history/canContinue.js';
import { continuationParams, type ContinuationParamsOptions } from '../../src/history/continuationParams.js';
import {
  buildMessage,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type BuildMessageOptions,
} from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { refusalOf } from './support/api.js';
import { byCode, code, fallback, found, messages, partialsOf, redacted, search } from './support/partials.js';

type Content = NonNullable<BuildMessageOptions['content']>;

const params = deepFreeze({
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'When does the tide come in?' }],
}) satisfies MessageCreateParams;
const thought = thinkingBlock('Hm.');
const open = thinkingBlock('Hm', { signature: '' });

function cut(content: Content, fields: BuildMessageOptions = {}): Message {
  return deepFreeze(buildMessage({ stop_reason: null, ...fields, content }));
}

/** What is added to the messages of the request. */
function turns(content: Content, style: 'user' | 'prefill') {
  return continuationParams(params, cut(content), { style }).messages.slice(1);
}

/** The end of the message, as the user's turn quotes it. */
function quoted(content: Content): unknown {
  const request = JSON.stringify(turns(content, 'user')[1]);
  return JSON.parse(`"${/<end_of_previous_answer>(.*)<\/end_of_previous_answer>/.exec(request)?.[1] ?? ''}"`);
}

/** Returns what continuationParams throws, or undefined. */
function fault(partial: Message, asked: MessageCreateParams = params): unknown {
  try {
    continuationParams(asked, partial);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('continuationParams', () => {
  describe("in the style 'user'", () => {
    it('adds the message, and asks to continue from where it ended', () => {
      expect(turns('The tide comes in tw', 'user')).toEqual([
        { role: 'assistant', content: [textBlock('The tide comes in tw')] },
        {
          role: 'user',
          content:
            'Your previous answer was interrupted. This is how it ended:\n' +
            '<end_of_previous_answer>The tide comes in tw</end_of_previous_answer>\n' +
            'Continue exactly from there, in the middle of a word if need be: begin with the very next character of the ' +
            'answer. Do not repeat any of it, and do not write any preface, apology or comment.',
        },
      ]);
    });

    it('quotes the last 200 UTF-16 code units at most', () => {
      expect(quoted('x'.repeat(200))).toBe('x'.repeat(200));
      expect(quoted(`-${'x'.repeat(200)}`)).toBe('x'.repeat(200));
    });

    it('quotes whole characters', () => {
      expect(quoted(`👋${'x'.repeat(199)}`)).toBe('x'.repeat(199));
      expect(quoted(`👋${'x'.repeat(198)}`)).toBe(`👋${'x'.repeat(198)}`);
      expect(quoted('See 👋\ud83d')).toBe('See 👋');
    });

    it('does not quote white space at the end, since the model writes it anew', () => {
      expect(quoted('The tide \n')).toBe('The tide');
    });

    it('quotes the text of all blocks that are sent', () => {
      expect(quoted(['The ', search, found, thought, ' \n', 'tide'])).toBe('The tide');
    });

    it('preserves thinking before the text, and the parameter', () => {
      const thinking = { type: 'adaptive' } as const;
      const next = continuationParams({ ...params, thinking }, cut([thought, redacted, 'The tide']), { style: 'user' });

      expect(next.thinking).toBe(thinking);
      expect(next.messages[1]?.content).toEqual([thought, redacted, textBlock('The tide')]);
    });
  });

  describe("in the style 'prefill'", () => {
    it('ends with the message, without the white space at its end', () => {
      expect(turns(['The tide \n', ' comes in \n'], 'prefill')).toEqual([
        { role: 'assistant', content: [textBlock('The tide \n'), textBlock(' comes in')] },
      ]);
    });

    it('removes thinking, and the parameter thinking', () => {
      const asked = { ...params, thinking: { type: 'enabled', budget_tokens: 1024 } } as const;
      const next = continuationParams(asked, cut([thought, redacted, 'The tide']), { style: 'prefill' });

      expect(next).not.toHaveProperty('thinking');
      expect(next.messages[1]?.content).toEqual([textBlock('The tide')]);
    });

    it('preserves the citations of the text', () => {
      const citations = [{ type: 'web_search_result_location' }] as never;

      expect(turns([textBlock('The tide ', { citations })], 'prefill')[0]?.content).toEqual([
        textBlock('The tide', { citations }),
      ]);
    });
  });

  it.each([
    ['claude-haiku-4-5', 1],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 1],
    ['claude-opus-4-6', 2],
    ['claude-opus-5-5', 2],
    ['a-model-of-mine', 2],
  ])('chooses the style by the model: %s gets %i more messages', (model, more) => {
    const asked = { ...params, model };

    expect(continuationParams(asked, cut('The tide')).messages).toHaveLength(1 + more);
    expect(continuationParams(asked, cut('The tide'), { style: 'user' }).messages).toHaveLength(3);
    expect(continuationParams(asked, cut('The tide'), { style: 'prefill' }).messages).toHaveLength(2);
  });

  it.each(['user', 'prefill'] as const)(
    "sends the content up to the last text that is not blank, in the style '%s'",
    (style) => {
      const sent = (content: Content) => turns(content, style)[0]?.content;
      const [one, two] = [textBlock('One'), textBlock('Two')];
      const mcp = { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} };

      expect(sent([one, search, found, two, '\n', thought, search, found])).toEqual([one, search, found, two]);
      expect(sent([one, search, two])).toEqual([one, two]);
      expect(sent([one, search, two, found])).toEqual([one, two]);
      expect(sent([one, open])).toEqual([one]);
      expect(sent([one, mcp])).toEqual([one]);
      expect(sent([one, code, { ...search, ...byCode }, { ...found, ...byCode }, two])).toEqual([one, two]);
      expect(sent([thought, one, fallback, two])).toEqual([one, fallback, two]);
      expect(sent([thought, one, fallback, open])).toEqual([one]);
    },
  );

  it.each(['user', 'prefill'] as const)(
    "preserves the other parameters, and does not change its arguments, in the style '%s'",
    (style) => {
      const asked = deepFreeze({
        ...params,
        system: 'Be brief.',
        output_config: { effort: 'low' as const },
        unknown: { deep: 1 },
      });
      const { messages, ...rest } = continuationParams(asked, cut([thought, 'The tide ']), { style });

      expect(rest).toEqual({
        model: params.model,
        max_tokens: 1024,
        system: 'Be brief.',
        output_config: { effort: 'low' },
        unknown: { deep: 1 },
      });
      expect(messages[0]).toBe(params.messages[0]);
    },
  );

  it.each(['user', 'prefill'] as const)("uses the message's container, in the style '%s'", (style) => {
    const partial = cut('The tide', { container: { id: 'new', expires_at: '2030-01-01T00:00:00Z' } });
    const skill = { type: 'anthropic', skill_id: 'pptx' } as const;
    const asked = { ...params, container: { id: 'old', skills: [skill] } };

    expect(continuationParams(params, partial, { style })).toHaveProperty('container', 'new');
    expect(continuationParams(asked, partial, { style }).container).toEqual({ id: 'new', skills: [skill] });
    expect(continuationParams(asked, cut('The tide'), { style }).container).toBe(asked.container);
  });

  it.each<[string, Message, string]>([
    [
      'there is no text',
      cut(['\n', thought, open]),
      'it has no text, and only text can be continued. Send the request again, as ' +
        "retryOnConnectionError({ whenStarted: 'restart' }) does: it withdraws what was shown.",
    ],
    [
      'a tool call is complete',
      cut(['I look.', toolUseBlock('a')]),
      'it has a complete tool call, which the model would make again. Send the request again, as ' +
        "retryOnConnectionError({ whenStarted: 'restart' }) does: it withdraws what was shown.",
    ],
    [
      'it has a stop reason',
      cut('The tide', { stop_reason: 'max_tokens' }),
      "it already has the stop_reason 'max_tokens'. Add it to the history with toMessageParam().",
    ],
    [
      'the model refused',
      cut('I can', { stop_reason: 'refusal' }),
      'the model refused to answer. Ask for something else.',
    ],
  ])('throws if %s, saying what to do', (_, partial, said) => {
    const error = fault(partial);

    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ message: `continuationParams: the message cannot be continued: ${said}`, partial });
    expect(isRetryable(error)).toBe(false);
  });

  const format = { type: 'json_schema', schema: {} } as const;
  it.each([{ output_config: { format } }, { output_format: format }])('throws for structured output: %j', (asked) => {
    const partial = cut('{"tide": ');

    expect(fault(partial, { ...params, ...asked })).toMatchObject({
      message:
        'continuationParams: the message cannot be continued: it is structured output, which would start over instead of ' +
        "continuing. Send the request again, as retryOnConnectionError({ whenStarted: 'restart' }) does: it withdraws what was shown.",
      partial,
    });
  });

  it.each([
    { output_config: {} },
    { output_config: { format: null, effort: 'low' as const } },
    { output_config: null as never },
    { output_format: null },
  ])('accepts parameters that do not ask for structured output: %j', (asked) => {
    expect(fault(cut('The tide'), { ...params, ...asked })).toBeUndefined();
  });

  it('throws for a style that does not exist', () => {
    const options = { style: 'append' } as unknown as ContinuationParamsOptions; // as JavaScript may pass it

    expect(() => continuationParams(params, cut([]), options)).toThrow(
      new TypeError("continuationParams: style must be one of 'user', 'prefill', got 'append'."),
    );
  });

  it.each(
    messages.flatMap((message) =>
      (['user', 'prefill'] as const).map(
        (style) => [style, message.content.map(({ type }) => type).join(', '), message] as const,
      ),
    ),
  )("builds what the API accepts in the style '%s', wherever the message is interrupted: %s", (style, _, message) => {
    const refusals = partialsOf(message).map((partial) => {
      const asked = deepFreeze({ ...params, thinking: { type: 'enabled', budget_tokens: 1024 } as const });
      const error = fault(deepFreeze(partial), asked);
      expect(error === undefined).toBe(canContinue(partial));
      return error === undefined ? refusalOf(continuationParams(asked, partial, { style })) : undefined;
    });

    expect(refusals.filter((refusal) => refusal !== undefined)).toEqual([]);
  });

  it('throws for any stop reason, also one that is not known yet', () => {
    expect(fault(cut('The tide', { stop_reason: 'not_known_yet' as StopReason }))).toBeInstanceOf(AnthropicError);
    expect(fault(cut('The tide', { stop_reason: undefined as unknown as null }))).toBeUndefined();
  });
});
