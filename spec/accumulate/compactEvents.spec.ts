import { CompactEvents } from '../../src/accumulate/compactEvents.js';
import {
  InvalidEventError,
  type AnyEvent,
  type BetaContentBlock,
  type ContentBlock,
  type ContentBlockDelta,
  type Message,
  type MessageRestartEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, textBlock, toolUseBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';

/** The events that are kept of some. All that came in and went out is frozen: nothing may be written to it. */
function compact(events: readonly AnyEvent[]): readonly AnyEvent[] {
  const kept = new CompactEvents();
  for (const event of events) {
    kept.add(deepFreeze(event));
    deepFreeze(kept.events);
  }
  return kept.events;
}

const message: Message = buildMessage({ usage: { input_tokens: 7, output_tokens: 1 } });
const messageStart = (id = 'msg_1', content: readonly BetaContentBlock[] = []): MessageStreamEvent => ({
  type: 'message_start',
  message: { ...message, id, content: content as ContentBlock[], stop_reason: null },
});
const messageStop: MessageStreamEvent = { type: 'message_stop' };
const blockStart = (index: number, content_block: object): MessageStreamEvent => ({
  type: 'content_block_start',
  index,
  content_block: content_block as ContentBlock,
});
const blockDelta = (index: number, delta: object): MessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: delta as ContentBlockDelta,
});
const blockStop = (index: number): MessageStreamEvent => ({ type: 'content_block_stop', index });
const text = (index: number, piece: string) => blockDelta(index, { type: 'text_delta', text: piece });
const json = (index: number, partial_json: string) => blockDelta(index, { type: 'input_json_delta', partial_json });
const citation = (cited_text: string) => ({ type: 'char_location', cited_text });
const cites = (index: number, cited: string) =>
  blockDelta(index, { type: 'citations_delta', citation: citation(cited) });
const says = (fields: object, used?: object, beside?: object): MessageStreamEvent =>
  ({ type: 'message_delta', delta: fields, ...(used && { usage: used }), ...beside }) as MessageStreamEvent;
const restart = (attempt: number): MessageRestartEvent => ({
  type: 'message_restart',
  attempt,
  delayMs: 500,
  error: `lost ${attempt}`,
});
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id });

const emptyText = { type: 'text', text: '' };
const call = toolUseBlock('get', {}, { id: 'toolu_1' });

