import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { concat, from, lastValueFrom, map, materialize, throwError, toArray, type OperatorFunction } from 'rxjs';
import {
  accumulateMessage,
  APIConnectionError,
  IncompleteMessageError,
  InvalidEventError,
  toolInputStatus,
  type AccumulateMessageOptions,
  type AnyEvent,
  type Message,
  type MessageStreamEvent,
  type TextCitation,
  type ToolUseBlock,
} from '../../src/index.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';

type Fields = Readonly<Record<string, unknown>>;

// The events, as loosely as they come from a server that is newer than their types.
const messageStart = (fields: Fields = {}) => ({ type: 'message_start', message: { ...opening, ...fields } });
const start = (index: number, content_block: AnyContentBlock) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, type: string, fields: Fields) => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...fields },
});
const text = (index: number, text: string) => delta(index, 'text_delta', { text });
const json = (index: number, partial_json: string) => delta(index, 'input_json_delta', { partial_json });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const messageDelta = (delta: Fields = {}, beside: Fields = { usage: {} }) => ({
  type: 'message_delta',
  delta,
  ...beside,
});
const messageStop: AnyEvent = { type: 'message_stop' };
const ping: AnyEvent = { type: 'ping' };
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

/** The message as `message_start` has it: no content, no stop reason. */
const opening: Message = buildMessage({ stop_reason: null, usage: { output_tokens: 1 } });
const messageWith = (...content: readonly AnyContentBlock[]): Message => buildMessage({ ...opening, content });

const citation: TextCitation = {
  type: 'page_location',
  cited_text: 'The grass is green.',
  document_index: 0,
  document_title: 'Grass',
  start_page_number: 1,
  end_page_number: 2,
};

/** All snapshots, each frozen in the moment in which it comes: who writes to it later throws. */
const snapshotsOf = (events: readonly AnyEvent[], options?: AccumulateMessageOptions): Promise<Message[]> =>
  lastValueFrom(
    from(deepFreeze(events)).pipe(
      accumulateMessage(options),
      map((message) => deepFreeze(message)),
      toArray(),
    ),
  );

/** The message after events that come in the middle of a stream. */
const messageAfter = async (...events: readonly AnyEvent[]): Promise<Message | undefined> =>
  (await snapshotsOf([...events, messageStop])).at(-1);

/** The message after events that follow a message_start. */
const messageOf = (...events: readonly AnyEvent[]) => messageAfter(messageStart(), ...events);

async function errorOf(events: readonly AnyEvent[], end?: Error): Promise<unknown> {
  const source =
    end === undefined
      ? from(events)
      : concat(
          from(events),
          throwError(() => end),
        );
  const last = (await lastValueFrom(source.pipe(accumulateMessage(), materialize(), toArray()))).at(-1);
  return last?.kind === 'E' ? last.error : undefined;
}

/** Where a newer value has a new reference although it says the same as the older one. */
function needlessCopies(older: unknown, newer: unknown, path = 'message'): string[] {
  if (older === newer || !isObject(older) || !isObject(newer)) return [];
  if (isDeepStrictEqual(older, newer) && statusOf(older) === statusOf(newer)) return [path];
  return Object.keys(newer).flatMap((key) => needlessCopies(older[key], newer[key], `${path}.${key}`));
}

