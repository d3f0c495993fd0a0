import type { ContentBlock, ToolUseBlock } from '../../src/index.js';
import { textBlock, thinkingBlock, toolUseBlock, type AnyContentBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { add, citation, cite, json, open, text, type AnyDelta } from './support/blocks.js';

/** The block after deltas. It is the same whether it was read in between or not: each reading is frozen. */
function grown(start: AnyContentBlock, ...deltas: readonly AnyDelta[]): ContentBlock {
  const [unread, read] = [open(start), open(start)];
  for (const delta of deltas) {
    add(unread, delta);
    add(read, delta);
    deepFreeze(read.block);
  }
  expect(read.block).toStrictEqual(unread.block);
  return unread.block;
}

describe('BlockAccumulator', () => {
  describe('adds', () => {
    it('text to a text block', () => {
      expect(grown(textBlock(''), text('Hello'), text(''), text(', world'))).toStrictEqual(textBlock('Hello, world'));
    });

    it('text to a text block that starts with text', () => {
      expect(grown(textBlock('Hello'), text(', world'))).toStrictEqual(textBlock('Hello, world'));
    });

    it('text to a block without text', () => {
      expect(grown({ type: 'new_block' }, text('a'), text('b'))).toStrictEqual({ type: 'new_block', text: 'ab' });
    });

    it('thinking to a thinking block, whose signature is replaced', () => {
      const block = grown(
        thinkingBlock('', { signature: '' }),
        { type: 'thinking_delta', thinking: 'Let me' },
        { type: 'thinking_delta', thinking: ' see.' },
        { type: 'signature_delta', signature: 'abc' },
        { type: 'signature_delta', signature: 'def' },
      );

      expect(block).toStrictEqual(thinkingBlock('Let me see.', { signature: 'def' }));
    });

    it('no estimate of thinking tokens, which the API would reject in a block', () => {
      const delta = { type: 'thinking_delta', thinking: 'Hm.', estimated_tokens: 50 };

      expect(grown(thinkingBlock('', { signature: 'abc' }), delta)).toStrictEqual(
        thinkingBlock('Hm.', { signature: 'abc' }),
      );
      expect(grown({ type: 'thinking' }, delta)).toStrictEqual({ type: 'thinking', thinking: 'Hm.' });
    });

    it.each([
      ['null', { citations: null }],
      ['empty', { citations: [] }],
      ['absent', {}],
    ])('citations to a list that was %s', (_, start) => {
      expect(grown(textBlock('', start), cite('a'), text('A.'), cite('b'))).toStrictEqual(
        textBlock('A.', { citations: [citation('a'), citation('b')] }),
      );
    });

    it('citations to those that the block starts with', () => {
      expect(grown(textBlock('', { citations: [citation('a')] }), cite('b'))).toHaveProperty('citations', [
        citation('a'),
        citation('b'),
      ]);
    });

    it('no citations if there are none', () => {
      expect(grown(textBlock('', { citations: null }), text('a'))).toStrictEqual(textBlock('a', { citations: null }));
      expect(grown(textBlock(''), text('a'))).not.toHaveProperty('citations');
    });

    it('a compaction, which replaces the one before', () => {
      const block = grown(
        { type: 'compaction', content: null, encrypted_content: null },
        { type: 'compaction_delta', content: 'One', encrypted_content: 'x' },
        { type: 'compaction_delta', content: 'Two', encrypted_content: null },
      );

      expect(block).toStrictEqual({ type: 'compaction', content: 'Two', encrypted_content: null });
    });

    it('fields of a delta of unknown type: strings and lists are appended, other values replaced', () => {
      const block = grown(
        { type: 'new_block', caption: 'a', tags: [1] },
        { type: 'new_delta', caption: 'b', tags: [2], note: 'c', more: [3], size: 4, on: true, at: { x: 5 }, gone: 6 },
        { type: 'new_delta', note: 'd', more: [], size: 7, on: false, at: { y: 8 }, gone: null },
      );

      expect(block).toStrictEqual({
        type: 'new_block',
        caption: 'ab',
        tags: [1, 2],
        note: 'cd',
        more: [3],
        size: 7,
        on: false,
        at: { y: 8 },
        gone: null,
      });
    });

    it('citations of a delta of unknown type to the same list', () => {
      const several = { type: 'new_citations_delta', citations: [citation('b'), citation('c')] };
      const block = grown(textBlock(''), cite('a'), several, cite('d'));

      expect(block).toHaveProperty('citations', ['a', 'b', 'c', 'd'].map(citation));
      expect(grown(textBlock(''), several)).toHaveProperty('citations', ['b', 'c'].map(citation));
    });

    it('a field, which replaces one of another kind', () => {
      const block = grown({ type: 'new_block', a: 1, b: 'text' }, { type: 'new_delta', a: 'x', b: ['y'] });

      expect(block).toStrictEqual({ type: 'new_block', a: 'x', b: ['y'] });
    });

    it.each(['text', 'thinking'])('only text to the %s of a block of that type', (type) => {
      const block = { type, [type]: 'a' };

      for (const value of [1, null, ['y'], { z: 1 }]) {
        expect(grown(block, { type: 'new_delta', [type]: value })).toStrictEqual(block);
      }
      expect(grown(block, { type: 'new_delta', [type]: 'b' })).toStrictEqual({ type, [type]: 'ab' });
      expect(grown({ type: 'tool_use', [type]: 'a' }, { type: 'new_delta', [type]: 1 })).toHaveProperty(type, 1);
    });

    it('fields with names that every object inherits, without polluting any', () => {
      const delta = JSON.parse(
        '{"type":"new_delta","__proto__":{"polluted":1},"constructor":"c","toString":["t"]}',
      ) as AnyDelta;
      const block = grown({ type: 'new_block' }, delta, delta);

      expect(Object.entries(block)).toEqual([
        ['type', 'new_block'],
        ['__proto__', { polluted: 1 }],
        ['constructor', 'cc'],
        ['toString', ['t', 't']],
      ]);
      expect(Object.getPrototypeOf(block)).toBe(Object.prototype);
      expect({}).not.toHaveProperty('polluted');
    });
  });

  it('keeps fields of a call that are named __proto__ as data', () => {
    const fields = JSON.parse('{"__proto__":{"polluted":1}}') as object;
    const block = grown({ ...toolUseBlock('get'), ...fields }, json('{"a":1}'));

    expect(Object.getOwnPropertyDescriptor(block, '__proto__')).toHaveProperty('value', { polluted: 1 });
    expect(Object.getPrototypeOf(block)).toBe(Object.prototype);
    expect(block).toHaveProperty('input', { a: 1 });
  });

  describe('the input of a call', () => {
    const call = toolUseBlock('get', {});
    const inputAfter = (...fragments: readonly string[]) =>
      Reflect.get(grown(call, ...fragments.map(json)), 'input') as unknown;

    it('grows with its JSON', () => {
      expect(inputAfter('{"city":"Pa')).toStrictEqual({ city: 'Pa' });
      expect(inputAfter('{"city":"Pa', 'ris","days":[1', ',2')).toStrictEqual({ city: 'Paris', days: [1] });
      expect(inputAfter('{"city":"Pa', 'ris","days":[1', ',2]}')).toStrictEqual({ city: 'Paris', days: [1, 2] });
    });

    it('stays the initial one without JSON', () => {
      expect(grown(call)).toStrictEqual(call);
      expect(grown(call, json(''))).toStrictEqual(call);
      expect(grown(toolUseBlock('get', { a: 1 }), json(''))).toStrictEqual(toolUseBlock('get', { a: 1 }));
    });

    it('replaces the initial one', () => {
      expect(grown(toolUseBlock('get', { a: 1 }), json('{"b":2}'))).toStrictEqual(toolUseBlock('get', { b: 2 }));
    });

    it('may be any value', () => {
      expect(inputAfter('[1,', '2]')).toStrictEqual([1, 2]);
      expect(inputAfter('null')).toBeNull();
      expect(inputAfter('"te', 'xt"')).toBe('text');
    });

    it('may be a number, which ends with its block', () => {
      const accumulator = open(call);
      add(accumulator, json('12'));
      accumulator.end();

      expect(accumulator.block).toStrictEqual(toolUseBlock('get', 12));
    });

    it('keeps a key named __proto__ as data', () => {
      const input = inputAfter('{"__proto__":{"polluted":1}}');

      expect(Object.entries(Object(input) as object)).toEqual([['__proto__', { polluted: 1 }]]);
      expect({}).not.toHaveProperty('polluted');
    });

    it('keeps the part before the fault of a text that is not JSON', () => {
      expect(inputAfter('{"a":1,"b":oops', ',"c":3}')).toStrictEqual({ a: 1 });
    });
  });

  describe('reading the block', () => {
    const started = textBlock('', { citations: [] });

    it('returns one copy of the initial block until something changes', () => {
      const accumulator = open(started);
      const { block } = accumulator;

      expect(block).toStrictEqual(started);
      expect(accumulator.block).toBe(block);
      expect(Object.isFrozen(block)).toBe(true);
    });

    it('returns the same value until something changes, and then a new one', () => {
      const accumulator = open(started);
      add(accumulator, text('a'));
      const first = accumulator.block;
      const again = accumulator.block;
      add(accumulator, text('b'));
      const second = accumulator.block;

      expect(again).toBe(first);
      expect(second).not.toBe(first);
      expect(first).toStrictEqual({ ...started, text: 'a' });
    });

    it.each<[string, AnyContentBlock, AnyDelta]>([
      ['empty text', textBlock('a'), text('')],
      ['empty thinking', thinkingBlock('a'), { type: 'thinking_delta', thinking: '' }],
      ['the same signature', thinkingBlock('', { signature: 'abc' }), { type: 'signature_delta', signature: 'abc' }],
      ['the same compaction', { type: 'compaction', content: 'a' }, { type: 'compaction_delta', content: 'a' }],
      ['an empty fragment', toolUseBlock('get', {}), json('')],
      ['a brace that opens what is empty already', toolUseBlock('get', {}), json('{')],
      ['an unknown delta that changes nothing', { type: 'new_block', a: 'x', b: 1 }, { type: 'new', a: '', b: 1 }],
    ])('returns the same value after %s', (_, start, delta) => {
      const accumulator = open(start);
      const before = accumulator.block;
      add(accumulator, delta);

      expect(accumulator.block).toBe(before);
    });

    it('returns the same value after fragments that show nothing new', () => {
      const accumulator = open(toolUseBlock('get', {}));
      add(accumulator, json('{"a":"x"'));
      const before = accumulator.block;
      add(accumulator, json(',"b":tr'));

      expect(accumulator.block).toBe(before);
    });

    it('shares the fields that have not changed', () => {
      const accumulator = open(started);
      add(accumulator, cite('a'));
      const before = deepFreeze(accumulator.block);
      add(accumulator, text('A.'));
      const after = deepFreeze(accumulator.block);
      add(accumulator, cite('b'));

      expect(after).toHaveProperty('citations', [citation('a')]);
      expect(Reflect.get(after, 'citations')).toBe(Reflect.get(before, 'citations'));
      expect(accumulator.block).toHaveProperty('citations', [citation('a'), citation('b')]);
    });

    it('shares the parts of an input that have not changed', () => {
      const accumulator = open(toolUseBlock('get', {}));
      add(accumulator, json('{"a":{"b":1},"c":{'));
      const before = deepFreeze(accumulator.block) as ToolUseBlock;
      add(accumulator, json('"d":"x'));
      const after = deepFreeze(accumulator.block) as ToolUseBlock;

      expect(after.input).toStrictEqual({ a: { b: 1 }, c: { d: 'x' } });
      expect(before.input).toStrictEqual({ a: { b: 1 }, c: {} });
      expect(Reflect.get(Object(after.input) as object, 'a')).toBe(Reflect.get(Object(before.input) as object, 'a'));
    });
  });
});
