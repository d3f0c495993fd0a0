import { getEventListeners } from 'node:events';
import { expectTypeOf } from 'expect-type';
import { concat, defer, EMPTY, from, lastValueFrom, NEVER, of, Subject, take, throwError, toArray } from 'rxjs';
import { VirtualTimeScheduler, type Observable } from 'rxjs';
import { MessageAccumulator } from '../../src/accumulate/messageAccumulator.js';
import { EventOrder } from '../../src/protocol/eventOrder.js';
import {
  AnthropicError,
  APIConnectionError,
  APIUserAbortError,
  BadRequestError,
  finalMessage,
  finalText,
  IncompleteMessageError,
  OverloadedError,
  RateLimitError,
  streamMessage,
  textDeltas,
  toolUses,
  usage,
  type Message,
  type MessageCreateParams,
  type MessageRestartEvent,
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
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';

type Events = Observable<MessageStreamEvent>;
type Names = Record<string, MessageStreamEvent>;
type Options = Partial<ContinueOnConnectionErrorOptions<MessageStreamEvent>>;

const lost = new APIConnectionError('The connection was lost', { phase: 'mid-content' });
const refused = new BadRequestError('Bad request', { status: 400 });

const whole = buildMessage({
  id: 'msg_1',
  content: 'The tide comes in.',
  usage: { input_tokens: 5, output_tokens: 9 },
});
const rest = buildMessage({ id: 'msg_2', content: 'comes in.', usage: { input_tokens: 12, output_tokens: 3 } });
const events = eventsOf(whole, { deltaLength: 9 }); // 'The tide ' 'comes in.'

// eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
const failing = (error: unknown): Events => throwError(() => error);

/** The first so many events, then an error. */
const cut = (list: readonly MessageStreamEvent[], count: number, error: unknown = lost): Events =>
  concat(from(list.slice(0, count)), failing(error));

/** The events of a message up to its last delta, which is cut off. */
const untilDelta = (message: Message, deltas: number): MessageStreamEvent[] => {
  const list = eventsOf(message, { deltaLength: 9 });
  const places = list.flatMap(({ type }, place) => (type === 'content_block_delta' ? [place] : []));
  return list.slice(0, (places[deltas - 1] ?? NaN) + 1);
};

/** Each call is the next continuation; says which partial messages were asked to go on. */
function continuations(...streams: readonly Events[]) {
  const partials: Message[] = [];
  const continueWith = (partial: Message): Events => {
    partials.push(partial);
    return streams[partials.length - 1] ?? failing(new Error(`there is no continuation ${partials.length}`));
  };
  return { partials, continueWith };
}

const restartAfter = (error: unknown, attempt: number): MessageRestartEvent => ({
  type: 'message_restart',
  attempt,
  delayMs: 0,
  error,
});

const usageSoFar = (counts: object) => ({
  type: 'message_delta',
  delta: { stop_reason: null, stop_sequence: null },
  usage: expect.objectContaining(counts) as object,
});

const atOnce: Options = { initialDelayMs: 0, jitter: 0 };

function run<Out>(result: Observable<Out>): Promise<Out[]> {
  return lastValueFrom(result.pipe(toArray()), { defaultValue: [] });
}

const texts = (list: readonly MessageStreamEvent[]): Promise<string[]> => run(from(list).pipe(textDeltas()));
const messageOf = (list: readonly MessageStreamEvent[]): Promise<Message> =>
  lastValueFrom(from(list).pipe(finalMessage()));
const textIn = (message: Message | undefined): string =>
  (message?.content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join('');
const partialOf = (list: readonly MessageStreamEvent[]): Message | undefined => {
  const accumulator = new MessageAccumulator();
  for (const event of list) accumulator.add(event);
  return accumulator.message;
};
const typesOf = (list: readonly MessageStreamEvent[]): string[] =>
  list.map((event) => ('index' in event ? `${event.type} ${event.index}` : event.type));

/** The events of one message, in an order that the API could have sent. */
function expectOneMessage(list: readonly MessageStreamEvent[]): void {
  const order = new EventOrder();
  expect(list.map((event) => order.accept(event))).toEqual(list.map(() => true));
  expect(list.filter(({ type }) => type === 'message_start')).toHaveLength(1);
  expect(list.filter(({ type }) => type === 'message_stop')).toHaveLength(1);
  expect(order.complete).toBe(true);
}

describe('continueOnConnectionError', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(
    () => continueOnConnectionError({ continueWith: () => EMPTY, maxRetries: 0 }),
    { values: events, empty: 'is incomplete' },
  );

  it(
    'goes on with a message that broke off, after a wait',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [s, b, d] = events;
      const [S, B, e, c, M, z] = eventsOf(rest);
      const u = usageSoFar({ input_tokens: 17 });
      const m = { ...M, usage: expect.objectContaining({ input_tokens: 17, output_tokens: 4 }) as object };
      const first = cold(' --s--b--d--#                         ', { s, b, d } as Names, lost);
      const second = cold('                 --S--B--e--c--M--z--|', { S, B, e, c, M, z } as Names);
      const firstSubs = '  ^----------!                         ';
      const secondSubs = ' ----------------^-------------------!';
      const expected = '   --s--b--d---------u-----e--c--m--z--|';
      const continueWith = () => second;

      expectObservable(first.pipe(continueOnConnectionError({ continueWith, initialDelayMs: 5, jitter: 0 }))).toBe(
        expected,
        { s, b, d, u, e, c, m, z },
      );
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    }),
  );

  it('passes a message that does not break off as it is', async () => {
    const { continueWith } = continuations();

    expect(await run(from(events).pipe(continueOnConnectionError({ continueWith })))).toEqual(events);
  });

  describe('makes one message', () => {
    it('whose text goes on in the same block', async () => {
      const { partials, continueWith } = continuations(from(eventsOf(rest)));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect(partials).toEqual([expect.objectContaining({ id: 'msg_1', content: [textBlock('The tide ')] })]);
      expect(await messageOf(seen)).toEqual({ ...whole, usage: expect.anything() as unknown });
    });

    it('wherever it was cut, over and over', async () => {
      const message = buildMessage({ content: 'In the beginning there was a tide, and it came in.' });
      const [text] = message.content.map((block) => (block.type === 'text' ? block.text : ''));
      const list = eventsOf(message, { deltaLength: 3 });
      for (let count = 3; count < list.length - 2; count += 1) {
        const next = (partial: Message): Events => {
          const [block] = partial.content;
          const done = block?.type === 'text' ? block.text : '';
          return cut(eventsOf(buildMessage({ content: text?.slice(done.length) ?? '' }), { deltaLength: 3 }), 4);
        };
        const source = cut(list, count).pipe(
          continueOnConnectionError({ ...atOnce, maxContinuations: 100, continueWith: next }),
        );
        // Each continuation brings two deltas and is cut; the last one has nothing left to bring.
        const seen: MessageStreamEvent[] = [];
        const error: unknown = await source.forEach((event) => seen.push(event)).catch((thrown: unknown) => thrown);

        expect((await texts(seen)).join('')).toBe(text);
        expect(textIn((error as AnthropicError).partial)).toBe(text);
      }
    });

    it('without doubled white space at the seam', async () => {
      const again = buildMessage({ content: ' \ncomes in.' });
      const { continueWith } = continuations(from(eventsOf(again, { deltaLength: 1 })));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expect((await texts(seen)).join('')).toBe('The tide \ncomes in.');
    });

    it('with new blocks behind the ones that had come', async () => {
      const before = buildMessage({ content: [thinkingBlock('Hm.'), textBlock('One.'), textBlock('Two is ')] });
      const after = buildMessage({
        content: [textBlock('two.'), toolUseBlock('count', { to: 3 }), textBlock('Three.')],
      });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await run(
        from(untilDelta(before, 4)).pipe(
          (source) => concat(source, failing(lost)),
          continueOnConnectionError({ ...atOnce, continueWith }),
        ),
      );

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([
        ...before.content.slice(0, 2),
        textBlock('Two is two.'),
        ...after.content.slice(1),
      ]);
    });

    it('with a new text block where the last one had stopped', async () => {
      const { continueWith } = continuations(from(eventsOf(rest)));
      const stopped = events.findIndex(({ type }) => type === 'content_block_stop') + 1;
      const seen = await run(cut(events, stopped).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([textBlock('The tide comes in.'), textBlock('comes in.')]);
    });

    it('when the continuation thinks first: the text still goes on in its block', async () => {
      const after = buildMessage({ content: [thinkingBlock('Where was I?'), textBlock('comes in.')] });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([textBlock('The tide comes in.'), after.content[0]]);
    });

    it('when the continuation has no text: the open block is stopped first', async () => {
      const after = buildMessage({ content: [toolUseBlock('look', {})] });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect(typesOf(seen).slice(3)).toEqual([
        'message_delta',
        'content_block_stop 0',
        'content_block_start 1',
        'content_block_delta 1',
        'content_block_stop 1',
        'message_delta',
        'message_stop',
      ]);
    });

    it('when the continuation is empty', async () => {
      const { continueWith } = continuations(from(eventsOf(buildMessage({ content: [] }))));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([textBlock('The tide ')]);
    });

    it('when the continuation begins with content in its message_start', async () => {
      const [begin, , , , ...end] = eventsOf(rest) as [MessageStreamEvent, ...MessageStreamEvent[]];
      const full = { ...begin, message: { ...rest, stop_reason: null } } as MessageStreamEvent;
      const { continueWith } = continuations(of(full, ...end));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual(whole.content);
    });

    it('with the citations of a block that begins with them', async () => {
      const citation = {
        type: 'web_search_result_location' as const,
        cited_text: 'x',
        url: 'u',
        title: 't',
        encrypted_index: 'i',
      };
      const [begin, block, ...end] = eventsOf(rest);
      const cited = {
        ...block,
        content_block: { type: 'text', text: 'It ', citations: [citation] },
      } as MessageStreamEvent;
      const { continueWith } = continuations(of(begin, cited, ...end) as Events);
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expect((await messageOf(seen)).content).toEqual([
        { ...textBlock('The tide It comes in.'), citations: [citation] },
      ]);
    });

    it('with pings and unknown events of the continuation', async () => {
      const ping: MessageStreamEvent = { type: 'ping' };
      const { continueWith } = continuations(from(eventsOf(rest, { pingEvery: 1 })));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect(seen.filter(({ type }) => type === 'ping')).toEqual(Array(5).fill(ping));
    });

    it('and passes on an error that is frozen', async () => {
      const error = Object.freeze(new BadRequestError('Bad request', { status: 400 }));
      const { continueWith } = continuations(from(eventsOf(rest)));
      const source = cut(events, 3, error).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

      await expect(lastValueFrom(source)).rejects.toBe(error);
    });

    it('of deep-frozen events', async () => {
      const { continueWith } = continuations(from(deepFreeze(eventsOf(rest))));
      const seen = await run(cut(deepFreeze(events), 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expect((await messageOf(seen)).content).toEqual(whole.content);
    });
  });

  describe('blocks that cannot go on', () => {
    const withTool = buildMessage({ content: ['Let me look.', toolUseBlock('look', { at: 'the tide table' })] });

    it('are stopped: a tool call that was open is never run', async () => {
      const after = buildMessage({ content: [toolUseBlock('look', { at: 'the moon' })], stop_reason: 'tool_use' });
      const { partials, continueWith } = continuations(from(eventsOf(after)));
      const broken = untilDelta(withTool, 5);
      const seen = await run(
        concat(from(broken), failing(lost)).pipe(continueOnConnectionError({ ...atOnce, continueWith })),
      );

      expectOneMessage(seen);
      expect(partials[0]?.content).toHaveLength(2);
      expect(await run(from(seen).pipe(toolUses()))).toEqual(after.content);
      expect((await messageOf(seen)).content).toHaveLength(3);
    });

    it('are stopped: also a tool call whose last bracket had come, between pieces of text', async () => {
      const begin = untilDelta(buildMessage({ content: 'One' }), 1);
      const json = (partial_json: string): MessageStreamEvent => ({
        type: 'content_block_delta',
        index: 1,
        delta: { type: 'input_json_delta', partial_json },
      });
      const more: MessageStreamEvent = {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: ' and ' },
      };
      const call: MessageStreamEvent = {
        type: 'content_block_start',
        index: 1,
        content_block: toolUseBlock('look', {}),
      };
      const after = buildMessage({ content: 'two.', stop_reason: 'tool_use' });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await run(
        concat(from([...begin, call, json('{"at":"x"'), more, json('}')]), failing(lost)).pipe(
          continueOnConnectionError({ ...atOnce, continueWith }),
        ),
      );

      expectOneMessage(seen);
      expect(await run(from(seen).pipe(toolUses()))).toEqual([]);
    });

    it('are stopped: thinking that was open stays without its signature', async () => {
      const before = buildMessage({ content: ['First, ', thinkingBlock('second comes next')] });
      const { continueWith } = continuations(from(eventsOf(buildMessage({ content: 'second.' }))));
      const seen = await run(
        concat(from(untilDelta(before, 2)), failing(lost)).pipe(continueOnConnectionError({ ...atOnce, continueWith })),
      );

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([
        textBlock('First, '),
        expect.objectContaining({ type: 'thinking', signature: '' }),
        textBlock('second.'),
      ]);
    });

    it.each([
      ['there is no text yet', buildMessage({ content: [thinkingBlock('Hm, let me think.')] }), 2],
      ['a tool call is whole', withTool, Infinity],
      ['the model had said why it stopped', whole, Infinity],
    ])('pass the original error on where %s', async (_, message, deltas) => {
      const { partials, continueWith } = continuations();
      const list = deltas === Infinity ? eventsOf(message).slice(0, -1) : untilDelta(message, deltas);
      const error = new APIConnectionError('lost');
      const seen: MessageStreamEvent[] = [];
      const source = concat(from(list), failing(error)).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

      await expect(source.forEach((event) => seen.push(event))).rejects.toBe(error);
      expect(seen).toEqual(list);
      expect(partials).toEqual([]);
      expect(error.partial).toEqual(partialOf(list));
    });

    it('pass the original error on where continueWith says that there is nothing to go on from', async () => {
      const source = cut(events, 3).pipe(
        continueOnConnectionError({
          ...atOnce,
          continueWith: () => {
            throw new AnthropicError('structured output');
          },
        }),
      );

      await expect(run(source)).rejects.toBe(lost);
    });

    it('fail with what else continueWith throws', async () => {
      const bug = new TypeError('params is not defined');
      const source = cut(events, 3).pipe(
        continueOnConnectionError({
          ...atOnce,
          continueWith: () => {
            throw bug;
          },
        }),
      );

      await expect(run(source)).rejects.toBe(bug);
    });

    it('are withdrawn with the message if a restart is asked for', async () => {
      const list = untilDelta(withTool, Infinity);
      const whole = eventsOf(withTool);
      let count = 0;
      const source = defer(() => (++count === 1 ? cut(whole, whole.length - 1) : from(whole)));
      const { continueWith } = continuations();
      const seen = await run(
        source.pipe(continueOnConnectionError({ ...atOnce, whenStarted: 'restart', continueWith })),
      );

      expect(list).toEqual([]);
      expect(seen).toEqual([...whole.slice(0, -1), restartAfter(lost, 2), ...whole]);
    });
  });

  describe('requests that fail before any content', () => {
    it('are sent again, as by retryOnConnectionError', async () => {
      let count = 0;
      const source = defer(() => (++count === 1 ? failing(lost) : count === 2 ? cut(events, 2) : from(events)));
      const { continueWith } = continuations();

      expect(await run(source.pipe(continueOnConnectionError({ ...atOnce, continueWith })))).toEqual([
        ...events.slice(0, 2),
        restartAfter(lost, 3),
        ...events,
      ]);
    });

    it('are sent again up to maxRetries times in a row, also those that go on', async () => {
      const { partials, continueWith } = continuations(
        failing(lost),
        cut(eventsOf(rest), 3),
        cut(eventsOf(rest), 2),
        failing(refused),
      );
      const retries: unknown[] = [];
      const seen: MessageStreamEvent[] = [];
      const source = cut(events, 3).pipe(
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

    it('fail when they have failed maxRetries times', async () => {
      const last = new OverloadedError('Overloaded', { status: 529 });
      const { partials, continueWith } = continuations(failing(lost), failing(last));

      await expect(run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })))).rejects.toBe(last);
      expect(partials).toHaveLength(2);
      expect(last.partial?.content).toEqual([textBlock('The tide ')]);
    });
  });

  describe('waits', () => {
    const timed = (options: Options, ...streams: readonly Events[]) => {
      const scheduler = new VirtualTimeScheduler();
      const starts: number[] = [];
      const { continueWith } = continuations(...streams);
      const log: unknown[] = [];
      const subscription = cut(events, 3)
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

    it('double while nothing new comes, and begin anew when something has', () => {
      const { scheduler, starts } = timed(
        { maxRetries: 3 },
        failing(lost),
        failing(lost),
        cut(eventsOf(rest), 3),
        failing(lost),
        from(eventsOf(rest)),
      );
      scheduler.flush();

      expect(starts).toEqual([500, 1500, 3500, 4000, 5000]);
    });

    it('follow the headers, and end with maxElapsedMs', () => {
      const asking = new RateLimitError('Slow', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
      const { scheduler, starts, log } = timed({ maxElapsedMs: 4000 }, failing(asking), failing(lost), failing(lost));
      scheduler.flush();

      expect(starts).toEqual([500, 3500]);
      expect(log).toEqual([lost]);
    });

    it('end with the subscription, and at once when the signal is aborted', () => {
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
  });

  it('goes on at most maxContinuations times', async () => {
    const { partials, continueWith } = continuations(cut(eventsOf(rest), 3), from(eventsOf(rest)));
    const source = cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, maxContinuations: 1, continueWith }));

    await expect(run(source)).rejects.toBe(lost);
    expect(partials).toHaveLength(1);
  });

  it('withdraws thinking that does not count, and sends the request again', async () => {
    const thought = eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), 'Hello'] }));
    let count = 0;
    const source = defer(() => (++count === 1 ? cut(thought, 3) : from(thought)));
    const { continueWith } = continuations();
    const result = source.pipe(continueOnConnectionError({ ...atOnce, thinkingIsContent: false, continueWith }));

    expect(await run(result)).toEqual([...thought.slice(0, 3), restartAfter(lost, 2), ...thought]);
  });

  it('takes a stream that just ends for one that broke off', async () => {
    const { continueWith } = continuations(from(eventsOf(rest)));
    const result = from(events.slice(0, 3)).pipe(continueOnConnectionError({ ...atOnce, continueWith }), finalText());

    expect(await run(result)).toEqual(['The tide comes in.']);
  });

  it.each(['firstly', 'after content'])('understands a continuation that has a retry of its own, %s', async (when) => {
    const again = eventsOf(rest);
    const withdrawn = when === 'firstly' ? again.slice(0, 2) : again.slice(0, 3);
    const first = of<MessageStreamEvent[]>(...withdrawn, restartAfter(lost, 2), ...again);
    const { partials, continueWith } = continuations(first, from(eventsOf(buildMessage({ content: ' Slowly.' }))));
    const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

    expectOneMessage(seen);
    expect(partials).toHaveLength(when === 'firstly' ? 1 : 2);
    expect((await texts(seen)).join('')).toBe(when === 'firstly' ? 'The tide comes in.' : 'The tide comes in. Slowly.');
  });

  it('starts over with its source when a retry nearer to that one withdraws the message', async () => {
    const source = of<MessageStreamEvent[]>(...events.slice(0, 3), restartAfter(lost, 2), ...events.slice(0, 2));
    let count = 0;
    const twice = defer(() => (++count === 1 ? concat(source, failing(lost)) : from(events)));
    const { continueWith } = continuations();
    const seen = await run(twice.pipe(continueOnConnectionError({ ...atOnce, continueWith })));

    expect(seen.slice(-events.length)).toEqual(events);
    expect(seen.filter(({ type }) => type === 'message_restart')).toHaveLength(2);
  });

  describe('usage', () => {
    it('is that of all requests, with what each cost', async () => {
      const { continueWith } = continuations(cut(eventsOf(rest), 3), failing(lost), from(eventsOf(rest)));
      const seen = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));
      const total = {
        input_tokens: 5 + 12 + 12,
        output_tokens: 1 + 1 + 3,
        iterations: [
          { type: 'message', input_tokens: 5, output_tokens: 1 },
          { type: 'message', input_tokens: 12, output_tokens: 1 },
          { type: 'message', input_tokens: 12, output_tokens: 3 },
        ],
      };

      expect((await messageOf(seen)).usage).toMatchObject(total);
      expect(await lastValueFrom(from(seen).pipe(usage()))).toMatchObject(total);
    });

    it('is known as soon as a continuation begins', async () => {
      const { continueWith } = continuations(concat(from(eventsOf(rest).slice(0, 1)), NEVER));
      const source = cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith }), usage(), take(2));

      expect(await run(source)).toMatchObject([{ input_tokens: 5 }, { input_tokens: 17 }]);
    });

    it('is as the API sent it if nothing broke off', async () => {
      const { continueWith } = continuations();
      const result = from(events).pipe(continueOnConnectionError({ continueWith }), finalMessage());

      expect((await lastValueFrom(result)).usage).toEqual(whole.usage);
    });
  });

  it('leaves the request that goes on when the consumer leaves', () => {
    const second = new Subject<MessageStreamEvent>();
    const { continueWith } = continuations(second);
    const scheduler = new VirtualTimeScheduler();
    const subscription = cut(events, 3).pipe(continueOnConnectionError({ continueWith, scheduler })).subscribe();
    scheduler.flush();
    expect(second.observed).toBe(true);
    subscription.unsubscribe();

    expect(second.observed).toBe(false);
  });

  it('fails on events that are out of order, with what had arrived', async () => {
    const { continueWith } = continuations(of<MessageStreamEvent[]>({ type: 'content_block_stop', index: 3 }));
    const error: unknown = await run(cut(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith }))).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toMatchObject({ name: 'InvalidEventError', partial: { content: [textBlock('The tide ')] } });
  });

  it('passes on an error that comes after the whole message', async () => {
    const { partials, continueWith } = continuations();
    const source = cut(events, events.length).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

    await expect(run(source)).rejects.toBe(lost);
    expect(partials).toEqual([]);
  });

  describe('options', () => {
    const continueWith = (): Events => EMPTY;

    it('are refused at call time', () => {
      const none = {} as ContinueOnConnectionErrorOptions;

      expect(() => continueOnConnectionError(none)).toThrow(
        /^continueOnConnectionError: continueWith must be a function/,
      );
      expect(() => continueOnConnectionError({ continueWith, maxContinuations: -1 })).toThrow(
        new RangeError('continueOnConnectionError: maxContinuations must be a number of at least 0, got -1.'),
      );
      expect(() => continueOnConnectionError({ continueWith, maxRetries: NaN })).toThrow(RangeError);
    });

    it('type the result', () => {
      expectTypeOf(from(events).pipe(continueOnConnectionError({ continueWith }))).toEqualTypeOf<Events>();
    });
  });

  describe('behind streamMessage', () => {
    const params: MessageCreateParams = {
      model: 'claude-opus-5-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'What of the tide?' }],
    };

    it.each(['claude-opus-5-5', 'claude-sonnet-4-5'])('goes on by the rules of the model, %s', async (model) => {
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

        expect(await run(result)).toEqual(['The tide comes in.']);
        expect(server.requests).toHaveLength(2);
        const { messages } = server.requests[1]?.body as MessageCreateParams;
        expect(messages.map(({ role }) => role)).toEqual(
          model === 'claude-opus-5-5' ? ['user', 'assistant', 'user'] : ['user', 'assistant'],
        );
      } finally {
        await server.close();
      }
    });

    it('passes the cut on where the model has called a tool', async () => {
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

        await expect(run(result)).rejects.toBeInstanceOf(IncompleteMessageError);
        expect(server.requests).toHaveLength(1);
      } finally {
        await server.close();
      }
    });
  });
});