/** How the input of a call stands: blocks, and what contains them, also differ by that. */
function statusOf(value: object): string {
  if ('input' in value) return toolInputStatus(value as ToolUseBlock).state;
  return Object.values(value).filter(isObject).map(statusOf).join();
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

describe('accumulateMessage', () => {
  itKeepsTheOperatorContract(accumulateMessage, {
    values: eventsOf(buildMessage({ content: 'Hello, world' })),
    empty: 'is incomplete',
  });

  describe('emit', () => {
    const events = {
      s: messageStart(),
      p: ping,
      b: start(0, textBlock('')),
      d: text(0, 'Hello'),
      e: text(0, ''),
      f: stop(0),
      u: { type: 'new_event' },
      m: messageDelta({ stop_reason: 'end_turn' }),
      z: messageStop,
    };
    const emitted = {
      0: opening,
      1: messageWith(textBlock('')),
      2: messageWith(textBlock('Hello')),
      3: { ...messageWith(textBlock('Hello')), stop_reason: 'end_turn' },
    };

    it(
      "'every', the default, emits after each event that changed the message, and on message_stop",
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold<AnyEvent>('--s-p-b-d-e-f-u-m-m-z-|', events);
        const subs = '                      ^---------------------!';
        const expected = '                  --0---1-2-------3---3-|';

        expectObservable(source.pipe(accumulateMessage())).toBe(expected, emitted);
        expectObservable(source.pipe(accumulateMessage({ emit: 'every' }))).toBe(expected, emitted);
        expectSubscriptions(source.subscriptions).toBe([subs, subs]);
      }),
    );

    it(
      "'block' emits after each block that stopped, and on message_stop",
      marbles(({ cold, expectObservable }) => {
        const source = cold<AnyEvent>('--s-p-b-d-e-f-u-m-m-z-|', events);
        const expected = '                  ------------2-------3-|';

        expectObservable(source.pipe(accumulateMessage({ emit: 'block' }))).toBe(expected, emitted);
      }),
    );

    it(
      "'final' emits on message_stop only",
      marbles(({ cold, expectObservable }) => {
        const source = cold<AnyEvent>('--s-p-b-d-e-f-u-m-m-z-|', events);
        const expected = '                  --------------------3-|';

        expectObservable(source.pipe(accumulateMessage({ emit: 'final' }))).toBe(expected, emitted);
      }),
    );

    it('takes nothing else', () => {
      // @ts-expect-error -- no such moment
      expect(() => accumulateMessage({ emit: 'never' })).toThrow(TypeError);
      expectTypeOf(accumulateMessage()).toEqualTypeOf<OperatorFunction<AnyEvent, Message>>();
    });
  });

  describe('ends with the message that was streamed', () => {
    it.each<[string, Message]>([
      ['without content', buildMessage()],
      ['text', buildMessage({ content: 'Hello, world' })],
      ['several texts', buildMessage({ content: ['Hello', '', ', world'] })],
      ['thinking', buildMessage({ content: [thinkingBlock('Let me see.', { signature: 'abc' }), 'Hello'] })],
      ['omitted thinking', buildMessage({ content: [thinkingBlock(''), 'Hello'] })],
      ['a tool call', buildMessage({ content: ['Wait.', toolUseBlock('get', { a: [1, { b: null }], c: 'd' })] })],
      ['a tool call without arguments', buildMessage({ content: [toolUseBlock('now')] })],
      ['citations', buildMessage({ content: [textBlock('Green.', { citations: [citation, citation] })] })],
      ['no citations', buildMessage({ content: [textBlock('Green.', { citations: [] })] })],
      ['null for citations', buildMessage({ content: [textBlock('Green.', { citations: null })] })],
      [
        'a compaction',
        buildMessage({ content: [{ type: 'compaction', content: 'In short', encrypted_content: 'x' }] }),
      ],
      ['redacted thinking', buildMessage({ content: [{ type: 'redacted_thinking', data: 'x' }, 'Hello'] })],
      [
        'a search by the server',
        buildMessage({
          content: [
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'grass' } },
            { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
          ],
        }),
      ],
      [
        'a call by MCP',
        buildMessage({
          content: [
            { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 'test', input: { a: 1 } },
            { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', is_error: false, content: [textBlock('1')] },
          ],
        }),
      ],
      ['an unknown block', buildMessage({ content: [{ type: 'new_block', deep: { list: [1] } }] })],
      ['a container', buildMessage({ container: { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' } })],
      [
        'a refusal',
        buildMessage({
          stop_reason: 'refusal',
          stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' },
        }),
      ],
      ['edits of the context', buildMessage({ context_management: { applied_edits: [{ type: 'clear' }] } })],
      ['more about its usage', buildMessage({ usage: { output_tokens_details: { thinking_tokens: 5 } } })],
    ])('%s', async (_, message) => {
      for (const emit of ['every', 'block', 'final'] as const) {
        const snapshots = await snapshotsOf(eventsOf(message, { deltaLength: 3 }), { emit });

        expect(snapshots.at(-1)).toStrictEqual(message);
      }
    });
  });

  describe('blocks', () => {
    it('gives a call without any delta the input that it began with', async () => {
      expect(await messageOf(start(0, toolUseBlock('now')), stop(0))).toStrictEqual(messageWith(toolUseBlock('now')));
    });

    it('shows the input of a call while it grows', async () => {
      const events = [messageStart(), start(0, toolUseBlock('get')), json(0, '{"city":"Pa'), json(0, 'ris"}'), stop(0)];
      const inputs = (await snapshotsOf([...events, messageStop])).map(({ content: [block] }) =>
        block?.type === 'tool_use' ? block.input : undefined,
      );

      expect(inputs).toStrictEqual([
        undefined,
        {},
        { city: 'Pa' },
        { city: 'Paris' },
        { city: 'Paris' },
        { city: 'Paris' },
      ]);
    });

    it.each([
      ['null', { citations: null }],
      ['empty', { citations: [] }],
      ['absent', {}],
    ])('collects citations where the list was %s', async (_, options) => {
      const message = await messageOf(
        start(0, textBlock('', options)),
        delta(0, 'citations_delta', { citation }),
        stop(0),
      );

      expect(message).toStrictEqual(messageWith(textBlock('', { citations: [citation] })));
    });

    it('keeps the last signature, and the last compaction', async () => {
      const message = await messageOf(
        start(0, thinkingBlock('', { signature: '' })),
        delta(0, 'signature_delta', { signature: 'abc' }),
        delta(0, 'signature_delta', { signature: 'def' }),
        start(1, { type: 'compaction', content: null }),
        delta(1, 'compaction_delta', { content: 'One' }),
        delta(1, 'compaction_delta', { content: 'Two' }),
      );

      expect(message).toStrictEqual(
        messageWith(thinkingBlock('', { signature: 'def' }), { type: 'compaction', content: 'Two' }),
      );
    });

    it('keeps deltas of unknown types, and unknown fields', async () => {
      const message = await messageOf(
        start(0, { ...textBlock(''), mood: 'calm' }),
        delta(0, 'mood_delta', { mood: 'er', score: 1 }),
        start(1, { type: 'new_block' }),
        delta(1, 'text_delta', { text: 'Hello' }),
        delta(1, 'new_delta', { parts: [1] }),
        delta(1, 'new_delta', { parts: [2] }),
      );

      expect(message).toStrictEqual(
        messageWith(
          { type: 'text', text: '', mood: 'calmer', score: 1 },
          { type: 'new_block', text: 'Hello', parts: [1, 2] },
        ),
      );
    });

    it('puts each delta into the block of its index, when blocks interleave', async () => {
      const message = await messageOf(
        start(1, textBlock('')),
        start(0, textBlock('')),
        text(0, 'A'),
        text(1, 'C'),
        text(0, 'B'),
        stop(1),
        text(0, '!'),
        stop(0),
      );

      expect(message).toStrictEqual(messageWith(textBlock('AB!'), textBlock('C')));
    });

    it('leaves no holes where the stream leaves indexes out', async () => {
      const events = [
        messageStart(),
        start(5, textBlock('')),
        text(5, 'C'),
        start(2, textBlock('A')),
        text(5, '!'),
        stop(5),
      ];
      const snapshots = await snapshotsOf([...events, start(3, textBlock('B')), text(2, '!'), messageStop]);

      expect(snapshots.map(({ content }) => content.map((block) => (block.type === 'text' ? block.text : '')))).toEqual(
        [[], [''], ['C'], ['A', 'C'], ['A', 'C!'], ['A', 'B', 'C!'], ['A!', 'B', 'C!'], ['A!', 'B', 'C!']],
      );
    });

    it('is by the model that took over, from its fallback block on', async () => {
      const fallback = { type: 'fallback', from: { model: 'model-a' }, to: { model: 'model-b' } };
      const events = [messageStart({ model: 'model-a' }), start(0, fallback), stop(0), messageStop];

      expect((await snapshotsOf(events)).map(({ model }) => model)).toEqual(['model-a', 'model-b', 'model-b']);
    });

    it('is by the model of the last fallback that message_start brings', async () => {
      const fallback = (model: string) => ({ type: 'fallback', from: { model: 'model-a' }, to: { model } });
      const message = await messageAfter(messageStart({ content: [fallback('model-b'), fallback('model-c')] }));

      expect(message?.model).toBe('model-c');
    });
  });

  describe('the message itself', () => {
    it('begins with the content that message_start brings, and goes on after it', async () => {
      const call = toolUseBlock('get', { a: 1 });
      const container = { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' };
      const begun = messageStart({ content: [call], stop_reason: 'tool_use', container });
      const [first, ...others] = await snapshotsOf([begun, start(1, textBlock('')), text(1, 'Hi'), messageStop]);

      expect(first).toStrictEqual({ ...messageWith(call), stop_reason: 'tool_use', container });
      expect(others.at(-1)).toStrictEqual({
        ...messageWith(call, textBlock('Hi')),
        stop_reason: 'tool_use',
        container,
      });
    });

    it('takes over what message_delta says, and what stands beside', async () => {
      const container = { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' };
      const stop_details = { type: 'refusal', category: null, explanation: null };
      const context_management = { applied_edits: [] };
      const message = await messageOf(
        messageDelta(
          { stop_reason: 'refusal', stop_sequence: null, stop_details, container, mood: 'calm' },
          { usage: { output_tokens: 5 }, context_management, beside: 1 },
        ),
      );

      expect(message).toStrictEqual({
        ...opening,
        stop_reason: 'refusal',
        stop_details,
        container,
        mood: 'calm',
        context_management,
        beside: 1,
        usage: { ...opening.usage, output_tokens: 5 },
      });
    });

    it('takes the last word of several message_deltas; null and what is left out say nothing', async () => {
      const message = await messageOf(
        messageDelta({ stop_reason: 'max_tokens', stop_sequence: 'END' }, { usage: { output_tokens: 5 } }),
        messageDelta({ stop_reason: null }, { usage: { output_tokens: 7, input_tokens: null } }),
        messageDelta({ stop_reason: 'end_turn', stop_sequence: null }, {}),
      );

      expect(message).toStrictEqual({
        ...opening,
        stop_reason: 'end_turn',
        stop_sequence: 'END',
        usage: { ...opening.usage, output_tokens: 7 },
      });
    });

    it('overwrites usage and never adds to it', async () => {
      const counts = { input_tokens: 30, output_tokens: 5, server_tool_use: { web_search_requests: 1 }, new_count: 2 };
      const message = await messageOf(
        messageDelta({}, { usage: counts }),
        messageDelta({}, { usage: { ...counts, output_tokens: 0 } }),
      );

      expect(message?.usage).toStrictEqual({ ...opening.usage, ...counts, output_tokens: 0 });
    });

    it('has its own type, whatever events say', async () => {
      expect((await messageOf(messageDelta({ type: 'x' }, { usage: {} })))?.type).toBe('message');
    });

    it('keeps fields named __proto__ as data, and pollutes nothing', async () => {
      const evil = JSON.parse('{"__proto__":{"polluted":1}}') as Fields;
      const message = await messageAfter(
        messageStart(evil),
        start(0, { type: 'new_block', ...evil }),
        delta(0, 'new_delta', evil),
        start(1, toolUseBlock('get')),
        json(1, JSON.stringify(evil)),
        messageDelta(evil, { usage: evil, ...evil }),
      );
      const [block, call] = message?.content ?? [];

      for (const object of [message, message?.usage, block, call && 'input' in call ? call.input : undefined]) {
        expect(Object.getOwnPropertyDescriptor(object, '__proto__')).toHaveProperty('value', { polluted: 1 });
        expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      }
      expect({}).not.toHaveProperty('polluted');
    });
  });

  describe('several messages and attempts', () => {
    it('emits messages that follow one another, one after the other', async () => {
      const [one, two] = [buildMessage({ content: 'One' }), buildMessage({ id: 'msg_0002', content: 'And two' })];
      const events = [...eventsOf(one), ping, ...eventsOf(two)];

      expect(await snapshotsOf(events, { emit: 'final' })).toStrictEqual([one, two]);
      expect(
        (await snapshotsOf(events)).map(({ content: [block] }) => Reflect.get(block ?? {}, 'text') as unknown),
      ).toEqual([undefined, '', 'One', 'One', 'One', undefined, '', 'And two', 'And two', 'And two']);
    });

    it('ignores a message_start that comes again', async () => {
      const message = buildMessage({ content: ['Hello', 'world'] });
      const [first, ...others] = eventsOf(message);
      const events = others.flatMap((event, i) => (i < 4 && first !== undefined ? [first, event] : [event]));

      expect(await snapshotsOf([...(first ? [first] : []), ...events])).toStrictEqual(
        await snapshotsOf(eventsOf(message)),
      );
    });

    it('ignores stops that come again', async () => {
      const events = [messageStart(), start(0, textBlock('')), stop(0), stop(0), messageStop, messageStop];

      expect(await snapshotsOf(events)).toHaveLength(3);
    });

    it('ignores what goes on after a whole message', async () => {
      const message = buildMessage({ content: 'Hello' });
      const noise = [text(0, '!'), stop(0), start(1, textBlock('more')), messageDelta({ stop_reason: 'refusal' })];

      expect(await snapshotsOf([...eventsOf(message), ...noise])).toStrictEqual(await snapshotsOf(eventsOf(message)));
    });

    it('starts over on message_restart, without a word', async () => {
      const message = buildMessage({ content: 'Hello, world' });
      const broken = eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), 'Hel'] }), { cutAt: 6 });
      const attempt = await snapshotsOf(eventsOf(message));

      expect((await snapshotsOf([...broken, restart, ...eventsOf(message)])).slice(-attempt.length)).toStrictEqual(
        attempt,
      );
      expect(await snapshotsOf([...broken, restart, restart, ...eventsOf(message)], { emit: 'final' })).toStrictEqual([
        message,
      ]);
    });
  });

  describe('snapshots', () => {
    it('keep the blocks that have not changed', async () => {
      const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 }), 'Bye'] });
      const snapshots = await snapshotsOf(eventsOf(message, { deltaLength: 2 }));
      const last = snapshots.at(-1);
      const withHello = snapshots.filter(({ content }) => content.length > 2);

      expect(withHello.length).toBeGreaterThan(5);
      for (const { content, usage } of withHello) {
        expect(content[0]).toBe(last?.content[0]);
        expect(content[1]).toBe(last?.content[1]);
        expect(usage === last?.usage).toBe(content.length > 3 && usage.output_tokens === message.usage.output_tokens);
      }
    });

    it('have a new reference where something changed', async () => {
      const snapshots = await snapshotsOf([
        messageStart(),
        start(0, textBlock('')),
        text(0, 'a'),
        text(0, 'b'),
        messageStop,
      ]);
      const [, one, two, three] = snapshots;

      expect(new Set([one, two, three]).size).toBe(3);
      expect(new Set([one?.content, two?.content, three?.content]).size).toBe(3);
      expect(new Set([one?.content[0], two?.content[0], three?.content[0]]).size).toBe(3);
    });

    it('keep the list of blocks when only the usage changed', async () => {
      const events = [
        messageStart(),
        start(0, textBlock('a')),
        messageDelta({}, { usage: { output_tokens: 5 } }),
        messageStop,
      ];
      const [, before, after] = await snapshotsOf(events);

      expect(after).not.toBe(before);
      expect(after?.content).toBe(before?.content);
    });

    it('do not come for what changes nothing, where indexes were left out too', async () => {
      const snapshots = await snapshotsOf([messageStart(), start(3, textBlock('a')), stop(3), ping, messageStop]);

      expect(snapshots).toHaveLength(3);
      expect(snapshots[2]).toBe(snapshots[1]);
    });

    it('do not come for a message_delta that repeats what is known', async () => {
      const again = messageDelta(
        { stop_reason: 'end_turn' },
        { usage: { server_tool_use: { web_search_requests: 1 } } },
      );
      const snapshots = await snapshotsOf([messageStart(), again, structuredClone(again), messageStop]);

      expect(snapshots).toHaveLength(3);
    });

    it('that message_stop completes is the very one before it, if nothing changed', async () => {
      const [last, before] = (await snapshotsOf(eventsOf(buildMessage({ content: 'Hello' })))).reverse();

      expect(last).toBe(before);
    });
  });

  describe('events out of order', () => {
    const text0 = [messageStart(), start(0, textBlock(''))];
    it.each<[string, AnyEvent[], AnyEvent]>([
      ['a message_start with another id', text0, messageStart({ id: 'msg_0002' })],
      ['a delta for a block that was never started', text0, text(1, 'x')],
      ['a delta for a block that has stopped', [...text0, stop(0)], text(0, 'x')],
      ['a delta of the wrong kind', text0, json(0, '{}')],
      ['a block that starts again', text0, start(0, textBlock(''))],
      ['the stop of a block that was never started', text0, stop(1)],
      ['a block outside of a message', [ping], start(0, textBlock(''))],
      ['a delta outside of a message', [ping, restart], text(0, 'x')],
      ['a message_delta outside of a message', [...text0, restart], messageDelta()],
      ['a message_stop outside of a message', [], messageStop],
    ])('fails at %s, with its position', async (_, before, event) => {
      const error = await errorOf([...before, event, ping]);

      expect(error).toBeInstanceOf(InvalidEventError);
      expect(error).toHaveProperty('position', before.length);
      expect(error).toHaveProperty('data', JSON.stringify(event).slice(0, 200));
    });

    it('fail with what had arrived as partial', async () => {
      expect(await errorOf([...text0, text(0, 'Hel'), text(1, 'x')])).toHaveProperty(
        'partial',
        messageWith(textBlock('Hel')),
      );
    });

    it('fail after the snapshots that came before', async () => {
      const notifications = await lastValueFrom(
        from([...text0, text(1, 'x'), stop(0)]).pipe(accumulateMessage(), materialize(), toArray()),
      );

      expect(notifications.map(({ kind }) => kind).join('')).toBe('NNE');
    });
  });

  describe('a stream that ends early', () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 'b' })] });
    const events = eventsOf(message, { deltaLength: 2, pingEvery: 4 });

    /** What was emitted before the failure: it has all that had arrived, since every change is emitted. */
    const snapshotsBefore = async (arrived: readonly AnyEvent[]) => {
      const source = from(arrived).pipe(accumulateMessage(), materialize(), toArray());
      return (await lastValueFrom(source)).flatMap(({ kind, value }) => (kind === 'N' ? [value] : []));
    };

    it.each(events.map((_, cutAt) => cutAt))('fails after %i events, with exactly these as partial', async (cutAt) => {
      const arrived = events.slice(0, cutAt);
      const snapshot = (await snapshotsBefore(arrived)).at(-1);
      const error = await errorOf(arrived);

      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect((error as IncompleteMessageError).partial).toStrictEqual(snapshot);
    });

    it('has the live input of a call that was cut in its partial', async () => {
      const error = await errorOf([messageStart(), start(0, toolUseBlock('get')), json(0, '{"a":[1,"tw')]);

      expect(error).toHaveProperty('partial', messageWith(toolUseBlock('get', { a: [1, 'tw'] })));
    });

    it.each([
      ['its fragments', [json(0, '{"a":[1'), json(0, '2'), json(0, ','), json(0, 't')]],
      [
        'those of a call between others',
        [json(0, '{"a":[1'), start(1, toolUseBlock('set')), json(0, '2'), json(0, ','), json(0, 't')],
      ],
    ])('has the whole text of a call that was cut, also what showed nothing: %s', async (_, arrived) => {
      const error = await errorOf([messageStart(), start(0, toolUseBlock('get')), ...arrived]);
      const [call] = (error as IncompleteMessageError).partial?.content ?? [];

      expect(call).toStrictEqual(toolUseBlock('get', { a: [12] }));
      expect(toolInputStatus(call as ToolUseBlock)).toStrictEqual({ raw: '{"a":[12,t', state: 'partial' });
    });

    it('has the last snapshot as partial where all text had shown', async () => {
      const arrived = [messageStart(), start(0, toolUseBlock('get')), json(0, '{"a":"tw')];

      expect(((await errorOf(arrived)) as IncompleteMessageError).partial?.content).toStrictEqual(
        (await snapshotsBefore(arrived)).at(-1)?.content,
      );
    });

    it('has no partial where no message had started', async () => {
      for (const arrived of [[], [ping], [messageStart(), restart]]) {
        const error = await errorOf(arrived);

        expect(error).toBeInstanceOf(IncompleteMessageError);
        expect(error).toHaveProperty('partial', undefined);
      }
    });

    it('has the second message as partial where the first was whole', async () => {
      const arrived = [...eventsOf(message), messageStart({ id: 'msg_0002' })];
      const error = await errorOf(arrived);

      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toHaveProperty('partial', { ...opening, id: 'msg_0002' });
    });

    it('fails too where a whole message was withdrawn and nothing followed', async () => {
      expect(await errorOf([...eventsOf(message), restart])).toBeInstanceOf(IncompleteMessageError);
    });
  });

  describe('errors that pass through', () => {
    const arrived = [messageStart(), start(0, textBlock('')), text(0, 'Hel')];

    it('get what had arrived as partial, if they are of the package', async () => {
      const error = new APIConnectionError('lost');

      expect(await errorOf(arrived, error)).toBe(error);
      expect(error.partial).toStrictEqual(messageWith(textBlock('Hel')));
    });

    it('get it also where snapshots are emitted at the end only', async () => {
      const error = new APIConnectionError('lost');
      const source = concat(
        from(arrived),
        throwError(() => error),
      ).pipe(accumulateMessage({ emit: 'final' }));

      await expect(lastValueFrom(source)).rejects.toBe(error);
      expect(error.partial).toStrictEqual(messageWith(textBlock('Hel')));
    });

    it('keep the partial that they have', async () => {
      const partial = buildMessage({ content: 'More' });
      const error = new APIConnectionError('lost', { partial });

      expect(await errorOf(arrived, error)).toBe(error);
      expect(error.partial).toBe(partial);
    });

    it('get the whole message if it had come, and nothing if nothing had', async () => {
      const [late, early] = [new APIConnectionError('late'), new APIConnectionError('early')];

      expect(await errorOf([...arrived, messageStop], late)).toBe(late);
      expect(await errorOf([ping], early)).toBe(early);
      expect([late.partial, early.partial]).toStrictEqual([messageWith(textBlock('Hel')), undefined]);
    });

    it('are not touched if they are not of the package', async () => {
      const error = Object.freeze(new Error('of the source'));

      expect(await errorOf(arrived, error)).toBe(error);
      expect(error).not.toHaveProperty('partial');
    });
  });

  describe('whatever the message is', () => {
    const runs = { seed: 20_260_101, numRuns: 300 };
    const anyText = fc.string({
      unit: fc.oneof(fc.constantFrom('a', ' ', '\n', '😀', '👩‍👩‍👧', 'é', '"', '\\'), fc.string()),
      maxLength: 12,
    });
    // As JSON has it: -0 is 0, and so is what JSON.stringify leaves out.
    const anyInput = fc
      .dictionary(fc.oneof(anyText, fc.constant('__proto__')), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
      .map((input) => JSON.parse(JSON.stringify(input)) as unknown);
    const anyBlock: fc.Arbitrary<AnyContentBlock> = fc.oneof(
      anyText.map((text) => textBlock(text)),
      fc
        .record({ text: anyText, quotes: fc.array(anyText, { maxLength: 3 }) })
        .map(({ text, quotes }) =>
          textBlock(text, { citations: quotes.map((cited_text) => ({ ...citation, cited_text })) }),
        ),
      fc.tuple(anyText, fc.string()).map(([thinking, signature]) => thinkingBlock(thinking, { signature })),
      fc.tuple(fc.string(), anyInput).map(([name, input]) => toolUseBlock(name, input)),
      fc.string().map((data) => ({ type: 'redacted_thinking', data })),
    );
    const anyMessage = fc
      .record({ content: fc.array(anyBlock, { maxLength: 4 }), output_tokens: fc.nat() })
      .map(({ content, output_tokens }) => buildMessage({ content, usage: { output_tokens } }));
    const anyCut = fc.record({
      deltaLength: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Infinity)),
      pingEvery: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Infinity)),
    });

    it('its events add up to it, however they are cut', async () => {
      await fc.assert(
        fc.asyncProperty(anyMessage, anyCut, async (message, cut) => {
          const last = (await snapshotsOf(eventsOf(message, cut))).at(-1);

          expect(isDeepStrictEqual(last, message)).toBe(true);
        }),
        runs,
      );
    });

    it('its snapshots differ, and share all that is the same', async () => {
      await fc.assert(
        fc.asyncProperty(anyMessage, anyCut, async (message, cut) => {
          const snapshots = (await snapshotsOf(eventsOf(message, cut))).slice(0, -1);

          expect(new Set(snapshots).size).toBe(snapshots.length);
          for (const [i, newer] of snapshots.entries()) expect(needlessCopies(snapshots[i - 1], newer)).toEqual([]);
        }),
        runs,
      );
    });

    it('its blocks may interleave', async () => {
      await fc.assert(
        fc.asyncProperty(anyMessage, anyCut, fc.infiniteStream(fc.nat()), async (message, cut, picks) => {
          const events = interleaved(eventsOf(message, cut), picks);
          const snapshots = await snapshotsOf(events);

          expect(isDeepStrictEqual(snapshots.at(-1), message)).toBe(true);
          // A block that starts before others moves them on: what stands at an index is then another.
          const copies = snapshots.flatMap((newer, i) =>
            newer.content.length === snapshots[i - 1]?.content.length ? needlessCopies(snapshots[i - 1], newer) : [],
          );
          expect(copies).toEqual([]);
        }),
        runs,
      );
    });

    /** Mixes the events of different blocks; those of one block stay in their order. */
    function interleaved(events: readonly AnyEvent[], picks: Iterator<number>): AnyEvent[] {
      const blocks = new Map<unknown, AnyEvent[]>();
      for (const event of events) {
        if (!('index' in event)) continue;
        blocks.set(event.index, [...(blocks.get(event.index) ?? []), event]);
      }
      const mixed: AnyEvent[] = [];
      for (let queues = [...blocks.values()]; queues.length > 0; queues = queues.filter(({ length }) => length > 0)) {
        const next = queues[(picks.next().value as number) % queues.length]?.shift();
        if (next !== undefined) mixed.push(next);
      }
      const others = events.filter((event) => !('index' in event));
      return [...others.slice(0, 1), ...mixed, ...others.slice(1)];
    }
  });
});
