import { CompactEvents } from '../../src/accumulate/compactEvents.js';
import { InvalidEventError, type AnyEvent, type Message, type MessageStreamEvent } from '../../src/index.js';
import { buildMessage, textBlock, toolUseBlock } from '../../src/testing/index.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  citationsDelta,
  inputJsonDelta,
  messageStart,
  messageStop,
  restart,
  textDelta,
} from '../support/events.js';
import { deepFreeze } from '../support/deepFreeze.js';

/** Compacts events. Freezes everything that goes in and comes out, so that a write to it would throw. */
function compact(events: readonly AnyEvent[]): readonly AnyEvent[] {
  const kept = new CompactEvents();
  for (const event of events) {
    kept.add(deepFreeze(event));
    deepFreeze(kept.events);
  }
  return kept.events;
}

const message: Message = buildMessage({ usage: { input_tokens: 7, output_tokens: 1 } });
const startOf = (id = 'msg_1', content: readonly object[] = []) =>
  messageStart({ ...message, id, content, stop_reason: null });
const text = (index: number, piece: string) => textDelta(piece, index);
const json = (index: number, partial_json: string) => inputJsonDelta(partial_json, index);
const citation = (cited_text: string) => ({ type: 'char_location', cited_text });
const cites = (index: number, cited: string) => citationsDelta(citation(cited), index);
const updates = (fields: object, used?: object, beside?: object): MessageStreamEvent =>
  ({ type: 'message_delta', delta: fields, ...(used && { usage: used }), ...beside }) as MessageStreamEvent;
const restartOf = (attempt: number) => restart({ attempt, delayMs: 500, error: `lost ${attempt}` });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id });

const emptyText = { type: 'text', text: '' };
const call = toolUseBlock('get', {}, { id: 'toolu_1' });

