import type { MessageStreamEvent } from '../../src/index.js';
import { buildMessage, toolUseBlock } from '../../src/testing/index.js';
import { ToolCallOrder } from '../../src/protocol/toolCallOrder.js';
import { call, letters, restart, stops } from '../tools/support/turns.js';

const nothing = { withdrawn: false, movedOn: [] };
const withdrawn = { withdrawn: true, movedOn: [] };

/** What the last of the events says. */
function lastStep(...events: MessageStreamEvent[]) {
  const order = new ToolCallOrder();
  return events.map((event) => order.add(event)).at(-1);
}

const { s, A, a, B, b, T, m, M, z } = letters;
const fallback = {
  type: 'content_block_start',
  index: 4,
  content_block: { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } } as unknown,
} as MessageStreamEvent;

describe('ToolCallOrder', () => {
  it.each<[string, MessageStreamEvent[], unknown]>([
    ['its own stop says nothing', [s, A, a], nothing],
    ['the next block moves on', [s, A, a, B], { withdrawn: false, movedOn: [0] }],
    ['so does a block of another type', [s, A, a, T], { withdrawn: false, movedOn: [0] }],
    ['so does the stop reason tool_use', [s, A, a, m], { withdrawn: false, movedOn: [0] }],
    ['a call that is open is not moved on from', [s, A, B], nothing],
    ['nor with the stop reason', [s, A, m], nothing],
    ['calls come in the order in which they stop', [s, A, B, b, a, m], { withdrawn: false, movedOn: [1, 0] }],
    ['once', [s, A, a, T, m], nothing],
    ['end_turn says nothing', [s, A, a, M], nothing],
    ['max_tokens says nothing', [s, A, a, stops('max_tokens')], nothing],
    ['nor does the end of the message', [s, A, a, z], nothing],
    ['a refusal withdraws', [s, A, a, B, stops('refusal')], withdrawn],
    ['and nothing comes back', [s, A, a, stops('refusal'), m], nothing],
    ['a fallback withdraws', [s, A, a, fallback], withdrawn],
    ['a fallback is no next block', [s, A, a, fallback, m], nothing],
    ['a restart withdraws', [s, A, a, restart], withdrawn],
    ['also an open call', [s, A, restart, a, m], nothing],
    ['a message withdraws the one before', [s, A, a, s], withdrawn],
  ])('%s', (_, events, step) => {
    expect(lastStep(...events)).toEqual(step);
  });

  it('takes the calls that message_start brings as stopped', () => {
    const content = [call('a'), toolUseBlock('b')];
    const start = (stop_reason: 'tool_use' | null): MessageStreamEvent => ({
      type: 'message_start',
      message: { ...buildMessage({ content }), stop_reason },
    });

    expect(lastStep(start(null))).toEqual(withdrawn);
    expect(lastStep(start(null), m)).toEqual({ withdrawn: false, movedOn: [0, 1] });
    expect(lastStep(start('tool_use'))).toEqual({ withdrawn: true, movedOn: [0, 1] });
  });

  it('leaves out those that stand before a fallback block there', () => {
    const block = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } } as const;
    const start: MessageStreamEvent = {
      type: 'message_start',
      message: buildMessage({ content: [call('a'), block, call('b')] }),
    };

    expect(lastStep(start)).toEqual({ withdrawn: true, movedOn: [2] });
  });

  it('knows nothing of types that are not known yet', () => {
    expect(new ToolCallOrder().add({ type: 'tool_progress' })).toEqual(nothing);
  });
});
