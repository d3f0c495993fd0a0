import type { ServerResponse } from 'node:http';
import { expectTypeOf } from 'expect-type';
import { map, NEVER, pipe, type Observable, type OperatorFunction } from 'rxjs';
import * as api from '../../src/index.js';
import { pipeToServerResponse, toServerSentEvents } from '../../src/relay/index.js';

/*
 * The compiler is the test: RxJS's standalone `pipe` must infer the types of our operators without a source.
 */
const { abortOn, idleTimeout, retryOnConnectionError, shareMessage, tapMessage, trackUsage } = api;
const events: Observable<api.MessageStreamEvent> = NEVER;

describe('the standalone pipe', () => {
  it('accepts each operator behind one that passes events through', () => {
    const retry = retryOnConnectionError();
    expectTypeOf(events.pipe(pipe(retry, api.accumulateMessage()))).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(events.pipe(pipe(retry, api.finalMessage()))).toEqualTypeOf<Observable<api.Message>>();
    expectTypeOf(events.pipe(pipe(retry, api.finalText()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(retry, api.textDeltas()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(retry, api.thinkingDeltas()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(retry, api.textDeltas({ restarts: true })))).toEqualTypeOf<
      Observable<string | api.MessageRestartEvent>
    >();
    expectTypeOf(events.pipe(pipe(retry, api.inputJsonDeltas()))).toEqualTypeOf<Observable<api.InputJsonDelta>>();
    expectTypeOf(events.pipe(pipe(retry, api.citations()))).toEqualTypeOf<Observable<api.TextCitation>>();
    expectTypeOf(events.pipe(pipe(retry, api.contentBlocks()))).toEqualTypeOf<Observable<api.ContentBlock>>();
    expectTypeOf(events.pipe(pipe(retry, api.toolUses()))).toEqualTypeOf<Observable<api.ToolUseBlock>>();
    expectTypeOf(events.pipe(pipe(retry, api.toolInput('a')))).toEqualTypeOf<Observable<api.ToolInput<unknown>>>();
    expectTypeOf(events.pipe(pipe(retry, api.messageState()))).toEqualTypeOf<Observable<api.MessageState>>();
    expectTypeOf(events.pipe(pipe(retry, api.usage()))).toEqualTypeOf<Observable<api.RunningUsage>>();
    expectTypeOf(events.pipe(pipe(retry, api.totalUsage()))).toEqualTypeOf<Observable<api.RunningUsage>>();
    expectTypeOf(events.pipe(pipe(retry, api.bufferByPunctuation()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(retry, toServerSentEvents()))).toEqualTypeOf<Observable<string>>();
    const respond = (response: ServerResponse) => events.pipe(pipe(retry, pipeToServerResponse(response)));
    expectTypeOf(respond).returns.toEqualTypeOf<Observable<never>>();
  });

  it('accepts each operator that passes events through in front of another one', () => {
    expectTypeOf(events.pipe(pipe(tapMessage({}), api.finalText()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(shareMessage(), api.finalText()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(idleTimeout(), api.finalText()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(abortOn(NEVER), api.finalText()))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(pipe(trackUsage(jest.fn()), api.finalText()))).toEqualTypeOf<Observable<string>>();
  });

  it('infers longer chains, with operators of RxJS behind', () => {
    const ids = pipe(
      retryOnConnectionError(),
      tapMessage({}),
      api.accumulateMessage(),
      map(({ id }) => id),
    );
    const values = pipe(retryOnConnectionError(), api.textDeltas(), api.partialJson<{ readonly a: string }>());

    expectTypeOf(events.pipe(ids)).toEqualTypeOf<Observable<string>>();
    expectTypeOf(events.pipe(values)).toEqualTypeOf<Observable<{ readonly a?: string }>>();
  });

  it('accepts the operators as operators of RxJS', () => {
    const text: OperatorFunction<api.AnyEvent, string> = api.textDeltas();

    expectTypeOf(events.pipe(text)).toEqualTypeOf<Observable<string>>();
  });
});
