import type { StopReason } from '../../src/index.js';
import { canContinue } from '../../src/history/canContinue.js';
import {
  buildMessage,
  eventsOf,
  thinkingBlock,
  toolUseBlock,
  type BuildMessageOptions,
} from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { fallback, found, messageOf, search } from './support/partials.js';

const call = toolUseBlock('a', { x: 1 });

function isContinuable(content: BuildMessageOptions['content'], stop_reason: StopReason | null = null): boolean {
  return canContinue(deepFreeze(buildMessage({ content: content ?? [], stop_reason })));
}

describe('canContinue', () => {
  it('is true if there is text', () => {
    expect(isContinuable('T')).toBe(true);
    expect(isContinuable([thinkingBlock('Hm.'), ' The', search, found, thinkingBlock('', { signature: '' })])).toBe(
      true,
    );
  });

  it('is false if there is no text', () => {
    expect(isContinuable([])).toBe(false);
    expect(isContinuable(['', ' \n', '\ud83d', thinkingBlock('Hm.'), search, found])).toBe(false);
  });

  it.each(['end_turn', 'max_tokens', 'tool_use', 'pause_turn', 'refusal', 'not_known_yet' as StopReason] as const)(
    'is false if the message stopped with %s',
    (stop_reason) => {
      expect(isContinuable('The tide', stop_reason)).toBe(false);
    },
  );

  it('is false from the moment when a tool call is complete', () => {
    const events = eventsOf(buildMessage({ content: ['I look.', call, 'So'] }), { deltaLength: Infinity });
    const partials = events.map((_, index) => messageOf(events.slice(0, index + 1)));
    const stop = events.findIndex((event) => event.type === 'content_block_stop' && event.index === 1);

    expect(events[stop - 1]).toMatchObject({ delta: { partial_json: '{"x":1}' } }); // its text is complete, but more may follow
    expect(canContinue(partials[stop - 1] ?? buildMessage())).toBe(true);
    expect(partials.slice(stop).map(canContinue)).not.toContain(true);
  });

  it('ignores a call that a fallback has made void', () => {
    expect(isContinuable(['I look.', call])).toBe(false);
    expect(isContinuable(['I look.', call, fallback])).toBe(true);
  });
});
