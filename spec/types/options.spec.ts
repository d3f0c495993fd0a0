import { expectTypeOf } from 'expect-type';
import { pipe, type NEVER, type Observable, type UnaryFunction } from 'rxjs';
import type * as api from '../../src/index.js';
import type * as relay from '../../src/relay/index.js';
import type * as testing from '../../src/testing/index.js';

/* The compiler is the test, with exactOptionalPropertyTypes. Nothing here is called. */

/** The names of the optional fields that do not accept undefined. */
type Strict<Options> = {
  [Name in keyof Options]-?: Partial<Pick<Options, Name>> extends Pick<Options, Name>
    ? { readonly [Key in Name]: undefined } extends Pick<Options, Name>
      ? never
      : Name
    : never;
}[keyof Options];

describe('every option', () => {
  it('accepts undefined, as in { apiKey: process.env.X }', () => {
    expectTypeOf<Strict<{ readonly a?: 1; readonly b: 1; readonly c?: 1 | undefined }>>().toEqualTypeOf<'a'>();

    expectTypeOf<Strict<api.StreamMessageOptions>>().toBeNever();
    expectTypeOf<Strict<api.ResponseOptions>>().toBeNever();
    expectTypeOf<Strict<Pick<api.ServerSentEventsOptions, keyof api.ResponseOptions>>>().toBeNever();
    expectTypeOf<Strict<api.TimeoutOptions>>().toBeNever();
    expectTypeOf<Strict<api.TextDeltasOptions>>().toBeNever();
    expectTypeOf<Strict<api.ThinkingDeltasOptions>>().toBeNever();
    expectTypeOf<Strict<api.AccumulateMessageOptions>>().toBeNever();
    expectTypeOf<Strict<api.DefineToolOptions<api.StandardSchemaV1>>>().toBeNever();
    expectTypeOf<Strict<api.RunToolsOptions>>().toBeNever();
    expectTypeOf<Strict<api.MessageObserver>>().toBeNever();
    expectTypeOf<Strict<api.BufferByPunctuationOptions>>().toBeNever();
    expectTypeOf<Strict<api.RetryOnConnectionErrorOptions>>().toBeNever();
    expectTypeOf<Strict<api.ContinueOnConnectionErrorOptions<api.MessageStreamEvent>>>().toBeNever();
    expectTypeOf<Strict<api.IdleTimeoutOptions>>().toBeNever();
    expectTypeOf<Strict<api.MessageStateOptions>>().toBeNever();
    expectTypeOf<Strict<api.ShareMessageOptions>>().toBeNever();
    expectTypeOf<Strict<api.ToAsyncIterableOptions>>().toBeNever();
    expectTypeOf<Strict<api.ContinuationParamsOptions>>().toBeNever();
    expectTypeOf<Strict<api.AnthropicErrorOptions>>().toBeNever();
    expectTypeOf<Strict<api.APIErrorOptions>>().toBeNever();
    expectTypeOf<Strict<api.APIStatusErrorOptions>>().toBeNever();
    expectTypeOf<Strict<relay.FrameOptions>>().toBeNever();
    expectTypeOf<Strict<relay.RelayOptions>>().toBeNever();
    expectTypeOf<Strict<relay.PublicError>>().toBeNever();
    expectTypeOf<Strict<testing.EventsOfOptions>>().toBeNever();
    expectTypeOf<Strict<testing.SseOfOptions>>().toBeNever();
    expectTypeOf<Strict<testing.Reply>>().toBeNever();
    expectTypeOf<Strict<testing.MessagesServerOptions>>().toBeNever();
  });
});

describe('an option that is only known at run time', () => {
  it('is accepted by operators whose type depends on it', () => {
    type Selected = api.EventOperator<string | api.MessageRestartEvent>;
    const select = (text: typeof api.textDeltas, thinking: typeof api.thinkingDeltas, restarts: boolean) => {
      const options: api.TextDeltasOptions = { restarts };
      return [text({ restarts }), text(options), thinking({ restarts }), thinking(options)];
    };
    const selectText = (text: typeof api.textDeltas) => [text(), text({}), text({ restarts: undefined })];

    expectTypeOf(select).returns.toEqualTypeOf<Selected[]>();
    expectTypeOf(selectText).returns.toEqualTypeOf<api.EventOperator<string>[]>();
  });
});

describe('continuationParams', () => {
  it('accepts a body of type any, as Express and JSON.parse have', () => {
    const request = (
      create: typeof api.continuationParams,
      stream: typeof api.streamMessage,
      partial: api.Message,
      body: ReturnType<typeof JSON.parse>,
    ) => stream(create(body, partial));

    expectTypeOf(request).returns.toEqualTypeOf<Observable<api.MessageStreamEvent>>();
    expectTypeOf<api.ContinuationParams<ReturnType<typeof JSON.parse>>>().toEqualTypeOf<api.MessageCreateParams>();
  });
});

describe('operators that are combined without a source', () => {
  it('have the type of the last one', () => {
    const combine = (operators: typeof api, never: typeof NEVER) =>
      [
        pipe(operators.textDeltas(), operators.bufferByPunctuation()),
        pipe(
          operators.retryOnConnectionError(),
          operators.tapMessage({}),
          operators.trackUsage(() => undefined),
          operators.textDeltas(),
        ),
        pipe(operators.idleTimeout(), operators.abortOn(never), operators.shareMessage(), operators.messageState()),
      ] as const;
    type Combined = UnaryFunction<Observable<api.AnyEvent>, unknown>;

    expectTypeOf(combine).returns.toExtend<readonly [Combined, Combined, Combined]>();
  });
});