describe('CompactEvents', () => {
  it('has no events before the first one', () => {
    expect(new CompactEvents().events).toEqual([]);
    expect(new CompactEvents().isComplete).toBe(false);
  });

  it('keeps one delta of a block, with all its text', () => {
    const events = [startOf(), blockStart(0, emptyText), text(0, 'Hel'), text(0, 'lo, '), text(0, 'world')];

    expect(compact(events)).toEqual([...events.slice(0, 2), text(0, 'Hello, world')]);
  });

  it('adds the estimates of thinking tokens', () => {
    const thinks = (estimated_tokens: number | null) =>
      blockDelta(0, { type: 'thinking_delta', thinking: '', estimated_tokens });
    const events = [startOf(), blockStart(0, { type: 'thinking', thinking: '', signature: '' })];

    expect(compact([...events, thinks(50), thinks(null), thinks(100), thinks(null)])).toEqual([...events, thinks(150)]);
  });

  it('keeps one delta of thinking, and its signature in its start', () => {
    const thinks = (thinking: string) => blockDelta(0, { type: 'thinking_delta', thinking });
    const start = (signature: string) => blockStart(0, { type: 'thinking', thinking: '', signature });
    const signed = blockDelta(0, { type: 'signature_delta', signature: 'Eq==' });

    expect(compact([startOf(), start(''), thinks('Let '), thinks('me see'), signed, blockStop(0)])).toEqual([
      startOf(),
      start('Eq=='),
      thinks('Let me see'),
      blockStop(0),
    ]);
  });

  it('keeps the JSON of a call unchanged, and its start without input', () => {
    const events = [startOf(), blockStart(0, call), json(0, ''), json(0, '{"a" :1,'), json(0, ' "b": fal')];

    expect(compact(events)).toEqual([...events.slice(0, 2), json(0, '{"a" :1, "b": fal')]);
    expect(compact(events)[1]).toBe(events[1]);
  });

  it('keeps every citation at its place in the text', () => {
    const start = [startOf(), blockStart(0, { ...emptyText, citations: [citation('first')] })];

    expect(
      compact([...start, text(0, 'a'), text(0, 'b'), cites(0, 'x'), cites(0, 'y'), text(0, 'c'), text(0, 'd')]),
    ).toEqual([...start, text(0, 'ab'), cites(0, 'x'), cites(0, 'y'), text(0, 'cd')]);
  });

  it('does not join text and JSON in a block of an unknown type', () => {
    const start = [startOf(), blockStart(0, { type: 'hologram' })];
    const thinks = blockDelta(0, { type: 'thinking_delta', thinking: 'c' });

    expect(compact([...start, text(0, 'a'), json(0, 'b'), thinks, text(0, 'd')])).toEqual([
      ...start,
      text(0, 'a'),
      json(0, 'b'),
      thinks,
      text(0, 'd'),
    ]);
  });

  it('merges deltas of unknown types into the start of their block', () => {
    const start = (fields: object) => blockStart(0, { type: 'hologram', depth: 1, ...fields });
    const events = [
      startOf(),
      start({}),
      blockDelta(0, { type: 'light_delta', light: 'red', depth: 2 }),
      blockDelta(0, { type: 'light_delta', light: 'dish', points: [1] }),
      blockDelta(0, { type: 'light_delta', points: [2] }),
    ];

    expect(compact(events)).toEqual([startOf(), start({ light: 'reddish', depth: 2, points: [1, 2] })]);
  });

  it('merges the last compaction into the start of its block', () => {
    const start = (content: string | null) => blockStart(0, { type: 'compaction', content });
    const compaction = (content: string) => blockDelta(0, { type: 'compaction_delta', content });

    expect(compact([startOf(), start(null), compaction('a'), compaction('b')])).toEqual([startOf(), start('b')]);
  });

  it('keeps the last value of unknown fields of an event and of a delta', () => {
    const more = (piece: string, n: number) => ({ ...blockDelta(0, { type: 'text_delta', text: piece, n }), n });
    const start = [startOf(), { ...blockStart(0, emptyText), n: 0 }];

    expect(compact([...start, more('a', 1), more('b', 2)])).toEqual([...start, more('ab', 2)]);
  });

  it('keeps the indexes of blocks, even with gaps, and the order in which they start and stop', () => {
    const events = [
      startOf(),
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
      startOf(),
      blockStart(5, emptyText),
      text(5, 'acd'),
      blockStart(2, emptyText),
      text(2, 'b'),
      blockStop(2),
      blockStart(9, call),
      blockStop(5),
    ]);
  });

  it('keeps complete blocks of message_start there', () => {
    const start = startOf('msg_1', [textBlock('Hi'), toolUseBlock('get', { a: 1 })]);

    expect(compact([start, blockStart(2, emptyText)])).toEqual([start, blockStart(2, emptyText)]);
  });

  it('joins consecutive message_delta events: a later field overwrites, one that is null or missing does not', () => {
    const edits = { applied_edits: [1] };

    expect(
      compact([
        startOf(),
        updates({ stop_reason: null, container: { id: 'c' } }, { output_tokens: 3 }, { context_management: edits }),
        updates({ stop_reason: 'end_turn' }, { output_tokens: 5, input_tokens: null }),
        updates({ stop_reason: null }),
        updates({ stop_sequence: null }, { cache_read_input_tokens: 2 }),
      ]),
    ).toEqual([
      startOf(),
      updates(
        { stop_reason: 'end_turn', stop_sequence: null, container: { id: 'c' } },
        { output_tokens: 5, input_tokens: null, cache_read_input_tokens: 2 },
        { context_management: edits },
      ),
    ]);
  });

  it('joins message_delta events even if the first has no usage', () => {
    expect(compact([startOf(), updates({ stop_reason: 'end_turn' }), updates({}, { output_tokens: 5 })])).toEqual([
      startOf(),
      updates({ stop_reason: 'end_turn' }, { output_tokens: 5 }),
    ]);
  });

  it('does not join message_delta events before and after a block', () => {
    const events = [
      startOf(),
      updates({}, { output_tokens: 3 }),
      blockStart(0, emptyText),
      updates({}, { output_tokens: 4 }),
    ];

    expect(compact(events)).toEqual(events);
  });

  it('is complete once a message has stopped and none is open', () => {
    const kept = new CompactEvents();
    const whole = [startOf(), messageStop, { type: 'run_end' }, startOf('msg_2'), restartOf(2)].map((event) => {
      kept.add(event);
      return kept.isComplete;
    });

    expect(whole).toEqual([false, true, true, false, false]);
  });

  it('keeps several messages', () => {
    const events = [startOf(), messageStop, startOf('msg_2'), blockStart(0, emptyText), text(0, 'a')];

    expect(compact([...events, text(0, 'b')])).toEqual([...events.slice(0, -1), text(0, 'ab')]);
  });

  it('keeps events that are not the API’s in order, except a ping and a tool’s progress', () => {
    const events = [
      { type: 'hello' },
      startOf(),
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
      startOf(),
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
    const start = startOf('msg_1', [textBlock('Hi')]) as MessageStreamEvent & { readonly message: Message };
    const costing = (used: object) => ({
      ...start,
      message: { ...start.message, content: [], usage: { ...message.usage, ...used } },
    });

    it('keeps its usage, and the restart', () => {
      const error = new Error('lost');
      const again = { ...restartOf(2), error };
      const events = compact([start, blockStart(1, emptyText), text(1, 'a'), updates({}, { output_tokens: 4 }), again]);

      expect(events).toEqual([costing({ output_tokens: 4 }), again]);
      expect(events[1]).toBe(again);
    });

    it('keeps the usage of its start if nothing follows', () => {
      expect(compact([start, restartOf(2)])).toEqual([costing({}), restartOf(2)]);
    });

    it('drops everything that belongs to it, such as the results of its calls', () => {
      expect(compact([start, result('toolu_1'), restartOf(2)])).toEqual([costing({}), restartOf(2)]);
    });

    it('keeps what precedes it', () => {
      const before = [
        { type: 'hello' },
        startOf('msg_0'),
        blockStart(0, emptyText),
        blockStop(0),
        messageStop,
        result('toolu_0'),
      ];

      expect(compact([...before, start, restartOf(2), start])).toEqual([...before, costing({}), restartOf(2), start]);
    });

    it('keeps each restart, even of a message that had not started', () => {
      const events = [restartOf(2), restartOf(3), start, messageStop, restartOf(4)];

      expect(compact(events)).toEqual(events);
    });

    it('continues with the next message', () => {
      expect(compact([start, restartOf(2), start, blockStart(1, emptyText), text(1, 'a'), text(1, 'b')])).toEqual([
        costing({}),
        restartOf(2),
        start,
        blockStart(1, emptyText),
        text(1, 'ab'),
      ]);
    });
  });

  it('drops what is ignored: a repeated start or stop, and further events after a complete message', () => {
    const start = [startOf(), blockStart(0, emptyText), blockStop(0)];

    expect(compact([...start, startOf(), blockStop(0), messageStop, messageStop, text(0, 'a'), updates({})])).toEqual([
      ...start,
      messageStop,
    ]);
  });

  it('rejects an event out of order, and keeps its events', () => {
    const kept = new CompactEvents();
    kept.add(startOf());

    expect(() => {
      kept.add(text(0, 'a'));
    }).toThrow(InvalidEventError);
    expect(kept.events).toEqual([startOf()]);
  });

  it('has as many events as blocks and citations, however many were added', () => {
    const kept = new CompactEvents();
    kept.add(startOf());
    for (const index of [0, 1]) kept.add(blockStart(index, emptyText));
    kept.add(blockStart(2, call));
    for (let i = 0; i < 100_000; i += 1) {
      kept.add({ type: 'ping' });
      kept.add(text(i % 2, String(i % 10)));
      kept.add(json(2, ' '));
      if (i % 100 === 0) kept.add(updates({}, { output_tokens: i }));
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

  it('has events that do not change when more are added', () => {
    const kept = new CompactEvents();
    for (const event of [startOf(), blockStart(0, emptyText), text(0, 'a'), updates({}, { output_tokens: 2 })])
      kept.add(event);
    const { events } = kept;
    const before = structuredClone(events);
    for (const event of [text(0, 'b'), blockDelta(0, { type: 'odd_delta', odd: 1 }), updates({}, { output_tokens: 3 })])
      kept.add(event);

    expect(events).toEqual(before);
    expect(kept.events).not.toEqual(before);
  });
});
