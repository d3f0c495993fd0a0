import type Anthropic from '@anthropic-ai/sdk';
import type {
  BetaMessage,
  ContentBlock,
  Message,
  MessageCreateParams,
  MessageParam,
  MessageStreamEvent,
  ToolResultParam,
} from '../../src/index.js';
import { expectDifferences, type Missing } from './support/missing.js';

/*
 * The compiler is the test. If a newer SDK has a member that this package lacks, this file does not compile, and the
 * error names the member. Add the member to its type; or, if the difference is intended, add it to the list of its
 * comparison, with the reason.
 */
type StableEvent = Anthropic.RawMessageStreamEvent;
type BetaEvent = Anthropic.Beta.BetaRawMessageStreamEvent;
type StableParams = Anthropic.MessageCreateParams;
type BetaParams = Anthropic.Beta.MessageCreateParams;

/** Events without those that contain messages and blocks, which are compared on their own. */
type Rest<Event> = Exclude<Event, { readonly type: 'message_start' | 'content_block_start' }>;

/** The listed fields of our parameters. The other type of the union accepts any fields. */
type ListedParams = Exclude<MessageCreateParams, { readonly [field: string]: unknown }>;

/** Parameters without those that accept any object with a `type`, so that there is nothing to compare. */
type Fields<Params> = Omit<Params, 'messages' | 'system' | 'tools'>;
type WithoutContent<Union> = Union extends unknown ? Omit<Union, 'content'> : never;

type Turn = WithoutContent<MessageParam>;
type Result = WithoutContent<ToolResultParam>;

describe('the types of a response', () => {
  it('lack nothing that the stable client has', () => {
    expectDifferences<Missing<Message, Anthropic.Message, 'response'>>()({});
    expectDifferences<Missing<MessageStreamEvent, StableEvent, 'event'>>()({});
  });

  it('lack nothing that the beta client has', () => {
    expectDifferences<Missing<BetaMessage, Anthropic.Beta.BetaMessage, 'response'>>()({});
    expectDifferences<Missing<Rest<MessageStreamEvent>, Rest<BetaEvent>, 'event'>>()({});
  });

  it('have no blocks that the stable client lacks', () => {
    expectDifferences<Missing<Anthropic.ContentBlock, ContentBlock, 'block'>>()({});
  });

  it('have nothing that the beta client lacks', () => {
    const ownCounts = 'continueOnConnectionError makes an iteration of a usage, whose counts may be null';
    const repeated =
      'the usage of a message_delta may have any field of Usage, and gateways send null for unknown ones';

    expectDifferences<Missing<Anthropic.Beta.BetaMessage, BetaMessage, 'response'>>()({
      'response.message.content[].server_tool_use.input: unknown':
        'like the input of any call, it may not be an object',
      'response.message.usage.iterations[].message.cache_creation_input_tokens: null': ownCounts,
      'response.message.usage.iterations[].message.cache_read_input_tokens: null': ownCounts,
    });
    expectDifferences<Missing<Rest<BetaEvent>, Rest<MessageStreamEvent>, 'event'>>()({
      'event.ping': 'the client of the SDK drops pings',
      'event.message_restart': "the package's own event",
      'event.message_reconnect': "the package's own event",
      'event.message_delta.usage.output_tokens: null': repeated,
      'event.message_delta.usage.cache_creation': repeated,
      'event.message_delta.usage.service_tier': repeated,
      'event.message_delta.usage.inference_geo': repeated,
      'event.message_delta.usage.speed': repeated,
      'event.message_delta.usage.iterations[].message.cache_creation_input_tokens: null': ownCounts,
      'event.message_delta.usage.iterations[].message.cache_read_input_tokens: null': ownCounts,
    });
  });
});

describe('the types of a request', () => {
  const stream = 'always true: the package only streams';
  const betas = 'an option of streamMessage';
  const sampling = 'only API version 2023-06-01 accepts it, which the SDK does not send';

  it('lack nothing that the stable client has', () => {
    expectDifferences<Missing<Fields<ListedParams>, Fields<StableParams>, 'params'>>()({ 'params.stream': stream });
    expectDifferences<Missing<Turn, WithoutContent<Anthropic.MessageParam>, 'turn'>>()({});
    expectDifferences<Missing<Result, WithoutContent<Anthropic.ToolResultBlockParam>, 'result'>>()({});
  });

  it('lack nothing that the beta client has', () => {
    expectDifferences<Missing<Fields<ListedParams>, Fields<BetaParams>, 'params'>>()({
      'params.stream': stream,
      'params.betas': betas,
    });
    expectDifferences<Missing<Turn, WithoutContent<Anthropic.Beta.BetaMessageParam>, 'turn'>>()({});
    expectDifferences<Missing<Result, WithoutContent<Anthropic.Beta.BetaToolResultBlockParam>, 'result'>>()({});
  });

  it('have nothing that the beta client lacks', () => {
    expectDifferences<Missing<Fields<BetaParams>, Fields<ListedParams>, 'params'>>()({
      'params.temperature': sampling,
      'params.top_p': sampling,
      'params.top_k': sampling,
    });
    expectDifferences<Missing<WithoutContent<Anthropic.Beta.BetaMessageParam>, Turn, 'turn'>>()({});
    expectDifferences<Missing<WithoutContent<Anthropic.Beta.BetaToolResultBlockParam>, Result, 'result'>>()({});
  });
});

describe('Missing', () => {
  interface Block {
    readonly type: 'a';
    readonly value: string;
  }

  it('names fields, values, items, and the members of a union', () => {
    interface Ours {
      readonly same: string;
      readonly reason: 'x' | null;
      readonly list?: readonly Block[];
    }
    interface Theirs {
      same: string;
      reason: 'x' | 'y' | null;
      list: ({ type: 'a'; value: string | null; extra?: number } | { type: 'b' })[];
      added: boolean;
    }

    expectDifferences<Missing<Ours, Theirs, 'it'>>()({
      "it.reason: 'y'": 'a value',
      'it.list[].a.value: null': 'null',
      'it.list[].a.extra': 'an optional field',
      'it.list[].b': 'a member of a union',
      'it.added': 'a field',
    });
    expectDifferences<Missing<Theirs, Ours, 'it'>>()({});
  });

  it('does not compile without a reason, or with a reason for what does not differ', () => {
    // @ts-expect-error -- no reason for `it.b`
    expectDifferences<Missing<Block, Block & { readonly b: 1 }, 'it'>>()({});
    // @ts-expect-error -- does not differ
    expectDifferences<Missing<Block, Block, 'it'>>()({ 'it.a.value': 'why' });
  });
});
