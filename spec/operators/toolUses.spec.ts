import { expectTypeOf } from 'expect-type';
import { concat, from, lastValueFrom, of, throwError, toArray, type Observable } from 'rxjs';
import {
  IncompleteMessageError,
  OverloadedError,
  type MessageStreamEvent,
  type ToolUseBlock,
} from '../../src/index.js';
import { toolUses } from '../../src/operators/toolUses.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';
import { call, letters, restart, stops } from '../tools/support/turns.js';

const a = call('a');
const b = call('b');

/** A call whose input comes as one piece of JSON text. */
function callOf(json: string, index = 0): MessageStreamEvent[] {
  return [
    { type: 'content_block_start', index, content_block: call('a') },
    { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json } },
    { type: 'content_block_stop', index },
  ];
}

function callsIn(source: Observable<MessageStreamEvent>): Promise<ToolUseBlock[]> {
  return lastValueFrom(source.pipe(toolUses(), toArray()));
}

describe('toolUses', () => {
  itKeepsTheOperatorContract(toolUses, {
    values: eventsOf(buildMessage({ content: ['Well.', toolUseBlock('a', { city: 'Paris' }), toolUseBlock('b')] })),
    empty: 'is incomplete',
  });

  it(
    'emits a call when the next block begins, and the last one with the stop reason',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -s-A-a-B-b-m-z|', letters);
      const subs = '        ^-------------!';
      const expected = '    -------x---y--|';

      expectObservable(source.pipe(toolUses())).toBe(expected, { x: a, y: b });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits a call when text follows it',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -s-A-a-T-t-M-z|', letters);
      const expected = '    -------x------|';

      expectObservable(source.pipe(toolUses())).toBe(expected, { x: a });
    }),
  );

  it(
    'waits for the call itself to stop, where blocks interleave',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -s-A-B-b-C-a-T-m-z|', letters);
      const expected = '    ---------y---x----|';

      expectObservable(source.pipe(toolUses())).toBe(expected, { x: a, y: b });
    }),
  );

  it.each(['end_turn', 'max_tokens', 'stop_sequence', 'pause_turn', 'model_context_window_exceeded', null] as const)(
    'does not emit the last call of a message that stops with %s',
    (reason) => {
      marbles(({ cold, expectObservable }) => {
        const source = cold(' -s-A-a-B-b-m-z|', { ...letters, m: stops(reason) });
        const expected = '    -------x------|';

        expectObservable(source.pipe(toolUses())).toBe(expected, { x: a });
      })();
    },
  );

  it(
    'drops the calls that wait when the message is refused',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -s-A-a-m-n-z|', { ...letters, m: stops('refusal'), n: stops('tool_use') });
      const expected = '    ------------|';

      expectObservable(source.pipe(toolUses())).toBe(expected);
    }),
  );

  it(
    'drops the calls that wait on message_restart',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -s-A-a-r-s-T-t-m-z|', { ...letters, r: restart });
      const expected = '    ------------------|';

      expectObservable(source.pipe(toolUses())).toBe(expected);
    }),
  );

  it(
    'drops the calls that wait when a fallback model takes over',
    marbles(({ cold, expectObservable }) => {
      const block: unknown = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } };
      const f = { type: 'content_block_start', index: 4, content_block: block } as MessageStreamEvent;
      const source = cold(' -s-A-a-f-B-b-m-z|', { ...letters, f });
      const expected = '    -------------y--|';

      expectObservable(source.pipe(toolUses())).toBe(expected, { y: b });
    }),
  );

  it('emits the input that the JSON text says', async () => {
    const { s, m, z } = letters;

    expect(await callsIn(from([s, ...callOf('{"city":"Paris"}'), m, z]))).toEqual([call('a', { city: 'Paris' })]);
  });

  it('emits a call without arguments', async () => {
    const { s, m, z } = letters;

    expect(await callsIn(from([s, ...callOf(''), m, z]))).toEqual([call('a', {})]);
  });

  it.each(['{"city":"Par', '{"city":Paris}', '{}{}', '{"a":1'])(
    'does not emit a call with the input %s',
    async (json) => {
      const { s, B, b, m, z } = letters;

      expect(await callsIn(from([s, ...callOf(json), B, b, m, z]))).toEqual([call('b')]);
      expect(await callsIn(from([s, ...callOf(json), m, z]))).toEqual([]);
    },
  );

  it('does not emit a call whose input max_tokens has cut', async () => {
    const { s, z } = letters;

    expect(await callsIn(from([s, ...callOf('{"city":"Par'), stops('max_tokens'), z]))).toEqual([]);
  });

  it('does not emit a call that never stopped', async () => {
    const { s, A, m, z } = letters;

    expect(await callsIn(of(s, A, m, z))).toEqual([]);
  });

  it('emits the calls that message_start brings, once the model has moved on from them', async () => {
    const start = (stop_reason: 'tool_use' | null): MessageStreamEvent => ({
      type: 'message_start',
      message: { ...buildMessage({ content: [a] }), stop_reason },
    });
    const { b: stopB, m, z } = letters;
    const startB: MessageStreamEvent = { type: 'content_block_start', index: 1, content_block: b };

    expect(await callsIn(of(start('tool_use'), z))).toEqual([a]);
    expect(await callsIn(of(start(null), startB, stopB, m, z))).toEqual([a, b]);
    expect(await callsIn(of(start(null), stops('max_tokens'), z))).toEqual([]);
  });

  it('does not emit calls of the API to its own tools', async () => {
    const search = { type: 'server_tool_use', id: 'id_s', name: 'web_search', input: {} } as const;

    expect(await callsIn(from(eventsOf(buildMessage({ content: [search, a] }))))).toEqual([a]);
  });

  it('emits the calls of each message, where there are several', async () => {
    const turns = ['one', 'two'].map((id) => from(eventsOf(buildMessage({ id, content: [call(id)] }))));

    expect(await callsIn(concat(...turns))).toEqual([call('one'), call('two')]);
  });

  it('emits nothing more of a message whose source fails, and puts what had come on the error', async () => {
    const { s, A, a } = letters;
    const error = new OverloadedError('Overloaded', { status: 529 });
    const seen: ToolUseBlock[] = [];
    const result = concat(
      of(s, A, a),
      throwError(() => error),
    ).pipe(toolUses());

    await expect(result.forEach((block) => seen.push(block))).rejects.toBe(error);
    expect(seen).toEqual([]);
    expect(error.partial?.content).toEqual([call('a')]);
  });

  it('fails where the source completes before message_stop', async () => {
    const { s, A, a, B } = letters;

    await expect(callsIn(of(s, A, a, B))).rejects.toThrow(IncompleteMessageError);
  });

  it('is typed as what it emits', () => {
    expectTypeOf(of(letters.s).pipe(toolUses())).toEqualTypeOf<Observable<ToolUseBlock>>();
  });
});
