import { joinDeltas } from '../../src/accumulate/joinDeltas.js';
import type { ContentBlockDelta } from '../../src/index.js';

const text = (value: string, more: object = {}): ContentBlockDelta => ({ type: 'text_delta', text: value, ...more });
const estimate = (estimated_tokens: number | null): ContentBlockDelta => ({
  type: 'thinking_delta',
  thinking: '',
  estimated_tokens,
});

describe('joinDeltas', () => {
  it.each<[ContentBlockDelta, ContentBlockDelta, ContentBlockDelta]>([
    [text('a'), text('b'), text('ab')],
    [text('a', { x: 1 }), text('b', { y: 2 }), text('ab', { y: 2 })],
    [
      { type: 'thinking_delta', thinking: 'a' },
      { type: 'thinking_delta', thinking: 'b' },
      { type: 'thinking_delta', thinking: 'ab' },
    ],
    [
      { type: 'input_json_delta', partial_json: '{' },
      { type: 'input_json_delta', partial_json: '}' },
      { type: 'input_json_delta', partial_json: '{}' },
    ],
    [estimate(50), estimate(100), estimate(150)],
    [estimate(50), estimate(null), estimate(50)],
    [estimate(null), estimate(50), estimate(50)],
    [estimate(50), { type: 'thinking_delta', thinking: '' }, estimate(50)],
    [{ type: 'thinking_delta', thinking: '' }, estimate(null), estimate(null)],
  ])('joins %j and %j', (older, newer, both) => {
    expect(joinDeltas(older, newer)).toEqual(both);
  });

  it.each<[ContentBlockDelta, ContentBlockDelta]>([
    [text('a'), { type: 'thinking_delta', thinking: 'b' }],
    [
      { type: 'signature_delta', signature: 'a' },
      { type: 'signature_delta', signature: 'b' },
    ],
    [text('a'), { type: 'text_delta' } as ContentBlockDelta],
  ])('does not join %j and %j', (older, newer) => {
    expect(joinDeltas(older, newer)).toBeUndefined();
  });

  it('does not exceed the maximum length', () => {
    expect(joinDeltas(text('a'), text('bc'), 3)).toEqual(text('abc'));
    expect(joinDeltas(text('a'), text('bcd'), 3)).toBeUndefined();
  });
});
