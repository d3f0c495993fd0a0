import { expectTypeOf } from 'expect-type';
import { firstValueFrom, map, NEVER, Observable, of, type OperatorFunction } from 'rxjs';
import {
  accumulateMessage,
  bufferByMarkdownBlock,
  bufferByPunctuation,
  bufferByWord,
  citations,
  contentBlocks,
  finalMessage,
  finalText,
  fromResponse,
  inputJsonDeltas,
  InvalidEventError,
  isRetryable,
  messageEvents,
  ofType,
  resumeOnConnectionError,
  retryOnConnectionError,
  serverSentEvents,
  streamMessage,
  tapMessage,
  textDeltas,
  thinkingDeltas,
  trackUsage,
  usage,
} from '../../src/index.js';
import type * as api from '../../src/index.js';

/*
 * The compiler is the test: the code here must compile without annotations. Nothing is subscribed to.
 */
const events: Observable<api.MessageStreamEvent> = NEVER;

/** Events of a type that the package does not know. */
interface Tick {
  readonly type: 'tick';
  readonly count: number;
}
const ticks: Observable<Tick> = NEVER;
const mixed: Observable<api.MessageStreamEvent | Tick> = NEVER;

describe('sources', () => {
  it('emit the events of the package', () => {
    const params = { model: 'claude-opus-5-5', max_tokens: 1, messages: [{ role: 'user' as const, content: 'Hi' }] };
    const sources = [
      streamMessage(params, { apiKey: 'key' }),
      fromResponse(new Response()),
      fromResponse(() => fetch('http://127.0.0.1')),
      fromResponse((signal, { headers }) => fetch('http://127.0.0.1', { headers, signal }), {
        resume: resumeOnConnectionError(),
      }),
      serverSentEvents('http://127.0.0.1').pipe(messageEvents()),
    ];

    expectTypeOf(sources).items.toEqualTypeOf<Observable<api.MessageStreamEvent>>();
    expectTypeOf(serverSentEvents('http://127.0.0.1')).toEqualTypeOf<Observable<api.ServerSentEvent>>();
    expect(sources.every((source) => source instanceof Observable)).toBe(true);
  });

  it('emit the events of a forwarded run, and those of the service, if the type parameter says so', () => {
    const run = fromResponse<api.RunToolsEvent>(new Response());
    const own = fromResponse<Tick>(new Response());

    expectTypeOf(run).toEqualTypeOf<Observable<api.RunToolsEvent>>();
    expectTypeOf(own).toEqualTypeOf<Observable<api.MessageStreamEvent | Tick>>();
    expectTypeOf(run.pipe(ofType('run_end'))).toEqualTypeOf<Observable<api.RunEndEvent>>();
    // @ts-expect-error -- an event has a type
    void fromResponse<{ readonly count: number }>(new Response());
    expect([run, own].every((source) => source instanceof Observable)).toBe(true);
  });

  it('accept unknown parameters', () => {
    const source = streamMessage(
      {
        model: 'claude-opus-5-5',
        max_tokens: 1,
        messages: [{ role: 'user', content: [{ type: 'hologram', source: { depth: 3 } }] }],
        tools: [{ type: 'telescope_20300101', name: 'telescope', zoom: 7 }],
        a_field_of_tomorrow: true,
      },
      { apiKey: 'key' },
    );

    expectTypeOf(source).toEqualTypeOf<Observable<api.MessageStreamEvent>>();
  });
});

