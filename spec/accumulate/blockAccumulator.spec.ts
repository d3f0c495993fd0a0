import { BlockAccumulator } from '../../src/accumulate/blockAccumulator.js';
import {
  toolInputStatus,
  type ContentBlock,
  type ContentBlockDelta,
  type StopReason,
  type TextCitation,
  type ToolUseBlock,
} from '../../src/index.js';
import { textBlock, thinkingBlock, toolUseBlock, type AnyContentBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';

type AnyDelta = ContentBlockDelta | { readonly type: string; readonly [field: string]: unknown };

const citation = (cited_text: string): TextCitation => ({
  type: 'char_location',
  cited_text,
  document_index: 0,
  document_title: null,
  start_char_index: 0,
  end_char_index: cited_text.length,
});
const json = (partial_json: string): AnyDelta => ({ type: 'input_json_delta', partial_json });
const text = (text: string): AnyDelta => ({ type: 'text_delta', text });
const cite = (cited_text: string): AnyDelta => ({ type: 'citations_delta', citation: citation(cited_text) });

/** Opens a block whose fields nobody may write to. */
const open = (block: AnyContentBlock) => new BlockAccumulator(deepFreeze(block) as ContentBlock);

const add = (accumulator: BlockAccumulator, delta: AnyDelta): void => {
  accumulator.add(deepFreeze(delta) as ContentBlockDelta);
};

const statusOf = (block: ContentBlock) => toolInputStatus(block as ToolUseBlock);

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
    it('text to a text', () => {
      expect(grown(textBlock(''), text('Hello'), text(''), text(', world'))).toStrictEqual(textBlock('Hello, world'));
    });

    it('text to a text that was there from the start', () => {
      expect(grown(textBlock('Hello'), text(', world'))).toStrictEqual(textBlock('Hello, world'));
    });

    it('text to a block that had none', () => {
      expect(grown({ type: 'new_block' }, text('a'), text('b'))).toStrictEqual({ type: 'new_block', text: 'ab' });
    });

    it('thinking to the thinking, and puts the signature in place of the one before', () => {
      const block = grown(
        thinkingBlock('', { signature: '' }),
        { type: 'thinking_delta', thinking: 'Let me' },
        { type: 'thinking_delta', thinking: ' see.' },
        { type: 'signature_delta', signature: 'abc' },
        { type: 'signature_delta', signature: 'def' },
      );

      expect(block).toStrictEqual(thinkingBlock('Let me see.', { signature: 'def' }));
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

    it('citations to those that were there from the start', () => {
      expect(grown(textBlock('', { citations: [citation('a')] }), cite('b'))).toHaveProperty('citations', [
        citation('a'),
        citation('b'),
      ]);
    });

    it('nothing to citations that never came', () => {
      expect(grown(textBlock('', { citations: null }), text('a'))).toStrictEqual(textBlock('a', { citations: null }));
      expect(grown(textBlock(''), text('a'))).not.toHaveProperty('citations');
    });

    it('a compaction in place of the one before', () => {
      const block = grown(
        { type: 'compaction', content: null, encrypted_content: null },
        { type: 'compaction_delta', content: 'One', encrypted_content: 'x' },
        { type: 'compaction_delta', content: 'Two', encrypted_content: null },
      );

      expect(block).toStrictEqual({ type: 'compaction', content: 'Two', encrypted_content: null });
    });

    it('fields of a delta of unknown type: strings and lists appended, the rest put in', () => {
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

    it('a field in place of one of another kind', () => {
      const block = grown({ type: 'new_block', a: 1, b: 'text' }, { type: 'new_delta', a: 'x', b: ['y'] });

      expect(block).toStrictEqual({ type: 'new_block', a: 'x', b: ['y'] });
    });

    it.each(['text', 'thinking'])('nothing but text to the %s of a block that is named for it', (type) => {
      const block = { type, [type]: 'a' };

      for (const value of [1, null, ['y'], { z: 1 }]) {
        expect(grown(block, { type: 'new_delta', [type]: value })).toStrictEqual(block);
      }
      expect(grown(block, { type: 'new_delta', [type]: 'b' })).toStrictEqual({ type, [type]: 'ab' });
      expect(grown({ type: 'tool_use', [type]: 'a' }, { type: 'new_delta', [type]: 1 })).toHaveProperty(type, 1);
    });

    it('fields named as what every object inherits, and pollutes nothing', () => {
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

    it('stays as it began where no JSON comes', () => {
      expect(grown(call)).toStrictEqual(call);
      expect(grown(call, json(''))).toStrictEqual(call);
      expect(grown(toolUseBlock('get', { a: 1 }), json(''))).toStrictEqual(toolUseBlock('get', { a: 1 }));
    });

    it('takes the place of the one that the block began with', () => {
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

    it('keeps what was certain of a text that is no JSON', () => {
      expect(inputAfter('{"a":1,"b":oops', ',"c":3}')).toStrictEqual({ a: 1 });
    });
  });

  describe('what the status of an input says', () => {
    const statusAfter = (fragments: readonly string[], ...end: readonly ('stop' | StopReason)[]) => {
      const accumulator = open(toolUseBlock('get', {}));
      for (const fragment of fragments) add(accumulator, json(fragment));
      for (const step of end) {
        if (step === 'stop') accumulator.end();
        else accumulator.end(step);
      }
      return statusOf(accumulator.block);
    };

    it.each<[string, string[], string]>([
      ['a whole text', ['{"a"', ':1}'], 'complete'],
      ['no text', [], 'complete'],
      ['an empty text', [''], 'complete'],
      ['half a text', ['{"a"', ':'], 'partial'],
      ['no JSON', ['{oops}'], 'partial'],
    ])('when its block stops after %s', (_, fragments, state) => {
      expect(statusAfter(fragments).state).toBe('partial');
      expect(statusAfter(fragments, 'stop').state).toBe(state);
    });

    it.each<[string, StopReason, string[], string]>([
      ['a whole text', 'max_tokens', ['{"a"', ':1}'], 'complete'],
      ['no text', 'end_turn', [''], 'complete'],
      ['half a text', 'max_tokens', ['{"a"', ':'], 'truncated'],
      ['half a text', 'model_context_window_exceeded', ['{"a"', ':'], 'truncated'],
      ['half a text', 'end_turn', ['{"a"', ':'], 'invalid'],
      ['no JSON', 'max_tokens', ['{oops}'], 'invalid'],
      ['no JSON', 'end_turn', ['{oops}'], 'invalid'],
    ])('when %s was ended by %s', (_, reason, fragments, state) => {
      expect(statusAfter(fragments, 'stop', reason).state).toBe(state);
      expect(statusAfter(fragments, reason, 'stop').state).toBe(state);
    });

    it.each(['max_tokens', 'model_context_window_exceeded'])('when the last call had no text before %s', (reason) => {
      const ended = (isLast: boolean, given = {}) => {
        const accumulator = open(toolUseBlock('get', given));
        accumulator.end();
        accumulator.end(reason, isLast);
        return statusOf(accumulator.block);
      };

      expect(ended(true)).toStrictEqual({ raw: '', state: 'truncated' });
      expect(ended(false)).toStrictEqual({ raw: '{}', state: 'complete' });
      expect(ended(true, { a: 1 })).toStrictEqual({ raw: '{"a":1}', state: 'complete' });
    });

    it('is no new block where nothing new is known', () => {
      const accumulator = open(toolUseBlock('get', {}));
      accumulator.end();
      const before = accumulator.block;
      accumulator.end('tool_use', true);

      expect(accumulator.block).toBe(before);
    });

    it('is complete from the beginning for a block that came whole', () => {
      const { block } = new BlockAccumulator(toolUseBlock('get', { a: 1 }), true);

      expect(statusOf(block)).toStrictEqual({ raw: '{"a":1}', state: 'complete' });
    });

    it('has the JSON of the input where no text came', () => {
      expect(statusAfter([''], 'stop')).toStrictEqual({ raw: '{}', state: 'complete' });
    });

    it.each([
      ['complete', '{ "a": 1 }'],
      ['partial', '{ "a": 1'],
      ['partial', ''],
    ])('has the text as it came while it is %s, and no error', (state, text) => {
      const accumulator = open(toolUseBlock('get', {}));
      add(accumulator, json(text));
      if (state === 'complete') accumulator.end();

      expect(statusOf(accumulator.block)).toStrictEqual({ raw: text, state });
    });

    it('comes for a block of unknown type with its first fragment', () => {
      const accumulator = open({ type: 'new_block' });
      add(accumulator, json('{"a":'));
      const before = accumulator.block;
      add(accumulator, json('1}'));
      accumulator.end();

      expect(statusOf(before).state).toBe('partial');
      expect(statusOf(accumulator.block)).toStrictEqual({ raw: '{"a":1}', state: 'complete' });
    });

    it('loses nothing that the block got before, read or not', () => {
      const accumulator = open(toolUseBlock('get', {}));
      add(accumulator, { type: 'new_delta', note: 'a' });
      accumulator.end();

      expect(accumulator.block).toStrictEqual({ ...toolUseBlock('get', {}), note: 'a' });
    });

    it('keeps the text as it came, and where it is at fault', () => {
      const { raw, error } = statusAfter(['{"a":1,', 'oops}'], 'stop', 'end_turn');

      expect(raw).toBe('{"a":1,oops}');
      expect(error?.position).toBe(7);
    });

    it('stays with the block that was emitted when a later one says more', () => {
      const accumulator = open(toolUseBlock('get', {}));
      add(accumulator, json('{"a":1'));
      const before = accumulator.block;
      add(accumulator, json('}'));
      accumulator.end();
      const after = accumulator.block;

      expect(statusOf(before).state).toBe('partial');
      expect(statusOf(after).state).toBe('complete');
    });
  });

  describe('reading the block', () => {
    const started = textBlock('', { citations: [] });

    it('returns what it began with until something changes', () => {
      const accumulator = open(started);

      expect(accumulator.block).toBe(started);
      expect(accumulator.block).toBe(started);
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
      ['an unknown delta that brings nothing', { type: 'new_block', a: 'x', b: 1 }, { type: 'new', a: '', b: 1 }],
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
