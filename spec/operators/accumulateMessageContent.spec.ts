import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  citationsDelta,
  inputJsonDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  signatureDelta,
  textDelta,
} from '../support/events.js';
import {
  citation,
  messageAfter,
  messageDeltaWith,
  messageOf,
  messageWith,
  opening,
  snapshotsOf,
} from './support/snapshots.js';

describe('accumulateMessage: content', () => {
  describe('blocks', () => {
    it('keeps the input that a call started with if no delta follows', async () => {
      expect(await messageOf(blockStart(0, toolUseBlock('now')), blockStop())).toStrictEqual(
        messageWith(toolUseBlock('now')),
      );
    });

    it('shows the input of a call as it grows', async () => {
      const events = [
        messageStart(),
        blockStart(0, toolUseBlock('get')),
        inputJsonDelta('{"city":"Pa'),
        inputJsonDelta('ris"}'),
        blockStop(),
      ];
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
    ])('collects citations when the initial list is %s', async (_, options) => {
      const message = await messageOf(blockStart(0, textBlock('', options)), citationsDelta(citation), blockStop());

      expect(message).toStrictEqual(messageWith(textBlock('', { citations: [citation] })));
    });

    it('keeps the last signature, and the last compaction', async () => {
      const message = await messageOf(
        blockStart(0, thinkingBlock('', { signature: '' })),
        signatureDelta('abc'),
        signatureDelta('def'),
        blockStart(1, { type: 'compaction', content: null }),
        blockDelta(1, { type: 'compaction_delta', content: 'One' }),
        blockDelta(1, { type: 'compaction_delta', content: 'Two' }),
      );

      expect(message).toStrictEqual(
        messageWith(thinkingBlock('', { signature: 'def' }), { type: 'compaction', content: 'Two' }),
      );
    });

    it('preserves deltas of unknown types and unknown fields', async () => {
      const message = await messageOf(
        blockStart(0, { ...textBlock(''), mood: 'calm' }),
        blockDelta(0, { type: 'mood_delta', mood: 'er', score: 1 }),
        blockStart(1, { type: 'new_block' }),
        blockDelta(1, { type: 'text_delta', text: 'Hello' }),
        blockDelta(1, { type: 'new_delta', parts: [1] }),
        blockDelta(1, { type: 'new_delta', parts: [2] }),
      );

      expect(message).toStrictEqual(
        messageWith(
          { type: 'text', text: '', mood: 'calmer', score: 1 },
          { type: 'new_block', text: 'Hello', parts: [1, 2] },
        ),
      );
    });

    it('adds each delta to the block of its index when blocks interleave', async () => {
      const message = await messageOf(
        blockStart(1, textBlock('')),
        blockStart(0, textBlock('')),
        textDelta('A'),
        textDelta('C', 1),
        textDelta('B'),
        blockStop(1),
        textDelta('!'),
        blockStop(),
      );

      expect(message).toStrictEqual(messageWith(textBlock('AB!'), textBlock('C')));
    });

    it('has no holes in the content when the stream skips indexes', async () => {
      const events = [
        messageStart(),
        blockStart(5, textBlock('')),
        textDelta('C', 5),
        blockStart(2, textBlock('A')),
        textDelta('!', 5),
        blockStop(5),
      ];
      const snapshots = await snapshotsOf([...events, blockStart(3, textBlock('B')), textDelta('!', 2), messageStop]);

      expect(snapshots.map(({ content }) => content.map((block) => (block.type === 'text' ? block.text : '')))).toEqual(
        [[], [''], ['C'], ['A', 'C'], ['A', 'C!'], ['A', 'B', 'C!'], ['A!', 'B', 'C!'], ['A!', 'B', 'C!']],
      );
    });

    it('has the model that took over, from its fallback block on', async () => {
      const fallback = { type: 'fallback', from: { model: 'model-a' }, to: { model: 'model-b' } };
      const events = [messageStart({ model: 'model-a' }), blockStart(0, fallback), blockStop(), messageStop];

      expect((await snapshotsOf(events)).map(({ model }) => model)).toEqual(['model-a', 'model-b', 'model-b']);
    });

    it('has the model of the last fallback block in message_start', async () => {
      const fallback = (model: string) => ({ type: 'fallback', from: { model: 'model-a' }, to: { model } });
      const message = await messageAfter(messageStart({ content: [fallback('model-b'), fallback('model-c')] }));

      expect(message?.model).toBe('model-c');
    });
  });

  describe('the message itself', () => {
    it('starts with the content of message_start and continues after it', async () => {
      const call = toolUseBlock('get', { a: 1 });
      const container = { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' };
      const begun = messageStart({ content: [call], stop_reason: 'tool_use', container });
      const [first, ...others] = await snapshotsOf([
        begun,
        blockStart(1, textBlock('')),
        textDelta('Hi', 1),
        messageStop,
      ]);

      expect(first).toStrictEqual({ ...messageWith(call), stop_reason: 'tool_use', container });
      expect(others.at(-1)).toStrictEqual({
        ...messageWith(call, textBlock('Hi')),
        stop_reason: 'tool_use',
        container,
      });
    });

    it('takes the fields of the delta of a message_delta, and those beside it', async () => {
      const container = { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' };
      const stop_details = { type: 'refusal', category: null, explanation: null };
      const context_management = { applied_edits: [] };
      const message = await messageOf(
        messageDeltaWith(
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

    it('keeps the latest value of several message_deltas, and ignores null and missing fields', async () => {
      const message = await messageOf(
        messageDeltaWith({ stop_reason: 'max_tokens', stop_sequence: 'END' }, { usage: { output_tokens: 5 } }),
        messageDeltaWith({ stop_reason: null }, { usage: { output_tokens: 7, input_tokens: null } }),
        messageDeltaWith({ stop_reason: 'end_turn', stop_sequence: null }, {}),
      );

      expect(message).toStrictEqual({
        ...opening,
        stop_reason: 'end_turn',
        stop_sequence: 'END',
        usage: { ...opening.usage, output_tokens: 7 },
      });
    });

    it('overwrites usage counts and never adds to them', async () => {
      const counts = { input_tokens: 30, output_tokens: 5, server_tool_use: { web_search_requests: 1 }, new_count: 2 };
      const message = await messageOf(
        messageDeltaWith({}, { usage: counts }),
        messageDeltaWith({}, { usage: { ...counts, output_tokens: 0 } }),
      );

      expect(message?.usage).toStrictEqual({ ...opening.usage, ...counts, output_tokens: 0 });
    });

    it('keeps its type even if an event has another', async () => {
      expect((await messageOf(messageDeltaWith({ type: 'x' }, { usage: {} })))?.type).toBe('message');
    });

    it('keeps fields named __proto__ as own properties', async () => {
      const evil = JSON.parse('{"__proto__":{"polluted":1}}') as Readonly<Record<string, unknown>>;
      const message = await messageAfter(
        messageStart(evil),
        blockStart(0, { type: 'new_block', ...evil }),
        blockDelta(0, { type: 'new_delta', ...evil }),
        blockStart(1, toolUseBlock('get')),
        inputJsonDelta(JSON.stringify(evil), 1),
        messageDeltaWith(evil, { usage: evil, ...evil }),
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
    it('emits several messages one after the other', async () => {
      const [one, two] = [buildMessage({ content: 'One' }), buildMessage({ id: 'msg_0002', content: 'And two' })];
      const events = [...eventsOf(one), ping, ...eventsOf(two)];

      expect(await snapshotsOf(events, { emit: 'final' })).toStrictEqual([one, two]);
      expect(
        (await snapshotsOf(events)).map(({ content: [block] }) => Reflect.get(block ?? {}, 'text') as unknown),
      ).toEqual([undefined, '', 'One', 'One', 'One', undefined, '', 'And two', 'And two', 'And two']);
    });

    it('ignores a repeated message_start', async () => {
      const message = buildMessage({ content: ['Hello', 'world'] });
      const [first, ...others] = eventsOf(message);
      const events = others.flatMap((event, i) => (i < 4 && first !== undefined ? [first, event] : [event]));

      expect(await snapshotsOf([...(first ? [first] : []), ...events])).toStrictEqual(
        await snapshotsOf(eventsOf(message)),
      );
    });

    it('ignores repeated stops', async () => {
      const events = [messageStart(), blockStart(0, textBlock('')), blockStop(), blockStop(), messageStop, messageStop];

      expect(await snapshotsOf(events)).toHaveLength(3);
    });

    it('ignores events after a complete message', async () => {
      const message = buildMessage({ content: 'Hello' });
      const noise = [
        textDelta('!'),
        blockStop(),
        blockStart(1, textBlock('more')),
        messageDeltaWith({ stop_reason: 'refusal' }),
      ];

      expect(await snapshotsOf([...eventsOf(message), ...noise])).toStrictEqual(await snapshotsOf(eventsOf(message)));
    });

    it('starts over on message_restart and emits nothing for it', async () => {
      const message = buildMessage({ content: 'Hello, world' });
      const broken = eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), 'Hel'] }), { cutAt: 6 });
      const attempt = await snapshotsOf(eventsOf(message));

      expect((await snapshotsOf([...broken, restart(), ...eventsOf(message)])).slice(-attempt.length)).toStrictEqual(
        attempt,
      );
      expect(
        await snapshotsOf([...broken, restart(), restart(), ...eventsOf(message)], { emit: 'final' }),
      ).toStrictEqual([message]);
    });
  });
});
