import { from, lastValueFrom, toArray } from 'rxjs';
import { inputJsonDeltas, type AnyEvent, type MessageStreamEvent } from '../../src/index.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const start = (index: number, content_block: AnyContentBlock) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, partial_json: string): MessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
});
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

const fragmentsOf = (events: readonly AnyEvent[]) => lastValueFrom(from(events).pipe(inputJsonDeltas(), toArray()));

describe('inputJsonDeltas', () => {
  itKeepsTheOperatorContract(inputJsonDeltas, {
    values: eventsOf(buildMessage({ content: [toolUseBlock('get_weather', { city: 'Paris, France' })] })),
    empty: 'completes',
  });

  it(
    'selects the fragments, each with its call, in the turn of its event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --s--a--p--b--e--|', {
        s: start(3, toolUseBlock('get', {}, { id: 'toolu_1' })),
        a: delta(3, '{"a":'),
        p: { type: 'ping' },
        b: delta(3, '1}'),
        e: { type: 'content_block_stop', index: 3 },
      });
      const subs = '        ^----------------!';
      const expected = '    -----x-----y-----|';

      expectObservable(source.pipe(inputJsonDeltas())).toBe(expected, {
        x: { index: 3, id: 'toolu_1', name: 'get', partial_json: '{"a":' },
        y: { index: 3, id: 'toolu_1', name: 'get', partial_json: '1}' },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('leaves out text, thinking and empty fragments', async () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });

    expect(await fragmentsOf(eventsOf(message))).toEqual([
      { index: 2, id: 'toolu_get', name: 'get', partial_json: '{"a":1}' },
    ]);
  });

  it.each([
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
    { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 'test', input: {} },
  ])('selects the fragments of $type blocks too', async (block) => {
    expect(await fragmentsOf([start(0, block), delta(0, '{}')])).toEqual([
      { index: 0, id: block.id, name: block.name, partial_json: '{}' },
    ]);
  });

  it('tells calls apart by their index, when blocks interleave', async () => {
    const one = toolUseBlock('one');
    const two = toolUseBlock('two');
    const fragments = await fragmentsOf([
      start(1, two),
      start(0, one),
      delta(0, '{"a"'),
      delta(1, '{"b"'),
      delta(0, ':1}'),
      delta(1, ':2}'),
    ]);

    expect(fragments.map(({ name, partial_json }) => name + partial_json)).toEqual([
      'one{"a"',
      'two{"b"',
      'one:1}',
      'two:2}',
    ]);
  });

  it('leaves out a fragment that belongs to no call', async () => {
    expect(await fragmentsOf([delta(0, '{}'), start(1, textBlock('')), delta(1, '{}')])).toEqual([]);
  });

  it('forgets the calls on message_restart', async () => {
    const first = [start(0, toolUseBlock('one')), delta(0, '{')];
    const fragments = await fragmentsOf([
      ...first,
      restart,
      delta(0, 'lost'),
      start(0, toolUseBlock('two')),
      delta(0, '['),
    ]);

    expect(fragments.map(({ name, partial_json }) => name + partial_json)).toEqual(['one{', 'two[']);
  });

  it('forgets the calls when another message starts', async () => {
    const [next] = eventsOf(buildMessage({ id: 'msg_0002' }));
    const first = [start(0, toolUseBlock('one')), delta(0, '{')];

    expect(await fragmentsOf([...first, ...(next ? [next] : []), delta(0, 'lost')])).toHaveLength(1);
  });
});
