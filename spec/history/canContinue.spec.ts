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

function isContinued(content: BuildMessageOptions['content'], stop_reason: StopReason | null = null): boolean {
  return canContinue(deepFreeze(buildMessage({ content: content ?? [], stop_reason })));
}

describe('canContinue', () => {
  it('says yes where there is text', () => {
    expect(isContinued('T')).toBe(true);
    expect(isContinued([thinkingBlock('Hm.'), ' The', search, found, thinkingBlock('', { signature: '' })])).toBe(true);
  });

  it('says no where there is none', () => {
    expect(isContinued([])).toBe(false);
    expect(isContinued(['', ' \n', '\ud83d', thinkingBlock('Hm.'), search, found])).toBe(false);
  });

  it.each(['end_turn', 'max_tokens', 'tool_use', 'pause_turn', 'refusal', 'not_known_yet' as StopReason] as const)(
    'says no where the message stopped: %s',
    (stop_reason) => {
      expect(isContinued('The tide', stop_reason)).toBe(false);
    },
  );

  it('says no from the moment when a tool call is whole', () => {
    const events = eventsOf(buildMessage({ content: ['I look.', call, 'So'] }), { deltaLength: Infinity });
    const partials = events.map((_, index) => messageOf(events.slice(0, index + 1)));
    const stop = events.findIndex((event) => event.type === 'content_block_stop' && event.index === 1);

    expect(events[stop - 1]).toMatchObject({ delta: { partial_json: '{"x":1}' } }); // its text is whole, but more may come
    expect(canContinue(partials[stop - 1] ?? buildMessage())).toBe(true);
    expect(partials.slice(stop).map(canContinue)).not.toContain(true);
  });

  it('overlooks a call that a fallback has made void', () => {
    expect(isContinued(['I look.', call])).toBe(false);
    expect(isContinued(['I look.', call, fallback])).toBe(true);
  });
});
