import { EventOrder } from '../../src/protocol/eventOrder.js';
import { InvalidEventError, type AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  inputJsonDelta,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  textDelta,
  thinkingDelta,
} from '../support/events.js';

const second = messageStart({ id: 'msg_0002' });
const withContent = messageStart({ content: [textBlock('Hi')] });
const startOf = (index: number, type = 'text') => blockStart(index, { type });
/** A delta without its text, which is not a plain one. */
const deltaOf = (index: number, type = 'text_delta') => blockDelta(index, { type });

/** Creates an order and adds events to it, all of which must be accepted. */
function orderAfter(...events: readonly AnyEvent[]): EventOrder {
  const order = new EventOrder();
  for (const event of events) expect(order.accept(event)).toBe(true);
  return order;
}

/** Returns the error with which an event is rejected. */
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
  it('accepts the events of a message, with pings between them', () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });
    const events = eventsOf(message, { pingEvery: 2 });
    const order = orderAfter(...events);

    expect(order.position).toBe(events.length);
    expect(order.isComplete).toBe(true);
  });

  describe('isOpen and isComplete', () => {
    it.each<[string, AnyEvent[], 'open' | 'complete' | 'neither']>([
      ['before the first event', [], 'neither'],
      ['after a ping', [ping], 'neither'],
      ['after message_start', [messageStart()], 'open'],
      ['after message_delta', [messageStart(), messageDelta()], 'open'],
      ['after message_stop', [messageStart(), messageStop], 'complete'],
      ['after a ping that follows message_stop', [messageStart(), messageStop, ping], 'complete'],
      ['in a second message', [messageStart(), messageStop, second], 'open'],
      ['after the second message_stop', [messageStart(), messageStop, second, messageStop], 'complete'],
      ['after message_restart', [messageStart(), restart()], 'neither'],
      ['after message_restart has withdrawn a complete message', [messageStart(), messageStop, restart()], 'neither'],
      ['in the next attempt', [messageStart(), restart(), messageStart()], 'open'],
    ])('%s', (_, events, expected) => {
      const order = orderAfter(...events);

      expect([order.isOpen, order.isComplete]).toEqual([expected === 'open', expected === 'complete']);
    });
  });

  it('counts accepted and ignored events in its position, and reports it in the error', () => {
    const order = orderAfter(messageStart(), startOf(0), blockStop(0));
    order.accept(blockStop(0));
    order.accept(messageStart());

    expect(order.position).toBe(5);
    expect(faultOf(order, deltaOf(7)).position).toBe(5);
  });

  describe('ignores', () => {
    it.each<[string, AnyEvent[], AnyEvent]>([
      ['a repeated message_start with the same id', [messageStart()], messageStart()],
      ['a repeated message_start after content', [messageStart(), startOf(0), deltaOf(0)], messageStart()],
      ['a repeated stop of a block', [messageStart(), startOf(0), blockStop(0)], blockStop(0)],
      ['the stop of a block that message_start contains', [withContent], blockStop(0)],
      ['a repeated message_stop', [messageStart(), messageStop], messageStop],
      ['a block that starts after the message', [messageStart(), messageStop], startOf(0)],
      ['a delta after the message', [messageStart(), startOf(0), messageStop], deltaOf(0)],
      ['the stop of a block after the message', [messageStart(), startOf(0), messageStop], blockStop(0)],
      ['a message_delta after the message', [messageStart(), messageStop], messageDelta()],
    ])('%s', (_, before, event) => {
      expect(orderAfter(...before).accept(event)).toBe(false);
    });
  });

  it('keeps the open blocks when message_start is repeated', () => {
    const order = orderAfter(messageStart(), startOf(0));
    order.accept(messageStart());

    expect(order.accept(deltaOf(0))).toBe(true);
  });

  it('accepts the same id again once its message has stopped or been withdrawn', () => {
    expect(orderAfter(messageStart(), messageStop, messageStart(), messageStop).isComplete).toBe(true);
    expect(orderAfter(messageStart(), startOf(0), restart(), messageStart(), startOf(0)).isOpen).toBe(true);
  });

  describe('rejects', () => {
    const withText = [messageStart(), startOf(0)];
    it.each<[string, AnyEvent[], AnyEvent]>([
      ['a message_start inside another message', [messageStart()], second],
      ['a content_block_start outside a message', [], startOf(0)],
      ['a content_block_start outside a message', [...withText, restart()], startOf(1)],
      ['a content_block_stop outside a message', [], blockStop(0)],
      ['a message_delta outside a message', [], messageDelta()],
      ['a message_delta outside a message', [messageStart(), messageStop, restart()], messageDelta()],
      ['a message_stop outside a message', [], messageStop],
      ['a message_stop outside a message', [messageStart(), messageStop, restart()], messageStop],
      ['a content_block_start for a block that has already started', withText, startOf(0)],
      ['a content_block_start for a block that has already started', [...withText, blockStop(0)], startOf(0)],
      ['a content_block_start for a block that has already started', [withContent], startOf(0)],
      ['a block index that is not between 0 and 65535', [messageStart()], startOf(65_536)],
      ['a block index that is not between 0 and 65535', [messageStart()], startOf(-1)],
      ['a block index that is not between 0 and 65535', [messageStart()], startOf(NaN)],
      ['a delta for a block that was never started', [], deltaOf(0)],
      ['a delta for a block that was never started', withText, deltaOf(1)],
      ['a delta for a block that was never started', [...withText, messageStop, messageStart()], deltaOf(0)],
      ['a delta for a block that was never started', [...withText, restart()], deltaOf(0)],
      ['a delta for a block that was never started', [...withText, restart(), messageStart()], deltaOf(0)],
      ['a delta for a block that has stopped', [...withText, blockStop(0)], deltaOf(0)],
      ['a delta for a block that has stopped', [withContent], deltaOf(0)],
    ])('%s', (what, before, event) => {
      const fault = faultOf(orderAfter(...before), event);

      expect(fault.message).toContain(`The stream's events are out of order: ${what}.`);
      expect(fault.position).toBe(before.length);
      expect(fault.data).toBe(JSON.stringify(event).slice(0, 200));
    });
  });

  it.each([startOf(1), deltaOf(0), blockStop(0), messageDelta(), messageStop])(
    'ignores $type after a complete message',
    (event) => {
      const order = orderAfter(messageStart(), startOf(0), blockStop(0), messageStop);

      expect(order.accept(event)).toBe(false);
      expect(order.isComplete).toBe(true);
    },
  );

  it('ignores the stop of a block that was never started', () => {
    const order = orderAfter(messageStart());

    for (const stop of [blockStop(0), blockStop(7)]) expect(order.accept(stop)).toBe(false);
    for (const event of [startOf(0), deltaOf(0), blockStop(0), messageStop]) expect(order.accept(event)).toBe(true);
    expect(order.isComplete).toBe(true);
  });

  it('accepts the highest block index', () => {
    expect(orderAfter(messageStart(), startOf(65_535), deltaOf(65_535), blockStop(65_535)).position).toBe(4);
  });

  it('accepts interleaved blocks, in any order of their indexes', () => {
    const order = orderAfter(
      messageStart(),
      startOf(4),
      startOf(0),
      deltaOf(4),
      deltaOf(0),
      blockStop(4),
      deltaOf(0),
      blockStop(0),
    );

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
      compaction: ['compaction_delta', 'signature_delta'],
    };
    const pairs = Object.keys(allowed).flatMap((block) => deltas.map((type): [string, string] => [block, type]));

    it.each(pairs.filter(([block, type]) => allowed[block]?.includes(type)))(
      'a %s block accepts a %s',
      (block, type) => {
        expect(orderAfter(messageStart(), startOf(0, block)).accept(deltaOf(0, type))).toBe(true);
      },
    );

    it.each(pairs.filter(([block, type]) => !allowed[block]?.includes(type)))(
      'a %s block ignores a %s',
      (block, type) => {
        const order = orderAfter(messageStart(), startOf(0, block));

        expect(order.accept(deltaOf(0, type))).toBe(false);
        expect(order.accept(blockStop(0))).toBe(true);
      },
    );

    it.each(['new_delta', 'constructor', '__proto__', 'toString'])(
      'any block accepts a delta of the unknown type %s',
      (type) => {
        expect(orderAfter(messageStart(), startOf(0)).accept(deltaOf(0, type))).toBe(true);
      },
    );

    it.each(['new_block', 'redacted_thinking', 'constructor'])(
      'a block of the unknown type %s accepts any delta',
      (block) => {
        expect(orderAfter(messageStart(), startOf(0, block), ...deltas.map((type) => deltaOf(0, type))).isOpen).toBe(
          true,
        );
      },
    );
  });

  it('accepts events of unknown types anywhere', () => {
    const unknown: AnyEvent = { type: 'constructor' };

    expect(
      orderAfter(unknown, messageStart(), unknown, startOf(0), unknown, blockStop(0), messageStop, unknown).isComplete,
    ).toBe(true);
  });

  it('rejects an event that is nested too deep to be quoted', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));

    expect(faultOf(new EventOrder(), { ...blockStop(0), deep } as AnyEvent)).toMatchObject({
      data: 'content_block_stop',
    });
  });

  describe('acceptPlainDelta', () => {
    const plain: readonly [block: string, delta: AnyEvent][] = [
      ['text', textDelta('Hi').delta],
      ['thinking', thinkingDelta('Hm.').delta],
      ['tool_use', inputJsonDelta('{').delta],
      ['server_tool_use', inputJsonDelta('{').delta],
      ['mcp_tool_use', inputJsonDelta('{').delta],
    ];

    it.each(plain)('accepts a delta for a block of type %s, and counts it', (block, delta) => {
      const order = orderAfter(messageStart(), startOf(0, block));

      expect(order.acceptPlainDelta(blockDelta(0, delta))).toBe(true);
      expect(order.position).toBe(3);
    });

    it.each(plain)('accepts a delta for a block of type %s only for such a block that is open', (block, delta) => {
      const others = plain.filter(([, { type }]) => type !== delta.type).map(([other]) => other);
      const orders = [...others, 'hologram'].map((other) => orderAfter(messageStart(), startOf(0, other)));
      const stopped = orderAfter(messageStart(), startOf(0, block), blockStop(0));
      const otherIndex = orderAfter(messageStart(), startOf(1, block));

      for (const order of [...orders, stopped, otherIndex, new EventOrder()]) {
        const { position } = order;
        expect(order.acceptPlainDelta(blockDelta(0, delta))).toBe(false);
        expect(order.position).toBe(position);
      }
    });

    it.each<[string, object]>([
      ['a delta without its text', blockDelta(0, { type: 'text_delta' })],
      ['a text that is not a string', blockDelta(0, { type: 'text_delta', text: 7 })],
      ['a delta of another type', blockDelta(0, { type: 'signature_delta', text: 'Hi' })],
      ['no delta', { type: 'content_block_delta', index: 0 }],
      ['a delta that is null', { type: 'content_block_delta', index: 0, delta: null }],
      ['an index that is text', { type: 'content_block_delta', index: '0', delta: { type: 'text_delta', text: 'Hi' } }],
      ['another event with such fields', { ...blockDelta(0, { type: 'text_delta', text: 'Hi' }), type: 'new_event' }],
    ])('leaves %s to accept()', (_, event) => {
      const order = orderAfter(messageStart(), startOf(0));

      expect(order.acceptPlainDelta(event as AnyEvent)).toBe(false);
      expect(order.position).toBe(2);
    });

    it.each([
      ['thinking', { type: 'thinking_delta', thinking: null }],
      ['tool_use', { type: 'input_json_delta', partial_json: {} }],
    ])('leaves a delta for a block of type %s without a string to accept()', (block, delta) => {
      expect(orderAfter(messageStart(), startOf(0, block)).acceptPlainDelta(blockDelta(0, delta))).toBe(false);
    });
  });
});
