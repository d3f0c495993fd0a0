import Anthropic from '@anthropic-ai/sdk';
import { expectTypeOf } from 'expect-type';
import { streamMessage, type ContentBlock, type MessageCreateParams, type MessageParam } from '../../src/index.js';
import { continuationParams } from '../../src/history/continuationParams.js';
import {
  toMessageParam,
  type AssistantMessageParam,
  type BetaAssistantMessageParam,
} from '../../src/history/toMessageParam.js';
import { buildMessage } from '../../src/testing/index.js';

/* The compiler is the test: the code here must compile. */
const partial = buildMessage({ content: 'The tide', stop_reason: null });
const sdkParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hi' }],
} satisfies Anthropic.MessageCreateParamsNonStreaming;

describe('toMessageParam', () => {
  it("returns a turn for this package's requests and for the SDK's", () => {
    const turn = toMessageParam(partial);
    const histories: [MessageParam[], Anthropic.MessageParam[], Anthropic.Beta.BetaMessageParam[]] = [[], [], []];
    if (turn !== undefined) for (const history of histories) history.push(turn);

    expect(histories.flat()).toHaveLength(3);
    expectTypeOf(turn).toEqualTypeOf<AssistantMessageParam | undefined>();
    expectTypeOf<AssistantMessageParam>().toExtend<MessageParam>();
    expectTypeOf<AssistantMessageParam>().toExtend<Anthropic.MessageParam>();
    expectTypeOf<AssistantMessageParam>().toExtend<Anthropic.Beta.BetaMessageParam>();
    expectTypeOf<AssistantMessageParam['content']>().toEqualTypeOf<ContentBlock[]>();
  });

  it("accepts the SDK's messages", () => {
    const toTurn = (message: Anthropic.Message) => toMessageParam(message);

    expectTypeOf(toTurn).returns.toEqualTypeOf<AssistantMessageParam | undefined>();
    // @ts-expect-error -- an error may have no partial
    expect(() => toMessageParam(undefined)).toThrow(TypeError);
  });

  it("accepts the messages of the SDK's beta client, and returns a turn for its requests", () => {
    const toTurn = (message: Anthropic.Beta.BetaMessage) => toMessageParam(message);

    expectTypeOf(toTurn).returns.toEqualTypeOf<BetaAssistantMessageParam | undefined>();
    expectTypeOf<BetaAssistantMessageParam>().toExtend<MessageParam>();
    expectTypeOf<BetaAssistantMessageParam>().toExtend<Anthropic.Beta.BetaMessageParam>();
  });
});

describe('continuationParams', () => {
  it("returns parameters for this package's requests", () => {
    const params: MessageCreateParams = { ...sdkParams, anything: 1 };
    const next = continuationParams(params, partial);
    const whole: MessageCreateParams = next;

    expect(streamMessage(next, { apiKey: 'key' })).toBeDefined();
    expect(streamMessage(continuationParams(sdkParams, partial), { apiKey: 'key' })).toBeDefined();
    expect(whole).toBe(next);
  });

  it("returns parameters for the SDK's requests if it was given those", () => {
    const stable: Anthropic.MessageCreateParamsNonStreaming = { ...sdkParams, thinking: { type: 'adaptive' } };
    const beta = { ...sdkParams, betas: ['fast-mode-2026-02-01'] } satisfies Anthropic.Beta.MessageCreateParams;
    const next: [Anthropic.MessageCreateParamsNonStreaming, Anthropic.Beta.MessageCreateParamsNonStreaming] = [
      continuationParams(stable, partial),
      continuationParams(beta, partial),
    ];
    const streaming: Anthropic.MessageCreateParamsStreaming = continuationParams(
      { ...stable, stream: true as const },
      partial,
    );

    expect(next.map(({ messages }) => messages.length)).toEqual([3, 3]);
    expect(streaming.stream).toBe(true);
  });

  it('preserves the types of the parameters, except that thinking may be absent', () => {
    const next = continuationParams({ ...sdkParams, thinking: { type: 'adaptive' } as const, own: 1 }, partial);

    expectTypeOf(next.own).toEqualTypeOf<number>();
    expectTypeOf(next.model).toEqualTypeOf<'claude-sonnet-5-5'>();
    expectTypeOf(next.thinking).toEqualTypeOf<{ readonly type: 'adaptive' } | undefined>();
    // @ts-expect-error -- no such parameter
    expect(next.nothing).toBeUndefined();
  });

  it('accepts the two styles, and requires the parameters that every request has', () => {
    // @ts-expect-error -- no such style
    expect(() => continuationParams(sdkParams, partial, { style: 'append' })).toThrow(TypeError);
    // @ts-expect-error -- no messages
    expect(() => continuationParams({ model: 'm', max_tokens: 1 }, partial)).toThrow(TypeError);
  });
});
