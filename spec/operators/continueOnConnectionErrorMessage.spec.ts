import { concat, defer, from, lastValueFrom, NEVER, of, take } from 'rxjs';
import {
  AnthropicError,
  APIConnectionError,
  BadRequestError,
  finalMessage,
  toolUses,
  usage,
  type Message,
  type MessageStreamEvent,
} from '../../src/index.js';
import { continueOnConnectionError } from '../../src/operators/continueOnConnectionError.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { blockStart, inputJsonDelta, ping, textDelta } from '../support/events.js';
import {
  type Events,
  lost,
  whole,
  rest,
  events,
  failing,
  failingAfter,
  untilDelta,
  continuations,
  restartAfter,
  atOnce,
  valuesOf,
  texts,
  messageOf,
  textIn,
  partialOf,
  typesOf,
  expectOneMessage,
} from './support/continuations.js';

describe('continueOnConnectionError: the continued message', () => {
  describe('the message', () => {
    it('has the text of the continuation in the same block', async () => {
      const { partials, continueWith } = continuations(from(eventsOf(rest)));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect(partials).toEqual([expect.objectContaining({ id: 'msg_1', content: [textBlock('The tide ')] })]);
      expect(await messageOf(seen)).toEqual({ ...whole, usage: expect.anything() as unknown });
    });

    it('has the text once, wherever and however often the connection is lost', async () => {
      const message = buildMessage({ content: 'In the beginning there was a tide, and it came in.' });
      const [text] = message.content.map((block) => (block.type === 'text' ? block.text : ''));
      const list = eventsOf(message, { deltaLength: 3 });
      for (let count = 3; count < list.length - 2; count += 1) {
        const next = (partial: Message): Events => {
          const [block] = partial.content;
          const done = block?.type === 'text' ? block.text : '';
          return failingAfter(
            eventsOf(buildMessage({ content: text?.slice(done.length) ?? '' }), { deltaLength: 3 }),
            4,
          );
        };
        const source = failingAfter(list, count).pipe(
          continueOnConnectionError({ ...atOnce, maxContinuations: 100, continueWith: next }),
        );
        // Each continuation fails after two deltas. The last one has no text left.
        const seen: MessageStreamEvent[] = [];
        const error: unknown = await source.forEach((event) => seen.push(event)).catch((thrown: unknown) => thrown);

        expect((await texts(seen)).join('')).toBe(text);
        expect(textIn((error as AnthropicError).partial)).toBe(text);
      }
    });

    it('has no repeated white space where the continuation starts', async () => {
      const again = buildMessage({ content: ' \ncomes in.' });
      const { continueWith } = continuations(from(eventsOf(again, { deltaLength: 1 })));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expect((await texts(seen)).join('')).toBe('The tide \ncomes in.');
    });

    it('has new blocks after those that had arrived', async () => {
      const before = buildMessage({ content: [thinkingBlock('Hm.'), textBlock('One.'), textBlock('Two is ')] });
      const after = buildMessage({
        content: [textBlock('two.'), toolUseBlock('count', { to: 3 }), textBlock('Three.')],
      });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await valuesOf(
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

    it('has a new text block if the last one had stopped', async () => {
      const { continueWith } = continuations(from(eventsOf(rest)));
      const stopped = events.findIndex(({ type }) => type === 'content_block_stop') + 1;
      const seen = await valuesOf(
        failingAfter(events, stopped).pipe(continueOnConnectionError({ ...atOnce, continueWith })),
      );

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([textBlock('The tide comes in.'), textBlock('comes in.')]);
    });

    it('has its text in one block if the continuation starts with thinking', async () => {
      const after = buildMessage({ content: [thinkingBlock('Where was I?'), textBlock('comes in.')] });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([textBlock('The tide comes in.'), after.content[0]]);
    });

    it('stops the open block first if the continuation has no text', async () => {
      const after = buildMessage({ content: [toolUseBlock('look', {})] });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect(typesOf(seen).slice(3)).toEqual([
        'message_reconnect',
        'message_delta',
        'content_block_stop 0',
        'content_block_start 1',
        'content_block_delta 1',
        'content_block_stop 1',
        'message_delta',
        'message_stop',
      ]);
    });

    it('is complete if the continuation is empty', async () => {
      const { continueWith } = continuations(from(eventsOf(buildMessage({ content: [] }))));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual([textBlock('The tide ')]);
    });

    it('has the content in the message_start of the continuation', async () => {
      const [begin, , , , ...end] = eventsOf(rest) as [MessageStreamEvent, ...MessageStreamEvent[]];
      const full = { ...begin, message: { ...rest, stop_reason: null } } as MessageStreamEvent;
      const { continueWith } = continuations(of(full, ...end));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect((await messageOf(seen)).content).toEqual(whole.content);
    });

    it('has the citations of a block that starts with them', async () => {
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
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expect((await messageOf(seen)).content).toEqual([
        { ...textBlock('The tide It comes in.'), citations: [citation] },
      ]);
    });

    it('has the pings of the continuation among its events', async () => {
      const { continueWith } = continuations(from(eventsOf(rest, { pingEvery: 1 })));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));

      expectOneMessage(seen);
      expect(seen.filter(({ type }) => type === 'ping')).toEqual(Array(5).fill(ping));
    });

    it('passes on a frozen error', async () => {
      const error = Object.freeze(new BadRequestError('Bad request', { status: 400 }));
      const { continueWith } = continuations(from(eventsOf(rest)));
      const source = failingAfter(events, 3, error).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

      await expect(lastValueFrom(source)).rejects.toBe(error);
    });

    it('is made of frozen events without changing them', async () => {
      const { continueWith } = continuations(from(deepFreeze(eventsOf(rest))));
      const seen = await valuesOf(
        failingAfter(deepFreeze(events), 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })),
      );

      expect((await messageOf(seen)).content).toEqual(whole.content);
    });
  });

  describe('a block that cannot be continued', () => {
    const withTool = buildMessage({ content: ['Let me look.', toolUseBlock('look', { at: 'the tide table' })] });

    it('is stopped: an open tool call never runs', async () => {
      const after = buildMessage({ content: [toolUseBlock('look', { at: 'the moon' })], stop_reason: 'tool_use' });
      const { partials, continueWith } = continuations(from(eventsOf(after)));
      const interrupted = untilDelta(withTool, 5);
      const seen = await valuesOf(
        concat(from(interrupted), failing(lost)).pipe(continueOnConnectionError({ ...atOnce, continueWith })),
      );

      expectOneMessage(seen);
      expect(partials[0]?.content).toHaveLength(2);
      expect(await valuesOf(from(seen).pipe(toolUses()))).toEqual(after.content);
      expect((await messageOf(seen)).content).toHaveLength(3);
    });

    it('is stopped: a tool call whose last bracket had arrived never runs either', async () => {
      const begin = untilDelta(buildMessage({ content: 'One' }), 1);
      const call = blockStart(1, toolUseBlock('look', {}));
      const [firstHalf, secondHalf] = [inputJsonDelta('{"at":"x"', 1), inputJsonDelta('}', 1)];
      const between = textDelta(' and ');
      const after = buildMessage({ content: 'two.', stop_reason: 'tool_use' });
      const { continueWith } = continuations(from(eventsOf(after)));
      const seen = await valuesOf(
        concat(from([...begin, call, firstHalf, between, secondHalf]), failing(lost)).pipe(
          continueOnConnectionError({ ...atOnce, continueWith }),
        ),
      );

      expectOneMessage(seen);
      expect(await valuesOf(from(seen).pipe(toolUses()))).toEqual([]);
    });

    it('is stopped: open thinking remains unsigned', async () => {
      const before = buildMessage({ content: ['First, ', thinkingBlock('second comes next')] });
      const { continueWith } = continuations(from(eventsOf(buildMessage({ content: 'second.' }))));
      const seen = await valuesOf(
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
      ['a tool call is complete', withTool, Infinity],
      ['there is a stop reason', whole, Infinity],
    ])('passes the original error on if %s', async (_, message, deltas) => {
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

    it('passes the original error on if continueWith throws an AnthropicError', async () => {
      const source = failingAfter(events, 3).pipe(
        continueOnConnectionError({
          ...atOnce,
          continueWith: () => {
            throw new AnthropicError('structured output');
          },
        }),
      );

      await expect(valuesOf(source)).rejects.toBe(lost);
    });

    it('fails with any other error that continueWith throws', async () => {
      const bug = new TypeError('params is not defined');
      const source = failingAfter(events, 3).pipe(
        continueOnConnectionError({
          ...atOnce,
          continueWith: () => {
            throw bug;
          },
        }),
      );

      await expect(valuesOf(source)).rejects.toBe(bug);
    });

    it('is withdrawn with the message with whenStarted: restart', async () => {
      const list = untilDelta(withTool, Infinity);
      const complete = eventsOf(withTool);
      let count = 0;
      const source = defer(() => (++count === 1 ? failingAfter(complete, complete.length - 1) : from(complete)));
      const { continueWith } = continuations();
      const seen = await valuesOf(
        source.pipe(continueOnConnectionError({ ...atOnce, whenStarted: 'restart', continueWith })),
      );

      expect(list).toEqual([]);
      expect(seen).toEqual([...complete.slice(0, -1), restartAfter(lost, 2), ...complete]);
    });
  });

  describe('the next message of a tool run that a service forwards', () => {
    const called = eventsOf(buildMessage({ content: ['I look.', toolUseBlock('look')] }));
    const next = [...called, ...eventsOf({ ...whole, id: 'msg_3' }, { deltaLength: 9 }).slice(0, 3)];

    it.each<[string, readonly MessageStreamEvent[]]>([
      ['', next],
      [', which has started again', [...called, restartAfter(lost, 2), ...next.slice(called.length)]],
      [', of which nothing is left', [...next, restartAfter(lost, 2)]],
    ])('is not continued, and the run is not repeated%s', async (_, list) => {
      const { partials, continueWith } = continuations();
      let count = 0;
      const source = defer(() => (++count === 1 ? failingAfter(list, list.length) : failing(new Error('again'))));

      await expect(valuesOf(source.pipe(continueOnConnectionError({ ...atOnce, continueWith })))).rejects.toBe(lost);
      expect([partials, count]).toEqual([[], 1]);
    });

    it('is not continued either if the first message was', async () => {
      const { partials, continueWith } = continuations(
        failingAfter([...eventsOf(rest), ...eventsOf(whole)], eventsOf(rest).length + 4),
      );
      const result = failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith }));

      await expect(valuesOf(result)).rejects.toBe(lost);
      expect(partials).toHaveLength(1);
    });

    it('is withdrawn, and the run is repeated, with whenStarted: restart', async () => {
      const { partials, continueWith } = continuations();
      let count = 0;
      const source = defer(() => (++count === 1 ? failingAfter(next, next.length) : from(called)));
      const options = { ...atOnce, continueWith, whenStarted: 'restart' } as const;
      const seen = await valuesOf(source.pipe(continueOnConnectionError(options)));

      expect(seen).toEqual([...next, restartAfter(lost, 2), ...called]);
      expect(partials).toEqual([]);
    });
  });

  describe('usage', () => {
    it('is the total of all requests, with the usage of each', async () => {
      const { continueWith } = continuations(failingAfter(eventsOf(rest), 3), failing(lost), from(eventsOf(rest)));
      const seen = await valuesOf(failingAfter(events, 3).pipe(continueOnConnectionError({ ...atOnce, continueWith })));
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

    it('includes a continuation as soon as it starts', async () => {
      const { continueWith } = continuations(concat(from(eventsOf(rest).slice(0, 1)), NEVER));
      const source = failingAfter(events, 3).pipe(
        continueOnConnectionError({ ...atOnce, continueWith }),
        usage(),
        take(2),
      );

      expect(await valuesOf(source)).toMatchObject([{ input_tokens: 5 }, { input_tokens: 17 }]);
    });

    it('is as the API sent it if there was no continuation', async () => {
      const { continueWith } = continuations();
      const result = from(events).pipe(continueOnConnectionError({ continueWith }), finalMessage());

      expect((await lastValueFrom(result)).usage).toEqual(whole.usage);
    });
  });
});
