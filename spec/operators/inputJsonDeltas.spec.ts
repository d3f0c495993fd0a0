import { from, lastValueFrom, toArray } from 'rxjs';
import { inputJsonDeltas, type AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStart, blockStop, inputJsonDelta, ping, restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const fragmentsOf = (events: readonly AnyEvent[]) => lastValueFrom(from(events).pipe(inputJsonDeltas(), toArray()));

describe('inputJsonDeltas', () => {
  itKeepsTheOperatorContract(inputJsonDeltas, {
    values: eventsOf(buildMessage({ content: [toolUseBlock('get_weather', { city: 'Paris, France' })] })),
    empty: 'completes',
  });

  it(
    'emits each fragment with its call, synchronously with its event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --s--a--p--b--e--|', {
        s: blockStart(3, toolUseBlock('get', {}, { id: 'toolu_1' })),
        a: inputJsonDelta('{"a":', 3),
        p: ping,
        b: inputJsonDelta('1}', 3),
        e: blockStop(3),
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

  it('ignores text, thinking and empty fragments', async () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });

    expect(await fragmentsOf(eventsOf(message))).toEqual([
      { index: 2, id: 'toolu_get', name: 'get', partial_json: '{"a":1}' },
    ]);
  });

  it.each([
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
    { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 'test', input: {} },
  ])('emits the fragments of $type blocks', async (block) => {
    expect(await fragmentsOf([blockStart(0, block), inputJsonDelta('{}')])).toEqual([
      { index: 0, id: block.id, name: block.name, partial_json: '{}' },
    ]);
  });

  it('finds the call of a fragment by its index when blocks interleave', async () => {
    const one = toolUseBlock('one');
    const two = toolUseBlock('two');
    const fragments = await fragmentsOf([
      blockStart(1, two),
      blockStart(0, one),
      inputJsonDelta('{"a"'),
      inputJsonDelta('{"b"', 1),
      inputJsonDelta(':1}'),
      inputJsonDelta(':2}', 1),
    ]);

    expect(fragments.map(({ name, partial_json }) => name + partial_json)).toEqual([
      'one{"a"',
      'two{"b"',
      'one:1}',
      'two:2}',
    ]);
  });

  it('ignores a fragment that belongs to no call', async () => {
    expect(await fragmentsOf([inputJsonDelta('{}'), blockStart(1, textBlock('')), inputJsonDelta('{}', 1)])).toEqual(
      [],
    );
  });

  it('forgets the calls on message_restart', async () => {
    const first = [blockStart(0, toolUseBlock('one')), inputJsonDelta('{')];
    const fragments = await fragmentsOf([
      ...first,
      restart(),
      inputJsonDelta('lost'),
      blockStart(0, toolUseBlock('two')),
      inputJsonDelta('['),
    ]);

    expect(fragments.map(({ name, partial_json }) => name + partial_json)).toEqual(['one{', 'two[']);
  });

  it('forgets the calls when another message starts', async () => {
    const [next] = eventsOf(buildMessage({ id: 'msg_0002' }));
    const first = [blockStart(0, toolUseBlock('one')), inputJsonDelta('{')];

    expect(await fragmentsOf([...first, ...(next ? [next] : []), inputJsonDelta('lost')])).toHaveLength(1);
  });
});
