import { BlockAccumulator } from '../../src/accumulate/blockAccumulator.js';
import { toolInputStatus } from '../../src/accumulate/toolInputStatus.js';
import type { StopReason, ToolUseBlock } from '../../src/index.js';
import { toolUseBlock } from '../../src/testing/index.js';
import { add, json, open, statusOf } from './support/blocks.js';

describe('BlockAccumulator: the status of an input', () => {
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
  ])('is decided when the block stops after %s, if it can be', (_, fragments, state) => {
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
  ])('is decided when %s is ended by %s', (_, reason, fragments, state) => {
    expect(statusAfter(fragments, 'stop', reason).state).toBe(state);
    expect(statusAfter(fragments, reason, 'stop').state).toBe(state);
  });

  it.each(['max_tokens', 'model_context_window_exceeded'])(
    'is truncated if the last call has no text before %s',
    (reason) => {
      const ended = (isLast: boolean, given = {}) => {
        const accumulator = open(toolUseBlock('get', given));
        accumulator.end();
        accumulator.end(reason, isLast);
        return statusOf(accumulator.block);
      };

      expect(ended(true)).toStrictEqual({ raw: '', state: 'truncated' });
      expect(ended(false)).toStrictEqual({ raw: '{}', state: 'complete' });
      expect(ended(true, { a: 1 })).toStrictEqual({ raw: '{"a":1}', state: 'complete' });
    },
  );

  it('does not make a new block if the status does not change', () => {
    const accumulator = open(toolUseBlock('get', {}));
    accumulator.end();
    const before = accumulator.block;
    accumulator.end('tool_use', true);

    expect(accumulator.block).toBe(before);
  });

  it('is complete from the beginning for a block that starts complete', () => {
    const { block } = new BlockAccumulator(toolUseBlock('get', { a: 1 }), 'complete');

    expect(statusOf(block)).toStrictEqual({ raw: '{"a":1}', state: 'complete' });
  });

  it('has the initial input as JSON if there is no text', () => {
    expect(statusAfter([''], 'stop')).toStrictEqual({ raw: '{}', state: 'complete' });
  });

  it.each([
    ['complete', '{ "a": 1 }'],
    ['partial', '{ "a": 1'],
    ['partial', ''],
  ])('has the text and no error while it is %s', (state, text) => {
    const accumulator = open(toolUseBlock('get', {}));
    add(accumulator, json(text));
    if (state === 'complete') accumulator.end();

    expect(statusOf(accumulator.block)).toStrictEqual({ raw: text, state });
  });

  it('starts for a block of unknown type with its first fragment', () => {
    const accumulator = open({ type: 'new_block' });
    add(accumulator, json('{"a":'));
    const before = accumulator.block;
    add(accumulator, json('1}'));
    accumulator.end();

    expect(statusOf(before).state).toBe('partial');
    expect(statusOf(accumulator.block)).toStrictEqual({ raw: '{"a":1}', state: 'complete' });
  });

  it('keeps the fields that were added before, read or not', () => {
    const accumulator = open(toolUseBlock('get', {}));
    add(accumulator, { type: 'new_delta', note: 'a' });
    accumulator.end();

    expect(accumulator.block).toStrictEqual({ ...toolUseBlock('get', {}), note: 'a' });
  });

  it('has the invalid text, and the position of its fault', () => {
    const { raw, error } = statusAfter(['{"a":1,', 'oops}'], 'stop', 'end_turn');

    expect(raw).toBe('{"a":1,oops}');
    expect(error?.position).toBe(7);
  });

  it('stays with the emitted block when a later block has another', () => {
    const accumulator = open(toolUseBlock('get', {}));
    add(accumulator, json('{"a":1'));
    const before = accumulator.block;
    add(accumulator, json('}'));
    accumulator.end();
    const after = accumulator.block;

    expect(statusOf(before).state).toBe('partial');
    expect(statusOf(after).state).toBe('complete');
  });

  it.each<[string, (block: ToolUseBlock) => ToolUseBlock]>([
    ['a spread', (block) => ({ ...block })],
    ['structuredClone', (block) => structuredClone(block)],
    ['JSON', (block) => JSON.parse(JSON.stringify(block)) as ToolUseBlock],
  ])('is unknown for a copy of an unfinished call by %s', (_, copy) => {
    const accumulator = new BlockAccumulator(toolUseBlock('get', {}));
    accumulator.add({ type: 'input_json_delta', partial_json: '{"a":"x' });
    const { block } = accumulator;

    expect(toolInputStatus(block as ToolUseBlock).state).toBe('partial');
    expect(toolInputStatus(copy(block as ToolUseBlock))).toEqual({ raw: '{"a":"x"}', state: 'unknown' });
  });

  it.each<[string, object, string[]]>([
    ['no text', {}, []],
    ['only white space', {}, ['', ' ', '\n\t']],
    ['no input', { input: undefined }, []],
    ['null as its input', { input: null }, [' ']],
  ])('is complete, with an empty input, for a call with %s', (_, fields, fragments) => {
    const accumulator = new BlockAccumulator({ ...toolUseBlock('get', {}), ...fields });
    for (const partial_json of fragments) accumulator.add({ type: 'input_json_delta', partial_json });
    accumulator.end();

    expect(accumulator.block).toMatchObject({ input: {} });
    expect(toolInputStatus(accumulator.block as ToolUseBlock)).toEqual({ raw: '{}', state: 'complete' });
  });
});
