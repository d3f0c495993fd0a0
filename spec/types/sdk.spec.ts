import Anthropic from '@anthropic-ai/sdk';
import { expectTypeOf } from 'expect-type';
import { from, NEVER, Observable } from 'rxjs';
import {
  accumulateMessage,
  bufferByPunctuation,
  citations,
  contentBlocks,
  finalMessage,
  finalText,
  fromSdkStream,
  inputJsonDeltas,
  InvalidParamsError,
  ofType,
  retryOnConnectionError,
  streamMessage,
  tapMessage,
  textDeltas,
  thinkingDeltas,
  trackUsage,
  usage,
  type BetaContentBlock,
  type BetaMessage,
  type ContentBlock,
  type InputJsonDelta,
  type Message,
  type MessageParam,
  type MessageRestartEvent,
  type MessageStreamEvent,
  type RunningUsage,
  type TextCitation,
  type ToolParam,
  type ToolResultParam,
} from '../../src/index.js';
import { buildMessage, toolUseBlock } from '../../src/testing/index.js';

/*
 * The compiler is the test: the code here must compile with the installed SDK. Nothing is subscribed to, so no request is
 * made.
 */
type SdkEvent = Anthropic.RawMessageStreamEvent;
type SdkBetaEvent = Anthropic.Beta.BetaRawMessageStreamEvent;

const client = new Anthropic({ apiKey: 'key', maxRetries: 0 });
const params = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hi' }],
} satisfies Anthropic.MessageCreateParamsNonStreaming;

const streams: { readonly sdk: Observable<SdkEvent>; readonly beta: Observable<SdkBetaEvent> } = {
  sdk: NEVER,
  beta: NEVER,
};

