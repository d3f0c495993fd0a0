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
import { blockStart, blockStop, inputJsonDelta, messageStart, restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { call, letters, stops } from '../tools/support/turns.js';

const a = call('a');
const b = call('b');

/** Returns the events of a call whose input is one fragment of JSON text. */
function callOf(json: string, index = 0): MessageStreamEvent[] {
  return [blockStart(index, call('a')), inputJsonDelta(json, index), blockStop(index)];
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
    'emits a call when the next block starts, and the last one with the stop reason',
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
    'waits until the call itself has stopped when blocks interleave',
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
    'drops the waiting calls when the message is refused',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -s-A-a-m-n-z|', { ...letters, m: stops('refusal'), n: stops('tool_use') });
      const expected = '    ------------|';

      expectObservable(source.pipe(toolUses())).toBe(expected);
    }),
  );

  it(
    'drops the waiting calls on message_restart',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -s-A-a-r-s-T-t-m-z|', { ...letters, r: restart() });
      const expected = '    ------------------|';

      expectObservable(source.pipe(toolUses())).toBe(expected);
    }),
  );

  it(
    'drops the waiting calls when a fallback model takes over',
    marbles(({ cold, expectObservable }) => {
      const f = blockStart(4, { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } });
      const source = cold(' -s-A-a-f-B-b-m-z|', { ...letters, f });
      const expected = '    -------------y--|';

      expectObservable(source.pipe(toolUses())).toBe(expected, { y: b });
    }),
  );

  it('emits the parsed JSON text as the input', async () => {
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

  it('does not emit a call whose input max_tokens truncated', async () => {
    const { s, z } = letters;

    expect(await callsIn(from([s, ...callOf('{"city":"Par'), stops('max_tokens'), z]))).toEqual([]);
  });

  it('does not emit a call that never stopped', async () => {
    const { s, A, m, z } = letters;

    expect(await callsIn(of(s, A, m, z))).toEqual([]);
  });

  it('emits the calls in message_start once the model has moved on from them', async () => {
    const start = (stop_reason: 'tool_use' | null) => messageStart({ content: [a], stop_reason });
    const { b: stopB, m, z } = letters;
    const startB = blockStart(1, b);

    expect(await callsIn(of(start('tool_use'), z))).toEqual([a]);
    expect(await callsIn(of(start(null), startB, stopB, m, z))).toEqual([a, b]);
    expect(await callsIn(of(start(null), stops('max_tokens'), z))).toEqual([]);
  });

  it("does not emit calls to the API's own tools", async () => {
    const search = { type: 'server_tool_use', id: 'id_s', name: 'web_search', input: {} } as const;

    expect(await callsIn(from(eventsOf(buildMessage({ content: [search, a] }))))).toEqual([a]);
  });

  it('emits the calls of each of several messages', async () => {
    const turns = ['one', 'two'].map((id) => from(eventsOf(buildMessage({ id, content: [call(id)] }))));

    expect(await callsIn(concat(...turns))).toEqual([call('one'), call('two')]);
  });

  it('emits nothing more when the source fails, and sets the message so far as partial', async () => {
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

  it('fails if the source completes before message_stop', async () => {
    const { s, A, a, B } = letters;

    await expect(callsIn(of(s, A, a, B))).rejects.toThrow(IncompleteMessageError);
  });

  it('has the type of what it emits', () => {
    expectTypeOf(of(letters.s).pipe(toolUses())).toEqualTypeOf<Observable<ToolUseBlock>>();
  });
});
