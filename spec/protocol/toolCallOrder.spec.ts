import type { MessageStreamEvent } from '../../src/index.js';
import { buildMessage, textBlock, toolUseBlock } from '../../src/testing/index.js';
import { ToolCallOrder } from '../../src/protocol/toolCallOrder.js';
import { blockStart } from '../support/events.js';
import { call, letters, restart, stops } from '../tools/support/turns.js';

const nothing = { isWithdrawal: false, confirmed: [] };
const withdrawn = { isWithdrawal: true, confirmed: [] };

/** Adds the events, and returns the step of the last one. */
function lastStep(...events: MessageStreamEvent[]) {
  const order = new ToolCallOrder();
  return events.map((event) => order.add(event)).at(-1);
}

const { s, A, a, B, b, T, m, M, z } = letters;
const fallback = blockStart(4, { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } });

describe('ToolCallOrder', () => {
  it.each<[string, MessageStreamEvent[], unknown]>([
    ['its own stop does not confirm a call', [s, A, a], nothing],
    ['the next block confirms it', [s, A, a, B], { isWithdrawal: false, confirmed: [0] }],
    ['a block of another type confirms it', [s, A, a, T], { isWithdrawal: false, confirmed: [0] }],
    ['the stop reason tool_use confirms it', [s, A, a, m], { isWithdrawal: false, confirmed: [0] }],
    ['the next block does not confirm an open call', [s, A, B], nothing],
    ['the stop reason does not confirm an open call', [s, A, m], nothing],
    [
      'calls are confirmed in the order in which they stop',
      [s, A, B, b, a, m],
      { isWithdrawal: false, confirmed: [1, 0] },
    ],
    ['a call is confirmed only once', [s, A, a, T, m], nothing],
    ['end_turn does not confirm a call', [s, A, a, M], nothing],
    ['max_tokens does not confirm a call', [s, A, a, stops('max_tokens')], nothing],
    ['message_stop does not confirm a call', [s, A, a, z], nothing],
    ['a refusal withdraws all calls', [s, A, a, B, stops('refusal')], withdrawn],
    ['a call that a refusal has withdrawn is never confirmed', [s, A, a, stops('refusal'), m], nothing],
    ['a fallback block withdraws all calls', [s, A, a, fallback], withdrawn],
    ['a call that a fallback has withdrawn is never confirmed', [s, A, a, fallback, m], nothing],
    ['a restart withdraws all calls', [s, A, a, restart], withdrawn],
    ['a restart withdraws an open call too', [s, A, restart, a, m], nothing],
    ['a second message withdraws the calls of the first', [s, A, a, s], withdrawn],
  ])('%s', (_, events, step) => {
    expect(lastStep(...events)).toEqual(step);
  });

  it('treats the calls in message_start as stopped', () => {
    const content = [call('a'), toolUseBlock('b')];
    const start = (stop_reason: 'tool_use' | null): MessageStreamEvent => ({
      type: 'message_start',
      message: { ...buildMessage({ content }), stop_reason },
    });

    expect(lastStep(start(null))).toEqual(withdrawn);
    expect(lastStep(start(null), m)).toEqual({ isWithdrawal: false, confirmed: [0, 1] });
    expect(lastStep(start('tool_use'))).toEqual({ isWithdrawal: true, confirmed: [0, 1] });
  });

  it('ignores the calls in message_start that precede a fallback block', () => {
    const block = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } } as const;
    const start: MessageStreamEvent = {
      type: 'message_start',
      message: buildMessage({ content: [call('a'), block, call('b')] }),
    };

    expect(lastStep(start)).toEqual({ isWithdrawal: true, confirmed: [2] });
  });

  it('lists the calls that the model has not moved on from, in the order of their blocks', () => {
    const order = new ToolCallOrder();
    for (const event of [s, A, B, b]) order.add(event);
    expect(order.unconfirmed).toEqual([0, 1]); // 0 is open, 1 has stopped

    order.add(T);
    expect(order.unconfirmed).toEqual([0]);
  });

  it('does not take blocks of other types for calls', () => {
    const apiCall = { ...toolUseBlock('web_search'), type: 'server_tool_use' };
    const message = buildMessage({ content: [textBlock('.'), call('a'), apiCall], stop_reason: null });
    const start: MessageStreamEvent = { type: 'message_start', message };
    const order = new ToolCallOrder();
    order.add(start);
    expect(order.unconfirmed).toEqual([1]);

    order.add(T);
    expect(order.unconfirmed).toEqual([]);
  });

  it('ignores events of unknown types', () => {
    expect(new ToolCallOrder().add({ type: 'tool_progress' })).toEqual(nothing);
  });
});