describe("a stream of the official SDK's events", () => {
  it('is created from its iterators', () => {
    const open = {
      sdk: async () => from(await client.messages.create({ ...params, stream: true })),
      beta: async () => from(await client.beta.messages.create({ ...params, stream: true })),
      helper: () => from(client.messages.stream(params)),
      betaHelper: () => from(client.beta.messages.stream(params)),
    };

    expectTypeOf(open.sdk).returns.resolves.toEqualTypeOf<Observable<SdkEvent>>();
    expectTypeOf(open.beta).returns.resolves.toEqualTypeOf<Observable<SdkBetaEvent>>();
    expectTypeOf(open.helper).returns.toEqualTypeOf<Observable<SdkEvent>>();
    expectTypeOf(open.betaHelper).returns.toEqualTypeOf<Observable<SdkBetaEvent>>();
  });

  it('is accepted by the operators that select, without annotations', () => {
    expectTypeOf(streams.sdk.pipe(textDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(streams.sdk.pipe(thinkingDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(streams.sdk.pipe(inputJsonDeltas())).toEqualTypeOf<Observable<InputJsonDelta>>();
    expectTypeOf(streams.sdk.pipe(citations())).toEqualTypeOf<Observable<TextCitation>>();
    expectTypeOf(streams.sdk.pipe(contentBlocks())).toEqualTypeOf<Observable<ContentBlock>>();

    expectTypeOf(streams.beta.pipe(textDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(streams.beta.pipe(thinkingDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(streams.beta.pipe(inputJsonDeltas())).toEqualTypeOf<Observable<InputJsonDelta>>();
    expectTypeOf(streams.beta.pipe(citations())).toEqualTypeOf<Observable<TextCitation>>();
    expectTypeOf(streams.beta.pipe(contentBlocks())).toEqualTypeOf<Observable<ContentBlock>>();
  });

  it('is accepted by the operators that accumulate, without annotations', () => {
    expectTypeOf(streams.sdk.pipe(accumulateMessage())).toEqualTypeOf<Observable<Message>>();
    expectTypeOf(streams.sdk.pipe(finalMessage())).toEqualTypeOf<Observable<Message>>();
    expectTypeOf(streams.sdk.pipe(finalText())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(streams.sdk.pipe(usage())).toEqualTypeOf<Observable<RunningUsage>>();

    expectTypeOf(streams.beta.pipe(accumulateMessage())).toEqualTypeOf<Observable<Message>>();
    expectTypeOf(streams.beta.pipe(finalMessage())).toEqualTypeOf<Observable<Message>>();
    expectTypeOf(streams.beta.pipe(finalText())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(streams.beta.pipe(usage())).toEqualTypeOf<Observable<RunningUsage>>();
  });

  it('keeps its type in the operators that only observe', () => {
    expectTypeOf(streams.sdk.pipe(tapMessage({}))).toEqualTypeOf<Observable<SdkEvent>>();
    expectTypeOf(streams.sdk.pipe(trackUsage(() => undefined))).toEqualTypeOf<Observable<SdkEvent>>();
    expectTypeOf(streams.beta.pipe(tapMessage({}))).toEqualTypeOf<Observable<SdkBetaEvent>>();
    expectTypeOf(streams.beta.pipe(trackUsage(() => undefined))).toEqualTypeOf<Observable<SdkBetaEvent>>();
  });

  it('may emit restarts if it is retried', () => {
    expectTypeOf(streams.sdk.pipe(retryOnConnectionError())).toEqualTypeOf<
      Observable<SdkEvent | MessageRestartEvent>
    >();
    expectTypeOf(streams.beta.pipe(retryOnConnectionError())).toEqualTypeOf<
      Observable<SdkBetaEvent | MessageRestartEvent>
    >();
  });

  it("narrows to the SDK's own types", () => {
    expectTypeOf(streams.sdk.pipe(ofType('content_block_delta'))).toEqualTypeOf<
      Observable<Anthropic.RawContentBlockDeltaEvent>
    >();
    expectTypeOf(streams.sdk.pipe(ofType('message_start', 'message_stop'))).toEqualTypeOf<
      Observable<Anthropic.RawMessageStartEvent | Anthropic.RawMessageStopEvent>
    >();
    expectTypeOf(streams.beta.pipe(ofType('message_delta'))).toEqualTypeOf<
      Observable<Anthropic.Beta.BetaRawMessageDeltaEvent>
    >();
  });

  it('passes through a chain of operators', () => {
    const result = streams.sdk.pipe(
      retryOnConnectionError(),
      trackUsage((counts) => {
        expectTypeOf(counts).toEqualTypeOf<RunningUsage>();
      }),
      tapMessage({
        text: (delta, index) => {
          expectTypeOf(delta).toEqualTypeOf<string>();
          expectTypeOf(index).toEqualTypeOf<number>();
        },
      }),
      textDeltas({ restarts: true }),
      bufferByPunctuation(),
    );

    expectTypeOf(result).toEqualTypeOf<Observable<string | MessageRestartEvent>>();
  });

  it('is a stream of our events', () => {
    expectTypeOf<SdkEvent>().toExtend<MessageStreamEvent>();
  });
});

describe('fromSdkStream', () => {
  it('accepts what the client returns', () => {
    const results = [
      fromSdkStream(() => client.messages.create({ ...params, stream: true })),
      fromSdkStream((signal) => client.messages.create({ ...params, stream: true }, { signal })),
      fromSdkStream(async () => await client.messages.create({ ...params, stream: true })),
      fromSdkStream(() => client.messages.stream(params)),
      fromSdkStream((signal) => client.messages.stream(params, { signal })),
      fromSdkStream(() => client.beta.messages.create({ ...params, stream: true })),
      fromSdkStream((signal) => client.beta.messages.create({ ...params, betas: [], stream: true }, { signal })),
      fromSdkStream(() => client.beta.messages.stream(params)),
    ];

    expectTypeOf(results).items.toEqualTypeOf<Observable<MessageStreamEvent>>();
    expect(results.every((result) => result instanceof Observable)).toBe(true);
  });

  it('rejects a response that does not stream, and a request that has already been made', () => {
    type Create = Parameters<typeof fromSdkStream>[0];

    expectTypeOf<() => Promise<Anthropic.RawMessageStreamEvent>>().not.toExtend<Create>();
    expectTypeOf<() => Promise<Anthropic.Message>>().not.toExtend<Create>();
    expectTypeOf<Promise<AsyncIterable<SdkEvent>>>().not.toExtend<Create>();
  });
});

describe('a Message', () => {
  const message = buildMessage({ content: ['Hello', toolUseBlock('get_weather', { city: 'Paris' })] });

  it('is accepted by the SDK as history', () => {
    const turn: Anthropic.MessageParam = { role: message.role, content: message.content };
    const whole: Anthropic.MessageParam = message;
    const history: Anthropic.MessageParam[] = [{ role: 'user', content: 'Hi' }, message];

    expect([turn, whole, history]).toHaveLength(3);
    expectTypeOf<Message>().toExtend<Anthropic.MessageParam>();
    expectTypeOf<ContentBlock>().toExtend<Anthropic.ContentBlockParam>();
  });

  it("is accepted by the SDK's beta client as history, with the blocks of beta features", () => {
    const content: BetaContentBlock[] = message.content;
    const turn: Anthropic.Beta.BetaMessageParam = { role: message.role, content };

    expect(turn.content).toBe(message.content);
    expectTypeOf<Message>().toExtend<Anthropic.Beta.BetaMessageParam>();
    expectTypeOf<BetaContentBlock>().toExtend<Anthropic.Beta.BetaContentBlockParam>();
  });

  it('may be a message of the SDK', () => {
    expectTypeOf<Anthropic.Message>().toExtend<Message>();
    expectTypeOf<Anthropic.ContentBlock>().toExtend<ContentBlock>();
    expectTypeOf<Anthropic.Usage>().toExtend<Message['usage']>();
    expectTypeOf<Anthropic.TextCitation>().toExtend<TextCitation>();
    expectTypeOf<Anthropic.Beta.BetaMessage>().toExtend<BetaMessage>();
    expectTypeOf<Anthropic.Beta.BetaUsage>().toExtend<Message['usage']>();
    expectTypeOf<Message>().toExtend<BetaMessage>();
  });

  it('narrows by the type of its blocks', () => {
    for (const block of message.content) {
      if (block.type === 'text') expectTypeOf(block.text).toEqualTypeOf<string>();
      if (block.type === 'tool_use') expectTypeOf(block.input).toEqualTypeOf<unknown>();
      if (block.type === 'thinking') expectTypeOf(block.signature).toEqualTypeOf<string>();
      // @ts-expect-error -- only some blocks have a text
      expect(block.text).toBe(block.type === 'text' ? 'Hello' : undefined);
    }
  });
});

describe('parameters', () => {
  const image: Anthropic.ImageBlockParam = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
  };
  const tool: Anthropic.Tool = {
    name: 'get_weather',
    description: 'The weather of a city',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  };
  const tools: Anthropic.ToolUnion[] = [tool, { type: 'web_search_20250305', name: 'web_search' }];
  const full: Anthropic.MessageCreateParamsNonStreaming = {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [image, { type: 'text', text: 'What is this?' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [image] }] },
    ],
    tools,
    tool_choice: { type: 'tool', name: 'get_weather' },
    thinking: { type: 'adaptive' },
    metadata: { user_id: 'user' },
    service_tier: 'auto',
    stop_sequences: ['END'],
  };

  it('of the SDK are accepted by streamMessage', () => {
    const sources = [streamMessage(params, { apiKey: 'key' }), streamMessage(full, { apiKey: 'key' })];

    expectTypeOf(sources).items.toEqualTypeOf<Observable<MessageStreamEvent>>();
    expect(sources.every((source) => source instanceof Observable)).toBe(true);
  });

  it('of the SDK are accepted by streamMessage one by one', () => {
    expectTypeOf<Anthropic.MessageCreateParamsNonStreaming>().toExtend<Parameters<typeof streamMessage>[0]>();
    expectTypeOf<Anthropic.Beta.MessageCreateParamsNonStreaming>().toExtend<Parameters<typeof streamMessage>[0]>();
    expectTypeOf<Anthropic.Beta.BetaMessageParam>().toExtend<MessageParam>();
    expectTypeOf<Anthropic.ToolResultBlockParam>().toExtend<ToolResultParam>();
    expectTypeOf<Anthropic.Beta.BetaToolResultBlockParam>().toExtend<ToolResultParam>();
    expectTypeOf<Anthropic.MessageParam>().toExtend<MessageParam>();
    expectTypeOf<Anthropic.ToolUnion>().toExtend<ToolParam>();
    expectTypeOf<Anthropic.ContentBlockParam[]>().toExtend<MessageParam['content']>();
  });

  it('must include what every request needs', () => {
    const call = (given: Parameters<typeof streamMessage>[0]) => streamMessage(given, { apiKey: 'key' });
    // @ts-expect-error -- no max_tokens
    expect(() => call({ model: 'claude-opus-5-5', messages: full.messages })).toThrow(InvalidParamsError);
    // @ts-expect-error -- no model
    expect(() => call({ max_tokens: 1, messages: full.messages })).toThrow(InvalidParamsError);
    // @ts-expect-error -- no messages
    expect(() => call({ model: 'claude-opus-5-5', max_tokens: 1 })).toThrow(InvalidParamsError);
  });
});