describe('operators in a pipe', () => {
  it('have the type of what they select', () => {
    expectTypeOf(events.pipe(textDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(thinkingDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(inputJsonDeltas())).toEqualTypeOf<Observable<api.InputJsonDelta>>();
    expectTypeOf(events.pipe(citations())).toEqualTypeOf<Observable<api.TextCitation>>();
    expectTypeOf(events.pipe(contentBlocks())).toEqualTypeOf<Observable<api.ContentBlock>>();
  });

  it('have the type of what they accumulate', () => {
    expectTypeOf(events.pipe(accumulateMessage())).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(events.pipe(accumulateMessage({ emit: 'block' }))).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(events.pipe(finalMessage())).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(events.pipe(finalText())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(usage())).toEqualTypeOf<Observable<api.RunningUsage>>();
  });

  it('accept any events that have a type', () => {
    expectTypeOf(ticks.pipe(textDeltas())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(ticks.pipe(finalMessage())).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(mixed.pipe(accumulateMessage())).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(mixed.pipe(usage())).toEqualTypeOf<Observable<api.RunningUsage>>();
  });

  it('accept nothing else', () => {
    const strings: Observable<string> = NEVER;
    const untyped: Observable<{ kind: string }> = NEVER;
    // @ts-expect-error -- a string has no type
    const ofStrings = strings.pipe(textDeltas());
    // @ts-expect-error -- neither has this object
    const ofUntyped = untyped.pipe(tapMessage({}));
    // @ts-expect-error -- these are not server-sent events
    const ofEvents = events.pipe(messageEvents());

    expect([ofStrings, ofUntyped, ofEvents].every((result) => result instanceof Observable)).toBe(true);
  });

  it('convert to a promise of their last value', () => {
    const promised = () => firstValueFrom(events.pipe(retryOnConnectionError(), finalMessage()));

    expectTypeOf(promised).returns.resolves.toEqualTypeOf<api.Message>();
  });

  it('can be declared as operators of RxJS', () => {
    const text: OperatorFunction<api.MessageStreamEvent, string> = textDeltas();
    const look: OperatorFunction<Tick, Tick> = tapMessage({});
    const retry: OperatorFunction<Tick, Tick | api.MessageRestartEvent> = retryOnConnectionError();

    expectTypeOf(events.pipe(text)).toEqualTypeOf<Observable<string>>();
    expectTypeOf(ticks.pipe(look, retry)).toEqualTypeOf<Observable<Tick | api.MessageRestartEvent>>();
  });
});

describe('operators that only observe', () => {
  it('keep the type of the events', () => {
    expectTypeOf(events.pipe(tapMessage({}))).toEqualTypeOf<Observable<api.MessageStreamEvent>>();
    expectTypeOf(events.pipe(trackUsage(() => undefined))).toEqualTypeOf<Observable<api.MessageStreamEvent>>();
    expectTypeOf(ticks.pipe(tapMessage({}))).toEqualTypeOf<Observable<Tick>>();
    expectTypeOf(ticks.pipe(trackUsage(() => undefined))).toEqualTypeOf<Observable<Tick>>();
    expectTypeOf(
      mixed.pipe(
        tapMessage({}),
        trackUsage(() => undefined),
      ),
    ).toEqualTypeOf<Observable<api.MessageStreamEvent | Tick>>();
  });

  it('infer the parameters of callbacks', () => {
    const tapped = events.pipe(
      trackUsage((counts) => {
        expectTypeOf(counts).toEqualTypeOf<api.RunningUsage>();
        expectTypeOf(counts.abandoned_attempts).toEqualTypeOf<readonly api.Usage[] | undefined>();
      }),
      tapMessage({
        text: (...given) => {
          expectTypeOf(given).toEqualTypeOf<[delta: string, index: number]>();
        },
        thinking: (...given) => {
          expectTypeOf(given).toEqualTypeOf<[delta: string, index: number]>();
        },
        citation: (...given) => {
          expectTypeOf(given).toEqualTypeOf<[citation: api.TextCitation, index: number]>();
        },
        inputJson: (...given) => {
          expectTypeOf(given).toEqualTypeOf<[fragment: string, index: number]>();
        },
        contentBlock: (...given) => {
          expectTypeOf(given).toEqualTypeOf<[block: api.ContentBlock, index: number]>();
        },
        usage: (counts) => {
          expectTypeOf(counts).toEqualTypeOf<api.RunningUsage>();
        },
        message: (message) => {
          expectTypeOf(message).toEqualTypeOf<api.Message>();
        },
        restart: (event) => {
          expectTypeOf(event).toEqualTypeOf<api.MessageRestartEvent>();
        },
      }),
    );
    // @ts-expect-error -- there is no such callback
    const wrong = tapMessage({ txt: () => undefined });

    expectTypeOf(tapped).toEqualTypeOf<Observable<api.MessageStreamEvent>>();
    expect(wrong).toBeInstanceOf(Function);
  });
});

describe('ofType', () => {
  it('narrows to one type or to several', () => {
    expectTypeOf(events.pipe(ofType('message_delta'))).toEqualTypeOf<Observable<api.MessageDeltaEvent>>();
    expectTypeOf(events.pipe(ofType('message_start', 'ping'))).toEqualTypeOf<
      Observable<api.MessageStartEvent | api.PingEvent>
    >();
    expectTypeOf(events.pipe(ofType('message_restart'))).toEqualTypeOf<Observable<api.MessageRestartEvent>>();
    expectTypeOf(mixed.pipe(ofType('tick'))).toEqualTypeOf<Observable<Tick>>();
  });

  it('has the fields of the events that it emits', () => {
    const reasons = events.pipe(
      ofType('message_delta'),
      map((event) => event.delta.stop_reason),
    );

    expectTypeOf(reasons).toEqualTypeOf<Observable<api.StopReason | null>>();
  });

  it('accepts unknown types', () => {
    const plain: Observable<api.AnyEvent> = NEVER;
    const typesOf = map((event: api.AnyEvent) => event.type);

    expectTypeOf(events.pipe(ofType('news'))).toEqualTypeOf<Observable<{ readonly type: 'news' }>>();
    expectTypeOf(events.pipe(ofType('ping', 'news'))).toEqualTypeOf<
      Observable<api.PingEvent | { readonly type: 'news' }>
    >();
    expectTypeOf(plain.pipe(ofType('news'))).toExtend<Observable<{ readonly type: 'news' }>>();
    expectTypeOf(plain.pipe(ofType('news'), typesOf)).toEqualTypeOf<Observable<string>>();
  });
});

describe('restarts', () => {
  it('are emitted by textDeltas and thinkingDeltas only with { restarts: true }', () => {
    type WithRestarts = Observable<string | api.MessageRestartEvent>;

    expectTypeOf(events.pipe(textDeltas({ restarts: true }))).toEqualTypeOf<WithRestarts>();
    expectTypeOf(events.pipe(textDeltas({ restarts: false }))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(textDeltas({}))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(thinkingDeltas({ restarts: true }))).toEqualTypeOf<WithRestarts>();
    expectTypeOf(events.pipe(thinkingDeltas({ restarts: false }))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(thinkingDeltas({}))).toEqualTypeOf<Observable<string>>();
  });

  it('are emitted by bufferByPunctuation only if its source emits them', () => {
    expectTypeOf(events.pipe(textDeltas(), bufferByPunctuation())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(textDeltas({ restarts: true }), bufferByPunctuation())).toEqualTypeOf<
      Observable<string | api.MessageRestartEvent>
    >();
    expectTypeOf(events.pipe(bufferByPunctuation())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(ticks.pipe(retryOnConnectionError(), bufferByPunctuation())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(of('text').pipe(bufferByPunctuation({ minLength: 20 }))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(bufferByMarkdownBlock())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(textDeltas({ restarts: true }), bufferByWord())).toEqualTypeOf<
      Observable<string | api.MessageRestartEvent>
    >();
    // @ts-expect-error -- these are neither events nor text
    const wrong = of(1).pipe(bufferByPunctuation());

    expect(wrong).toBeInstanceOf(Observable);
  });

  it('are emitted by retryOnConnectionError', () => {
    expectTypeOf(events.pipe(retryOnConnectionError())).toEqualTypeOf<Observable<api.MessageStreamEvent>>();
    expectTypeOf(ticks.pipe(retryOnConnectionError())).toEqualTypeOf<Observable<Tick | api.MessageRestartEvent>>();
  });

  it('are accepted by every operator after retryOnConnectionError', () => {
    const result = ticks.pipe(
      retryOnConnectionError({
        onRetry: (retry) => {
          expectTypeOf(retry).toEqualTypeOf<{
            readonly attempt: number;
            readonly delayMs: number;
            readonly error: unknown;
          }>();
        },
      }),
      tapMessage({}),
      accumulateMessage(),
    );

    expectTypeOf(result).toEqualTypeOf<Observable<api.Message>>();
  });
});

describe('a switch', () => {
  it('on the type of an event narrows, and is exhaustive', () => {
    const describeEvent = (event: api.MessageStreamEvent): string => {
      switch (event.type) {
        case 'message_start':
          return event.message.id;
        case 'content_block_start':
          return event.content_block.type;
        case 'content_block_delta':
          return event.delta.type === 'text_delta' ? event.delta.text : event.delta.type;
        case 'content_block_stop':
          return String(event.index);
        case 'message_delta':
          return String(event.delta.stop_reason);
        case 'message_restart':
        case 'message_reconnect':
          return String(event.attempt);
        case 'message_stop':
        case 'ping':
          return event.type;
        default:
          expectTypeOf(event).toBeNever();
          return 'unknown';
      }
    };

    expect(describeEvent({ type: 'content_block_stop', index: 7 })).toBe('7');
    expect(describeEvent({ type: 'news' } as never)).toBe('unknown');
  });

  it('on the type of a delta narrows, and is exhaustive', () => {
    const contentOf = (delta: api.ContentBlockDelta): unknown => {
      switch (delta.type) {
        case 'text_delta':
          return delta.text;
        case 'thinking_delta':
          return delta.thinking;
        case 'input_json_delta':
          return delta.partial_json;
        case 'signature_delta':
          return delta.signature;
        case 'citations_delta':
          return delta.citation;
        case 'compaction_delta':
          return delta.content;
        default:
          expectTypeOf(delta).toBeNever();
          return undefined;
      }
    };

    expect(contentOf({ type: 'text_delta', text: 'Hi' })).toBe('Hi');
  });

  it('on the name of an error narrows', () => {
    type Failure =
      | api.AuthenticationError
      | api.RateLimitError
      | api.APIConnectionTimeoutError
      | api.IncompleteMessageError
      | api.APIUserAbortError
      | api.InvalidEventError
      | api.InvalidOutputError;
    const explain = (error: Failure): unknown => {
      switch (error.name) {
        case 'AuthenticationError':
          expectTypeOf(error).toEqualTypeOf<api.AuthenticationError>();
          return error.status;
        case 'RateLimitError':
          return error.retryAfterMs;
        case 'APIConnectionTimeoutError':
          return error.timeout;
        case 'IncompleteMessageError':
          return error.partial?.content;
        case 'APIUserAbortError':
          return error.phase;
        case 'InvalidEventError':
          return error.position;
        case 'InvalidOutputError':
          return error.issues;
        default:
          expectTypeOf(error).toBeNever();
          return undefined;
      }
    };

    expect(explain(new InvalidEventError('failed', { position: 7, data: '' }))).toBe(7);
  });

  it('on names distinguishes the classes', () => {
    expectTypeOf<api.BadRequestError['name']>().toEqualTypeOf<'BadRequestError'>();
    expectTypeOf<api.AuthenticationError['name']>().toEqualTypeOf<'AuthenticationError'>();
    expectTypeOf<api.PermissionDeniedError['name']>().toEqualTypeOf<'PermissionDeniedError'>();
    expectTypeOf<api.NotFoundError['name']>().toEqualTypeOf<'NotFoundError'>();
    expectTypeOf<api.ConflictError['name']>().toEqualTypeOf<'ConflictError'>();
    expectTypeOf<api.UnprocessableEntityError['name']>().toEqualTypeOf<'UnprocessableEntityError'>();
    expectTypeOf<api.RateLimitError['name']>().toEqualTypeOf<'RateLimitError'>();
    expectTypeOf<api.OverloadedError['name']>().toEqualTypeOf<'OverloadedError'>();
    expectTypeOf<api.APIConnectionTimeoutError['name']>().toEqualTypeOf<'APIConnectionTimeoutError'>();
    expectTypeOf<api.IncompleteMessageError['name']>().toEqualTypeOf<'IncompleteMessageError'>();
    expectTypeOf<api.APIUserAbortError['name']>().toEqualTypeOf<'APIUserAbortError'>();
    expectTypeOf<api.InvalidEventError['name']>().toEqualTypeOf<'InvalidEventError'>();
    expectTypeOf<api.InvalidOutputError['name']>().toEqualTypeOf<'InvalidOutputError'>();
  });

  it('on the names of a class with subclasses distinguishes them', () => {
    expectTypeOf<api.InternalServerError['name']>().toEqualTypeOf<
      'InternalServerError' | 'ServiceUnavailableError' | 'GatewayTimeoutError' | 'OverloadedError'
    >();
    expectTypeOf<api.APIConnectionError['name']>().toEqualTypeOf<
      'APIConnectionError' | 'APIConnectionTimeoutError' | 'IncompleteMessageError'
    >();
  });
});

describe('errors', () => {
  it('of any kind are accepted by isRetryable', () => {
    expectTypeOf(isRetryable).parameters.toEqualTypeOf<[error: unknown]>();
    expectTypeOf(isRetryable).returns.toEqualTypeOf<boolean>();
  });

  it('have the class hierarchy of the package', () => {
    expectTypeOf<api.APIStatusError>().toExtend<api.APIError>();
    expectTypeOf<api.OverloadedError>().toExtend<api.InternalServerError>();
    expectTypeOf<api.IncompleteMessageError>().toExtend<api.APIConnectionError>();
    expectTypeOf<api.APIError>().not.toExtend<api.APIStatusError>();
    expectTypeOf<api.InvalidEventError>().not.toExtend<api.APIError>();
    expectTypeOf<api.APITimeoutError>().toEqualTypeOf<api.APIConnectionTimeoutError>();
  });
});
