import { EventOrder } from '../../src/protocol/eventOrder.js';
import { InvalidEventError, type AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';

const messageStart = (id = 'msg_0001', content: readonly object[] = []) => ({
  type: 'message_start',
  message: { ...buildMessage({ id }), content },
});
const messageDelta = { type: 'message_delta', delta: {}, usage: {} };
const messageStop: AnyEvent = { type: 'message_stop' };
const restart: AnyEvent = { type: 'message_restart' };
const ping: AnyEvent = { type: 'ping' };
const start = (index: number, type = 'text') => ({ type: 'content_block_start', index, content_block: { type } });
const delta = (index: number, type = 'text_delta') => ({ type: 'content_block_delta', index, delta: { type } });
const stop = (index: number) => ({ type: 'content_block_stop', index });

/** Takes all the events; each of them must be accepted. */
function orderAfter(...events: readonly AnyEvent[]): EventOrder {
  const order = new EventOrder();
  for (const event of events) expect(order.accept(event)).toBe(true);
  return order;
}

/** The error with which the event is refused. */
function faultOf(order: EventOrder, event: AnyEvent): InvalidEventError {
  try {
    order.accept(event);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
  throw new Error('the event was accepted');
}

describe('EventOrder', () => {
  it('accepts the events of a message, pings between them too', () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });
    const events = eventsOf(message, { pingEvery: 2 });
    const order = orderAfter(...events);

    expect(order.position).toBe(events.length);
    expect(order.complete).toBe(true);
  });

  describe('open and complete', () => {
    it.each<[string, AnyEvent[], 'open' | 'complete' | 'neither']>([
      ['before the first event', [], 'neither'],
      ['after a ping', [ping], 'neither'],
      ['after message_start', [messageStart()], 'open'],
      ['after message_delta', [messageStart(), messageDelta], 'open'],
      ['after message_stop', [messageStart(), messageStop], 'complete'],
      ['after a ping that follows it', [messageStart(), messageStop, ping], 'complete'],
      ['in the second message', [messageStart(), messageStop, messageStart('msg_0002')], 'open'],
      ['after the second', [messageStart(), messageStop, messageStart('msg_0002'), messageStop], 'complete'],
      ['after message_restart', [messageStart(), restart], 'neither'],
      ['after message_restart withdrew a whole message', [messageStart(), messageStop, restart], 'neither'],
      ['in the next attempt', [messageStart(), restart, messageStart()], 'open'],
    ])('%s', (_, events, expected) => {
      const order = orderAfter(...events);

      expect([order.open, order.complete]).toEqual([expected === 'open', expected === 'complete']);
    });
  });

  it('counts every event in its position, those that are ignored or refused too', () => {
    const order = orderAfter(messageStart(), start(0), stop(0));
    order.accept(stop(0));
    order.accept(messageStart());

    expect(order.position).toBe(5);
    expect(faultOf(order, delta(7)).position).toBe(5);
  });

  describe('ignores', () => {
    it.each<[string, AnyEvent[], AnyEvent]>([
      ['message_start again, with the same id', [messageStart()], messageStart()],
      ['message_start again, after content', [messageStart(), start(0), delta(0)], messageStart()],
      ['the stop of a block again', [messageStart(), start(0), stop(0)], stop(0)],
      ['the stop of a block that message_start brought', [messageStart('msg_0001', [textBlock('Hi')])], stop(0)],
      ['message_stop again', [messageStart(), messageStop], messageStop],
      ['a block that starts after the message', [messageStart(), messageStop], start(0)],
      ['a delta after the message', [messageStart(), start(0), messageStop], delta(0)],
      ['the stop of a block after the message', [messageStart(), start(0), messageStop], stop(0)],
      ['a message_delta after the message', [messageStart(), messageStop], messageDelta],
    ])('%s', (_, before, event) => {
      expect(orderAfter(...before).accept(event)).toBe(false);
    });
  });

  it('keeps what is open when message_start comes again', () => {
    const order = orderAfter(messageStart(), start(0));
    order.accept(messageStart());

    expect(order.accept(delta(0))).toBe(true);
  });

  it('accepts the same id again once its message has stopped or was withdrawn', () => {
    expect(orderAfter(messageStart(), messageStop, messageStart(), messageStop).complete).toBe(true);
    expect(orderAfter(messageStart(), start(0), restart, messageStart(), start(0)).open).toBe(true);
  });

  describe('refuses', () => {
    const withText = [messageStart(), start(0)];
    it.each<[string, AnyEvent[], AnyEvent]>([
      ['another message starts inside a message', [messageStart()], messageStart('msg_0002')],
      ['a content_block_start outside of a message', [], start(0)],
      ['a content_block_start outside of a message', [...withText, restart], start(1)],
      ['a content_block_stop outside of a message', [], stop(0)],
      ['a message_delta outside of a message', [], messageDelta],
      ['a message_delta outside of a message', [messageStart(), messageStop, restart], messageDelta],
      ['a message_stop outside of a message', [], messageStop],
      ['a message_stop outside of a message', [messageStart(), messageStop, restart], messageStop],
      ['a block that was started before', withText, start(0)],
      ['a block that was started before', [...withText, stop(0)], start(0)],
      ['a block that was started before', [messageStart('msg_0001', [textBlock('Hi')])], start(0)],
      ['a block index that is not 0 to 65535', [messageStart()], start(65_536)],
      ['a block index that is not 0 to 65535', [messageStart()], start(-1)],
      ['a block index that is not 0 to 65535', [messageStart()], start(NaN)],
      ['a delta for a block that was never started', [], delta(0)],
      ['a delta for a block that was never started', withText, delta(1)],
      ['a delta for a block that was never started', [...withText, messageStop, messageStart()], delta(0)],
      ['a delta for a block that was never started', [...withText, restart], delta(0)],
      ['a delta for a block that was never started', [...withText, restart, messageStart()], delta(0)],
      ['a delta for a block that has stopped', [...withText, stop(0)], delta(0)],
      ['a delta for a block that has stopped', [messageStart('msg_0001', [textBlock('Hi')])], delta(0)],
      ['the stop of a block that was never started', withText, stop(1)],
    ])('%s', (what, before, event) => {
      const fault = faultOf(orderAfter(...before), event);

      expect(fault.message).toContain(`The stream's events are out of order: ${what}.`);
      expect(fault.position).toBe(before.length);
      expect(fault.data).toBe(JSON.stringify(event).slice(0, 200));
    });
  });

  it.each([start(1), delta(0), stop(0), messageDelta, messageStop])(
    'ignores what goes on after a whole message: $type',
    (event) => {
      const order = orderAfter(messageStart(), start(0), stop(0), messageStop);

      expect(order.accept(event)).toBe(false);
      expect(order.complete).toBe(true);
    },
  );

  it('accepts the highest index that is believed', () => {
    expect(orderAfter(messageStart(), start(65_535), delta(65_535), stop(65_535)).position).toBe(4);
  });

  it('accepts blocks that interleave, in any order of their indexes', () => {
    const order = orderAfter(messageStart(), start(4), start(0), delta(4), delta(0), stop(4), delta(0), stop(0));

    expect(order.position).toBe(8);
  });

  describe('deltas and their blocks', () => {
    const deltas = [
      'text_delta',
      'citations_delta',
      'thinking_delta',
      'signature_delta',
      'input_json_delta',
      'compaction_delta',
    ];
    const allowed: Readonly<Record<string, readonly string[]>> = {
      text: ['text_delta', 'citations_delta'],
      thinking: ['thinking_delta', 'signature_delta'],
      tool_use: ['input_json_delta'],
      server_tool_use: ['input_json_delta'],
      mcp_tool_use: ['input_json_delta'],
      compaction: ['compaction_delta'],
    };
    const pairs = Object.keys(allowed).flatMap((block) => deltas.map((type): [string, string] => [block, type]));

    it.each(pairs.filter(([block, type]) => allowed[block]?.includes(type)))('a %s block takes a %s', (block, type) => {
      expect(orderAfter(messageStart(), start(0, block)).accept(delta(0, type))).toBe(true);
    });

    it.each(pairs.filter(([block, type]) => !allowed[block]?.includes(type)))(
      'a %s block refuses a %s',
      (block, type) => {
        const fault = faultOf(orderAfter(messageStart(), start(0, block)), delta(0, type));

        expect(fault.message).toContain(`a ${type} for a block of type ${block}`);
      },
    );

    it.each(['new_delta', 'constructor', '__proto__', 'toString'])(
      'any block takes a delta of unknown type: %s',
      (type) => {
        expect(orderAfter(messageStart(), start(0)).accept(delta(0, type))).toBe(true);
      },
    );

    it.each(['new_block', 'redacted_thinking', 'constructor'])('any delta goes with a block of type %s', (block) => {
      expect(orderAfter(messageStart(), start(0, block), ...deltas.map((type) => delta(0, type))).open).toBe(true);
    });
  });

  it('accepts events of unknown types anywhere', () => {
    const unknown: AnyEvent = { type: 'constructor' };

    expect(
      orderAfter(unknown, messageStart(), unknown, start(0), unknown, stop(0), messageStop, unknown).complete,
    ).toBe(true);
  });

  it('refuses what is nested too deep to be quoted', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));

    expect(faultOf(new EventOrder(), { ...stop(0), deep } as AnyEvent)).toMatchObject({ data: 'content_block_stop' });
  });
});