describe('CompactEvents', () => {
  it('has nothing before the first event', () => {
    expect(new CompactEvents().events).toEqual([]);
    expect(new CompactEvents().isComplete).toBe(false);
  });

  it('keeps one delta of a block, with all its text', () => {
    const events = [messageStart(), blockStart(0, emptyText), text(0, 'Hel'), text(0, 'lo, '), text(0, 'world')];

    expect(compact(events)).toEqual([...events.slice(0, 2), text(0, 'Hello, world')]);
  });

  it('keeps thinking in the same way, and its signature in its start', () => {
    const thinks = (thinking: string) => blockDelta(0, { type: 'thinking_delta', thinking });
    const start = (signature: string) => blockStart(0, { type: 'thinking', thinking: '', signature });
    const signed = blockDelta(0, { type: 'signature_delta', signature: 'Eq==' });

    expect(compact([messageStart(), start(''), thinks('Let '), thinks('me see'), signed, blockStop(0)])).toEqual([
      messageStart(),
      start('Eq=='),
      thinks('Let me see'),
      blockStop(0),
    ]);
  });

  it('keeps the JSON of a call as it came, and its start without input', () => {
    const events = [messageStart(), blockStart(0, call), json(0, ''), json(0, '{"a" :1,'), json(0, ' "b": fal')];

    expect(compact(events)).toEqual([...events.slice(0, 2), json(0, '{"a" :1, "b": fal')]);
    expect(compact(events)[1]).toBe(events[1]);
  });

  it('keeps every citation, where it stands in the text', () => {
    const start = [messageStart(), blockStart(0, { ...emptyText, citations: [citation('first')] })];

    expect(
      compact([...start, text(0, 'a'), text(0, 'b'), cites(0, 'x'), cites(0, 'y'), text(0, 'c'), text(0, 'd')]),
    ).toEqual([...start, text(0, 'ab'), cites(0, 'x'), cites(0, 'y'), text(0, 'cd')]);
  });

  it('does not join a text and a JSON, in a block whose type is not known', () => {
    const start = [messageStart(), blockStart(0, { type: 'hologram' })];
    const thinks = blockDelta(0, { type: 'thinking_delta', thinking: 'c' });

    expect(compact([...start, text(0, 'a'), json(0, 'b'), thinks, text(0, 'd')])).toEqual([
      ...start,
      text(0, 'a'),
      json(0, 'b'),
      thinks,
      text(0, 'd'),
    ]);
  });

  it('puts deltas that are not known into the start of their block', () => {
    const start = (fields: object) => blockStart(0, { type: 'hologram', depth: 1, ...fields });
    const events = [
      messageStart(),
      start({}),
      blockDelta(0, { type: 'light_delta', light: 'red', depth: 2 }),
      blockDelta(0, { type: 'light_delta', light: 'dish', points: [1] }),
      blockDelta(0, { type: 'light_delta', points: [2] }),
    ];

    expect(compact(events)).toEqual([messageStart(), start({ light: 'reddish', depth: 2, points: [1, 2] })]);
  });

  it('puts a compaction into the start of its block, the last one', () => {
    const start = (content: string | null) => blockStart(0, { type: 'compaction', content });
    const compaction = (content: string) => blockDelta(0, { type: 'compaction_delta', content });

    expect(compact([messageStart(), start(null), compaction('a'), compaction('b')])).toEqual([
      messageStart(),
      start('b'),
    ]);
  });

  it('keeps what is not known of an event and of a delta, the last of it', () => {
    const more = (piece: string, n: number) => ({ ...blockDelta(0, { type: 'text_delta', text: piece, n }), n });
    const start = [messageStart(), { ...blockStart(0, emptyText), n: 0 }];

    expect(compact([...start, more('a', 1), more('b', 2)])).toEqual([...start, more('ab', 2)]);
  });

  it('keeps the indexes of blocks, also where some are left out, and the order in which they start and stop', () => {
    const events = [
      messageStart(),
      blockStart(5, emptyText),
      blockStart(2, emptyText),
      text(5, 'a'),
      text(2, 'b'),
      text(5, 'c'),
      blockStop(2),
      blockStart(9, call),
      text(5, 'd'),
      blockStop(5),
    ];

    expect(compact(events)).toEqual([
      messageStart(),
      blockStart(5, emptyText),
      text(5, 'acd'),
      blockStart(2, emptyText),
      text(2, 'b'),
      blockStop(2),
      blockStart(9, call),
      blockStop(5),
    ]);
  });

  it('keeps the blocks that come whole in message_start there', () => {
    const start = messageStart('msg_1', [textBlock('Hi'), toolUseBlock('get', { a: 1 })]);

    expect(compact([start, blockStart(2, emptyText)])).toEqual([start, blockStart(2, emptyText)]);
  });

  it('joins what is said of the message: a later field counts, one that is null or left out does not', () => {
    const edits = { applied_edits: [1] };

    expect(
      compact([
        messageStart(),
        says({ stop_reason: null, container: { id: 'c' } }, { output_tokens: 3 }, { context_management: edits }),
        says({ stop_reason: 'end_turn' }, { output_tokens: 5, input_tokens: null }),
        says({ stop_reason: null }),
        says({ stop_sequence: null }, { cache_read_input_tokens: 2 }),
      ]),
    ).toEqual([
      messageStart(),
      says(
        { stop_reason: 'end_turn', stop_sequence: null, container: { id: 'c' } },
        { output_tokens: 5, input_tokens: null, cache_read_input_tokens: 2 },
        { context_management: edits },
      ),
    ]);
  });

  it('joins it also if the first says nothing of the usage', () => {
    expect(compact([messageStart(), says({ stop_reason: 'end_turn' }), says({}, { output_tokens: 5 })])).toEqual([
      messageStart(),
      says({ stop_reason: 'end_turn' }, { output_tokens: 5 }),
    ]);
  });

  it('keeps apart what is said before and after a block', () => {
    const events = [
      messageStart(),
      says({}, { output_tokens: 3 }),
      blockStart(0, emptyText),
      says({}, { output_tokens: 4 }),
    ];

    expect(compact(events)).toEqual(events);
  });

  it('is whole when a message has stopped and none is open', () => {
    const kept = new CompactEvents();
    const whole = [messageStart(), messageStop, { type: 'run_end' }, messageStart('msg_2'), restart(2)].map((event) => {
      kept.add(event);
      return kept.isComplete;
    });

    expect(whole).toEqual([false, true, true, false, false]);
  });

  it('keeps several messages', () => {
    const events = [messageStart(), messageStop, messageStart('msg_2'), blockStart(0, emptyText), text(0, 'a')];

    expect(compact([...events, text(0, 'b')])).toEqual([...events.slice(0, -1), text(0, 'ab')]);
  });

  it('keeps events that are not the API’s in their order, but for a ping and a tool’s progress', () => {
    const events = [
      { type: 'hello' },
      messageStart(),
      { type: 'ping' },
      blockStart(0, call),
      blockStop(0),
      { type: 'tool_progress' },
      blockStart(1, emptyText),
      text(1, 'a'),
      result('toolu_1'),
      text(1, 'b'),
      messageStop,
      { type: 'run_end' },
    ];

    expect(compact(events)).toEqual([
      { type: 'hello' },
      messageStart(),
      blockStart(0, call),
      blockStop(0),
      blockStart(1, emptyText),
      text(1, 'ab'),
      result('toolu_1'),
      messageStop,
      { type: 'run_end' },
    ]);
  });

  describe('when a message is withdrawn', () => {
    const start = messageStart('msg_1', [textBlock('Hi')]) as MessageStreamEvent & { readonly message: Message };
    const costing = (used: object) => ({
      ...start,
      message: { ...start.message, content: [], usage: { ...message.usage, ...used } },
    });

    it('keeps what it cost, and the restart', () => {
      const error = new Error('lost');
      const again = { ...restart(2), error };
      const events = compact([start, blockStart(1, emptyText), text(1, 'a'), says({}, { output_tokens: 4 }), again]);

      expect(events).toEqual([costing({ output_tokens: 4 }), again]);
      expect(events[1]).toBe(again);
    });

    it('keeps what its start says it cost, where nothing follows', () => {
      expect(compact([start, restart(2)])).toEqual([costing({}), restart(2)]);
    });

    it('forgets what came with it, such as the results of its calls', () => {
      expect(compact([start, result('toolu_1'), restart(2)])).toEqual([costing({}), restart(2)]);
    });

    it('keeps what stands before it', () => {
      const before = [
        { type: 'hello' },
        messageStart('msg_0'),
        blockStart(0, emptyText),
        blockStop(0),
        messageStop,
        result('toolu_0'),
      ];

      expect(compact([...before, start, restart(2), start])).toEqual([...before, costing({}), restart(2), start]);
    });

    it('keeps each restart, also of a message that had not started', () => {
      const events = [restart(2), restart(3), start, messageStop, restart(4)];

      expect(compact(events)).toEqual(events);
    });

    it('goes on with the next message', () => {
      expect(compact([start, restart(2), start, blockStart(1, emptyText), text(1, 'a'), text(1, 'b')])).toEqual([
        costing({}),
        restart(2),
        start,
        blockStart(1, emptyText),
        text(1, 'ab'),
      ]);
    });
  });

  it('leaves out what is ignored: a repeated start or stop, and what goes on after a whole message', () => {
    const start = [messageStart(), blockStart(0, emptyText), blockStop(0)];

    expect(compact([...start, messageStart(), blockStop(0), messageStop, messageStop, text(0, 'a'), says({})])).toEqual(
      [...start, messageStop],
    );
  });

  it('refuses an event that cannot come, and keeps what it has', () => {
    const kept = new CompactEvents();
    kept.add(messageStart());

    expect(() => {
      kept.add(text(0, 'a'));
    }).toThrow(InvalidEventError);
    expect(kept.events).toEqual([messageStart()]);
  });

  it('has as many events as blocks and citations, however many came', () => {
    const kept = new CompactEvents();
    kept.add(messageStart());
    for (const index of [0, 1]) kept.add(blockStart(index, emptyText));
    kept.add(blockStart(2, call));
    for (let i = 0; i < 100_000; i += 1) {
      kept.add({ type: 'ping' });
      kept.add(text(i % 2, String(i % 10)));
      kept.add(json(2, ' '));
      if (i % 100 === 0) kept.add(says({}, { output_tokens: i }));
    }
    const { events } = kept;

    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_start',
      'content_block_delta',
      'content_block_start',
      'content_block_delta',
      'message_delta',
    ]);
    expect(events[2]).toEqual(text(0, '02468'.repeat(10_000)));
  });

  it('has events that do not change when more comes', () => {
    const kept = new CompactEvents();
    for (const event of [messageStart(), blockStart(0, emptyText), text(0, 'a'), says({}, { output_tokens: 2 })])
      kept.add(event);
    const { events } = kept;
    const before = structuredClone(events);
    for (const event of [text(0, 'b'), blockDelta(0, { type: 'odd_delta', odd: 1 }), says({}, { output_tokens: 3 })])
      kept.add(event);

    expect(events).toEqual(before);
    expect(kept.events).not.toEqual(before);
  });
});
