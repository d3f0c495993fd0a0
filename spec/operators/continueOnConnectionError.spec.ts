import { getEventListeners } from 'node:events';
import { expectTypeOf } from 'expect-type';
import { concat, defer, EMPTY, from, of, Subject, VirtualTimeScheduler } from 'rxjs';
import {
  AnthropicError,
  APIUserAbortError,
  finalText,
  IncompleteMessageError,
  OverloadedError,
  RateLimitError,
  streamMessage,
  type MessageCreateParams,
  type Message,
  type MessageReconnectEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import {
  continueOnConnectionError,
  type ContinueOnConnectionErrorOptions,
} from '../../src/operators/continueOnConnectionError.js';
import { continuationParams } from '../../src/history/continuationParams.js';
import {
  buildMessage,
  eventsOf,
  startMessagesServer,
  textBlock,
  thinkingBlock,
  toolUseBlock,
} from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStop } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import {
  type Events,
  type Names,
  type Options,
  lost,
  refused,
  whole,
  rest,
  events,
  failing,
  failingAfter,
  continuations,
  restartAfter,
  usageSoFar,
  atOnce,
  valuesOf,
  texts,
  expectOneMessage,
} from './support/continuations.js';

describe('continueOnConnectionError', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(
    () => continueOnConnectionError({ continueWith: () => EMPTY, maxRetries: 0 }),
    { values: events, empty: 'is incomplete' },
  );

  it(
    'continues a message after its connection was lost and a wait',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [s, b, d] = events;
      const [S, B, e, c, M, z] = eventsOf(rest);
      const u = usageSoFar({ input_tokens: 17 });
      const m = { ...M, usage: expect.objectContaining({ input_tokens: 17, output_tokens: 4 }) as object };
      const first = cold(' --s--b--d--#                         ', { s, b, d } as Names, lost);
      const second = cold('                 --S--B--e--c--M--z--|', { S, B, e, c, M, z } as Names);
      const firstSubs = '  ^----------!                         ';
      const secondSubs = ' ----------------^-------------------!';
      const expected = '   --s--b--d--r------u-----e--c--m--z--|';
      const r: MessageReconnectEvent = { type: 'message_reconnect', attempt: 2, delayMs: 5, error: lost };
      const continueWith = () => second;

      expectObservable(first.pipe(continueOnConnectionError({ continueWith, initialDelayMs: 5, jitter: 0 }))).toBe(
        expected,
        { s, b, d, r, u, e, c, m, z },
      );
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    }),
  );

  it('passes a complete message through unchanged', async () => {
    const { continueWith } = continuations();

    expect(await valuesOf(from(events).pipe(continueOnConnectionError({ continueWith })))).toEqual(events);
  });

  describe('a request that fails before any content', () => {
    it('is sent again, as by retryOnConnectionError', async () => {
      let count = 0;
      const source = defer(() =>
        ++count === 1 ? failing(lost) : count === 2 ? failingAfter(events, 2) : from(events),
      );
      const { continueWith } = continuations();

      expect(await valuesOf(source.pipe(continueOnConnectionError({ ...atOnce, continueWith })))).toEqual([
        restartAfter(lost, 2),
        ...events.slice(0, 2),
        restartAfter(lost, 3),
        ...events,
      ]);
    });

    it('is sent again up to maxRetries times in a row, also if it is a continuation', async () => {
      const { partials, continueWith } = continuations(
        failing(lost),
        failingAfter(eventsOf(rest), 3),
        failingAfter(eventsOf(rest), 2),
        failing(refused),
      );
      const retries: unknown[] = [];
      const seen: MessageStreamEvent[] = [];
      const source = failingAfter(events, 3).pipe(
        continueOnConnectionError({
          ...atOnce,
          continueWith,
          onRetry: ({ attempt, delayMs, error }) => retries.push([attempt, delayMs, error === lost]),
        }),
      );

      await expect(source.forEach((event) => seen.push(event))).rejects.toBe(refused);
      expect(retries).toEqual([2, 3, 4, 5].map((attempt) => [attempt, 0, true]));
      expect(partials).toHaveLength(4);
      expect((await texts(seen)).join('')).toBe('The tide comes in.');
      expect(refused.partial?.content).toEqual(whole.content);
    });

    it('passes its error on after maxRetries retries', async () => {
      const last = new OverloadedError('Overloaded', { status: 529 });
      const { partials, continueWith } = continuations(failing(lost), failing(last));

      await expect(
        valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith }))),
      ).rejects.toBe(last);
      expect(partials).toHaveLength(2);
      expect(last.partial?.content).toEqual([textBlock('The tide ')]);
    });
  });

  it('calls onRetry before each wait, and before the event that announces it', async () => {
    const log: string[] = [];
    let count = 0;
    const source = defer(() => (++count === 1 ? failing(lost) : failingAfter(events, 3)));
    const { continueWith } = continuations(from(eventsOf(rest)));
    await source
      .pipe(
        continueOnConnectionError({
          ...atOnce,
          continueWith: (partial) => {
            log.push('continueWith');
            return continueWith(partial);
          },
          onRetry: ({ attempt }) => log.push(`onRetry ${attempt}`),
        }),
      )
      .forEach(({ type }) => log.push(type));

    expect(log.slice(0, 8)).toEqual([
      'onRetry 2',
      'message_restart',
      'message_start',
      'content_block_start',
      'content_block_delta',
      'continueWith',
      'onRetry 3',
      'message_reconnect',
    ]);
  });

  it('announces nothing if onRetry throws', async () => {
    const failure = new Error('of onRetry');
    const seen: string[] = [];
    const { continueWith } = continuations(from(eventsOf(rest)));
    const onRetry = (): void => {
      throw failure;
    };
    const result = failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith, onRetry }));

    await expect(result.forEach(({ type }) => seen.push(type))).rejects.toBe(failure);
    expect(seen).toEqual(['message_start', 'content_block_start', 'content_block_delta']);
  });

  describe('the wait', () => {
    const timed = (options: Options, ...streams: readonly Events[]) => {
      const scheduler = new VirtualTimeScheduler();
      const starts: number[] = [];
      const { continueWith } = continuations(...streams);
      const log: unknown[] = [];
      const subscription = failingAfter(events, 3)
        .pipe(
          continueOnConnectionError({
            jitter: 0,
            ...options,
            scheduler,
            continueWith: (partial) =>
              defer(() => {
                starts.push(scheduler.now());
                return continueWith(partial);
              }),
          }),
        )
        .subscribe({ error: (error: unknown) => log.push(error), complete: () => log.push('complete') });
      return { scheduler, starts, log, subscription };
    };

    it('doubles while nothing new arrives, and starts again at initialDelayMs after new content', () => {
      const { scheduler, starts } = timed(
        { maxRetries: 3 },
        failing(lost),
        failing(lost),
        failingAfter(eventsOf(rest), 3),
        failing(lost),
        from(eventsOf(rest)),
      );
      scheduler.flush();

      expect(starts).toEqual([500, 1500, 3500, 4000, 5000]);
    });

    it('follows the headers, and is limited by maxElapsedMs', () => {
      const asking = new RateLimitError('Slow', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
      const { scheduler, starts, log } = timed({ maxElapsedMs: 4000 }, failing(asking), failing(lost), failing(lost));
      scheduler.flush();

      expect(starts).toEqual([500, 3500]);
      expect(log).toEqual([lost]);
    });

    it('ends with the subscription, and when the signal is aborted', () => {
      const left = timed({});
      left.subscription.unsubscribe();
      expect(left.scheduler.actions).toEqual([]);

      const controller = new AbortController();
      const { log, scheduler } = timed({ signal: controller.signal });
      controller.abort();
      expect(log).toEqual([expect.any(APIUserAbortError)]);
      expect(log[0]).toMatchObject({ phase: 'mid-content', partial: { content: [textBlock('The tide ')] } });
      expect(scheduler.actions).toEqual([]);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    });

    it('reports an abort before a repeated request as one before content', async () => {
      const controller = new AbortController();
      const { continueWith } = continuations();
      const options = {
        continueWith,
        signal: controller.signal,
        onRetry: () => {
          controller.abort();
        },
      };

      await expect(valuesOf(failing(lost).pipe(continueOnConnectionError(options)))).rejects.toMatchObject({
        name: 'APIUserAbortError',
        phase: 'before-content',
      });
    });
  });

  it('continues a message at most maxContinuations times', async () => {
    const { partials, continueWith } = continuations(failingAfter(eventsOf(rest), 3), from(eventsOf(rest)));
    const source = failingAfter(events, 3).pipe(
      continueOnConnectionError({ ...atOnce, maxContinuations: 1, continueWith }),
    );

    await expect(valuesOf(source)).rejects.toBe(lost);
    expect(partials).toHaveLength(1);
  });

  it('announces a repeated request of which nothing had arrived only if announce is not false', async () => {
    let count = 0;
    const source = defer(() => (++count === 1 ? failing(lost) : from(events)));
    const { continueWith } = continuations();

    expect(
      await valuesOf(source.pipe(continueOnConnectionError({ ...atOnce, announce: false, continueWith }))),
    ).toEqual(events);
  });

  it('sends the first request again if a continuation cannot be continued, with whenStarted: restart', async () => {
    const { partials, continueWith } = continuations(failing(lost), failing(lost));
    let count = 0;
    const source = defer(() => (++count === 1 ? failingAfter(events, 3) : from(events)));
    const declining = (partial: Message): Events => {
      if (partials.length === 1) throw new AnthropicError('declined');
      return continueWith(partial);
    };
    const seen = await valuesOf(
      source.pipe(continueOnConnectionError({ ...atOnce, whenStarted: 'restart', continueWith: declining })),
    );

    expect(seen.slice(-events.length)).toEqual(events);
    expect([partials.length, count]).toEqual([1, 2]);
  });

  it('fails with the error of a withdrawn continuation, which has the text that was shown', async () => {
    const again = eventsOf(rest);
    const withdrawn = of<MessageStreamEvent[]>(...again.slice(0, 3), restartAfter(refused, 2), ...again);
    const { continueWith } = continuations(withdrawn);
    const result = failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

    await expect(valuesOf(result)).rejects.toBe(refused);
  });

  it('withdraws thinking with thinkingIsContent: false, and sends the request again', async () => {
    const thought = eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), 'Hello'] }));
    let count = 0;
    const source = defer(() => (++count === 1 ? failingAfter(thought, 3) : from(thought)));
    const { continueWith } = continuations();
    const result = source.pipe(continueOnConnectionError({ ...atOnce, thinkingIsContent: false, continueWith }));

    expect(await valuesOf(result)).toEqual([...thought.slice(0, 3), restartAfter(lost, 2), ...thought]);
  });

  it('treats a source that completes early as a lost connection', async () => {
    const { continueWith } = continuations(from(eventsOf(rest)));
    const result = from(events.slice(0, 3)).pipe(continueOnConnectionError({ ...atOnce, continueWith }), finalText());

    expect(await valuesOf(result)).toEqual(['The tide comes in.']);
  });

  it.each(['before', 'after'])('supports a continuation with its own retry %s content', async (when) => {
    const again = eventsOf(rest);
    const withdrawn = when === 'before' ? again.slice(0, 2) : again.slice(0, 3);
    const first = of<MessageStreamEvent[]>(...withdrawn, restartAfter(lost, 2), ...again);
    const { partials, continueWith } = continuations(first, from(eventsOf(buildMessage({ content: ' Slowly.' }))));
    const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

    expectOneMessage(seen);
    expect(partials).toHaveLength(when === 'before' ? 1 : 2);
    expect((await texts(seen)).join('')).toBe(when === 'before' ? 'The tide comes in.' : 'The tide comes in. Slowly.');
  });

  it('starts over when a retry nearer to the source withdraws the message', async () => {
    const source = of<MessageStreamEvent[]>(...events.slice(0, 3), restartAfter(lost, 2), ...events.slice(0, 2));
    let count = 0;
    const twice = defer(() => (++count === 1 ? concat(source, failing(lost)) : from(events)));
    const { continueWith } = continuations();
    const seen = await valuesOf(twice.pipe(continueOnConnectionError({ ...atOnce, continueWith })));

    expect(seen.slice(-events.length)).toEqual(events);
    expect(seen.filter(({ type }) => type === 'message_restart')).toHaveLength(2);
  });

  it('unsubscribes from the continuation when the consumer unsubscribes', () => {
    const second = new Subject<MessageStreamEvent>();
    const { continueWith } = continuations(second);
    const scheduler = new VirtualTimeScheduler();
    const subscription = failingAfter(events, 3)
      .pipe(continueOnConnectionError({ continueWith, scheduler }))
      .subscribe();
    scheduler.flush();
    expect(second.observed).toBe(true);
    subscription.unsubscribe();

    expect(second.observed).toBe(false);
  });

  it('fails on events that are out of order, with the message so far', async () => {
    const { continueWith } = continuations(of<MessageStreamEvent[]>(blockStop(3)));
    const error: unknown = await valuesOf(
      failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })),
    ).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'InvalidEventError', partial: { content: [textBlock('The tide ')] } });
  });

  it('passes on an error after the complete message', async () => {
    const { partials, continueWith } = continuations();
    const source = failingAfter(events, events.length).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

    await expect(valuesOf(source)).rejects.toBe(lost);
    expect(partials).toEqual([]);
  });

  describe('options', () => {
    const continueWith = (): Events => EMPTY;

    it('are validated at call time', () => {
      const none = {} as ContinueOnConnectionErrorOptions;

      expect(() => continueOnConnectionError(none)).toThrow(
        /^continueOnConnectionError: continueWith must be a function/,
      );
      expect(() => continueOnConnectionError({ continueWith, maxContinuations: -1 })).toThrow(
        new RangeError('continueOnConnectionError: maxContinuations must be a number of at least 0, got -1.'),
      );
      expect(() => continueOnConnectionError({ continueWith, maxRetries: NaN })).toThrow(
        new RangeError('continueOnConnectionError: maxRetries must be a number of at least 0, got NaN.'),
      );
    });

    it('determine the type of the result', () => {
      expectTypeOf(from(events).pipe(continueOnConnectionError({ continueWith }))).toEqualTypeOf<Events>();
    });
  });

  describe('after streamMessage', () => {
    const params: MessageCreateParams = {
      model: 'claude-opus-5-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'What of the tide?' }],
    };

    it.each(['claude-opus-5-5', 'claude-sonnet-4-5'])('continues by the rules of the model: %s', async (model) => {
      const list = eventsOf(whole, { deltaLength: 9 });
      const server = await startMessagesServer([{ events: list.slice(0, 3) }, { message: rest }]);
      const options = { apiKey: 'key', baseURL: server.url };
      const asked = { ...params, model };
      try {
        const result = streamMessage(asked, options).pipe(
          continueOnConnectionError({
            ...atOnce,
            continueWith: (partial) => streamMessage(continuationParams(asked, partial), options),
          }),
          finalText(),
        );

        expect(await valuesOf(result)).toEqual(['The tide comes in.']);
        expect(server.requests).toHaveLength(2);
        const { messages } = server.requests[1]?.body as MessageCreateParams;
        expect(messages.map(({ role }) => role)).toEqual(
          model === 'claude-opus-5-5' ? ['user', 'assistant', 'user'] : ['user', 'assistant'],
        );
      } finally {
        await server.close();
      }
    });

    it('passes the error on if the model has called a tool', async () => {
      const message = buildMessage({ content: ['Look:', toolUseBlock('look', {})] });
      const server = await startMessagesServer({ events: eventsOf(message).slice(0, -2) });
      const options = { apiKey: 'key', baseURL: server.url };
      try {
        const result = streamMessage(params, options).pipe(
          continueOnConnectionError({
            ...atOnce,
            continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
          }),
        );

        await expect(valuesOf(result)).rejects.toBeInstanceOf(IncompleteMessageError);
        expect(server.requests).toHaveLength(1);
      } finally {
        await server.close();
      }
    });
  });
});
