import fc from 'fast-check';
import type { MessageCreateParams } from '../../src/index.js';
import { createBody } from '../../src/source/requestBody.js';
import { toolUseBlock } from '../../src/testing/index.js';

const params: MessageCreateParams = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] };
const sent = (field: unknown): unknown => (JSON.parse(createBody({ ...params, field })) as { field: unknown }).field;

describe('the body of a request', () => {
  it.each<[string, unknown, unknown]>([
    ['a high surrogate', 'a\ud83d', 'a\ufffd'],
    ['a low surrogate', '\ude00b', '\ufffdb'],
    ['two in the wrong order', '\ude00\ud83d', '\ufffd\ufffd'],
    ['one before a pair', '\ud83d\ud83d\ude00', '\ufffd\ud83d\ude00'],
    ['one in a key', { 'a\ud83d': 1 }, { 'a\ufffd': 1 }],
    ['one after a backslash', '\\\ud83d', '\\\ufffd'],
    ['one in a list, deep inside', { a: [{ b: ['\udfff'] }] }, { a: [{ b: ['\ufffd'] }] }],
  ])('has U+FFFD instead of a lone surrogate: %s', (_, field, expected) => {
    expect(sent(field)).toStrictEqual(expected);
  });

  it('has U+FFFD in every part of a conversation', () => {
    const lone = 'a\ud83d';
    const messages = [
      { role: 'user', content: lone },
      { role: 'assistant', content: [toolUseBlock('get', { [lone]: lone })] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_get', content: lone }] },
    ] as const;

    expect(JSON.parse(createBody({ ...params, system: lone, messages }))).toEqual({
      ...params,
      stream: true,
      system: 'a\ufffd',
      messages: [
        { role: 'user', content: 'a\ufffd' },
        { role: 'assistant', content: [toolUseBlock('get', { 'a\ufffd': 'a\ufffd' })] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_get', content: 'a\ufffd' }] },
      ],
    });
  });

  it.each(['😀', '\\ud83d', '\\\\ud83d', '\\\\\\ud800 \\n "\\udfff"', '\u2028\u0000\ufffd'])(
    'has every other text unchanged: %j',
    (text) => {
      expect(sent(text)).toBe(text);
      expect(sent(`${text}\ud800`)).toBe(`${text}\ufffd`);
    },
  );

  it('has what toWellFormed would make of each text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\\', 'u', 'd', '8', '3', '"', '\ud83d', '\ude00', '😀') });
    fc.assert(
      fc.property(text, (value) => {
        expect(sent(value)).toBe(Buffer.from(value, 'utf8').toString('utf8'));
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});
