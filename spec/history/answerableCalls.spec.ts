import { answerableCalls } from '../../src/history/answerableCalls.js';
import type { StopReason } from '../../src/index.js';
import { buildMessage, toolUseBlock, type BuildMessageOptions } from '../../src/testing/index.js';
import { fallback, search } from './support/partials.js';

const [a, b] = [toolUseBlock('a'), toolUseBlock('b')];

function calls(content: NonNullable<BuildMessageOptions['content']>, stop_reason: StopReason | null = 'tool_use') {
  return answerableCalls(buildMessage({ content, stop_reason }));
}

describe('answerableCalls', () => {
  it.each(['tool_use', 'max_tokens', 'end_turn', 'pause_turn', null] as const)(
    "returns the client's calls of a message that stopped with %s",
    (stop_reason) => {
      expect(calls(['Well.', a, search, b], stop_reason)).toEqual([a, b]);
    },
  );

  it('returns none of a refused message', () => {
    expect(calls([a], 'refusal')).toEqual([]);
  });

  it('returns none before the last fallback block', () => {
    expect(calls([a, fallback, b])).toEqual([b]);
    expect(calls([a, fallback, b, fallback])).toEqual([]);
  });
});
