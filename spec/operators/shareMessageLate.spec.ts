import { defer, EMPTY, filter, from, map, pipe, retry, type OperatorFunction } from 'rxjs';
import { z as zod } from 'zod';
import {
  accumulateMessage,
  citations,
  contentBlocks,
  finalMessage,
  finalText,
  IncompleteMessageError,
  inputJsonDeltas,
  ofType,
  textDeltas,
  thinkingDeltas,
  toolInput,
  toolUses,
  usage,
  type AnyEvent,
} from '../../src/index.js';
import { messageState } from '../../src/operators/messageState.js';
import { shareMessage } from '../../src/operators/shareMessage.js';
import { defineTool } from '../../src/tools/defineTool.js';
import { runTools } from '../../src/tools/runTools.js';
import { streams } from '../fixtures/streams.js';
import { watch, type Watched } from '../source/support/outcome.js';
import { ping, restart, textDelta } from '../support/events.js';
import { Answers, call, params } from '../tools/support/turns.js';
import { s, b, m, z, allEvents, rebuilt, live } from './support/sharedMessages.js';

describe('shareMessage: late subscribers', () => {
  describe('after the end', () => {
    it('emits the complete message to every subscriber without another request', () => {
      const { shared, counts, emit, complete } = live();
      shared.subscribe();
      emit(...allEvents);
      complete();

      for (let i = 0; i < 3; i += 1) {
        expect(watch(shared)).toMatchObject({ values: rebuilt, ended: 'completed' });
      }
      expect(counts.requests).toBe(1);
    });

    it('emits all messages, and the events between them', () => {
      const { shared, emit, complete } = live<AnyEvent>();
      const result = { type: 'tool_result', tool_use_id: 'toolu_1' };
      const second = { ...s, message: { ...s.message, id: 'msg_2' } };
      shared.subscribe();
      emit(...allEvents, result, { type: 'tool_progress' }, ping, second, z, { type: 'run_end' });
      complete();

      expect(watch(shared).values).toEqual([...rebuilt, result, second, z, { type: 'run_end' }]);
    });

    it('makes a new request if the source completed without a complete message', () => {
      const { shared, counts, emit, complete } = live();
      const first = watch(shared.pipe(retry({ count: 1 }), finalMessage()));
      emit(s, b);
      complete();

      expect(first.error).toBeInstanceOf(IncompleteMessageError);
      expect(watch(shared)).toMatchObject({ values: [], ended: undefined });
      expect(counts.requests).toBe(2);
    });

    it('makes a new request if the source was empty', () => {
      let requests = 0;
      const shared = defer(() => {
        requests += 1;
        return EMPTY;
      }).pipe(shareMessage());

      expect(watch(shared).ended).toBe('completed');
      expect(watch(shared).ended).toBe('completed');
      expect(requests).toBe(2);
    });

    it('emits the complete message to those who subscribe during the completion', () => {
      const { shared, counts, emit, complete } = live();
      const late: Watched<unknown>[] = [];
      shared.subscribe({ complete: () => late.push(watch(shared)) });
      emit(...allEvents);
      complete();

      expect(late).toMatchObject([{ values: rebuilt, ended: 'completed' }]);
      expect(counts.requests).toBe(1);
    });
  });

  it('emits the usage of withdrawn attempts to a late subscriber', () => {
    const { shared, emit } = live();
    const withdrawal = restart({ delayMs: 5, error: new Error('lost') });
    const start = { ...s, message: { ...s.message, usage: { ...s.message.usage, output_tokens: 9 } } };
    const early = watch(shared.pipe(usage()));
    emit(s, b, textDelta('1'), m, withdrawal);
    const waiting = watch(shared);
    emit(s, b);
    const late = [watch(shared), watch(shared.pipe(usage())), watch(shared.pipe(accumulateMessage()))];
    const [, used, snapshots] = late;

    expect(waiting.values).toEqual([start, withdrawal, s, b]);
    expect(late[0]?.values).toEqual([start, withdrawal, s, b]);
    expect(used?.values.at(-1)).toEqual(early.values.at(-1));
    expect(used?.values.at(-1)).toMatchObject({ output_tokens: 1, abandoned_attempts: [{ output_tokens: 9 }] });
    expect(snapshots?.values.at(-1)).toMatchObject({ content: [{ type: 'text', text: '' }] });
  });

  it('emits as few events to a late subscriber as there are blocks, however many arrived', () => {
    const { shared, emit } = live();
    const first = watch(shared.pipe(textDeltas()));
    emit(s, b);
    for (let i = 0; i < 100_000; i += 1) emit(ping, textDelta(String(i % 10)));
    const late = watch(shared);

    expect(late.values).toEqual([s, b, textDelta(first.values.join(''))]);
  });

  it('emits all messages of a run to a late subscriber, with the results after their calls', async () => {
    const answers = new Answers({ content: ['Let me look.', call('look')] }, { content: 'Found.' });
    const look = defineTool({ name: 'look', input: zod.object({}), run: () => from(['not yet', 'here']) });
    const shared = runTools(params, { tools: [look], request: answers.request }).pipe(shareMessage());
    const beside = ofType('content_block_start', 'message_stop', 'tool_progress', 'tool_result', 'run_end');
    const late: Watched<unknown>[] = [];
    await shared.forEach(({ type }) => {
      if (type === 'tool_result') late.push(watch(shared.pipe(beside)), watch(shared.pipe(textDeltas())));
    });
    const after = [watch(shared.pipe(beside)), watch(shared.pipe(textDeltas()))];
    const kept = [
      { type: 'content_block_start', content_block: { type: 'text' } },
      { type: 'content_block_start', content_block: { type: 'tool_use' } },
      { type: 'tool_result' },
      { type: 'message_stop' },
      { type: 'content_block_start' },
      { type: 'message_stop' },
      { type: 'run_end' },
    ];

    expect(late).toMatchObject([{ values: kept }, { values: ['Let me look.', 'Found.'], ended: 'completed' }]);
    expect(after).toMatchObject([{ values: kept }, { values: ['Let me look.', 'Found.'], ended: 'completed' }]);
    expect(answers.asked).toHaveLength(2);
  });

  it('passes on an event that a gateway repeats, but does not keep it', () => {
    const { shared, emit } = live();
    const first = watch(shared);
    emit(s, s, b);

    expect(first.values).toEqual([s, s, b]);
    expect(watch(shared).values).toEqual([s, b]);
  });

  describe.each(streams)('on the stream $name', ({ events }) => {
    type Operator = OperatorFunction<AnyEvent, unknown>;
    const emitsTheSame: Readonly<Record<string, Operator>> = {
      finalMessage: finalMessage(),
      finalText: finalText(),
      contentBlocks: contentBlocks(),
      toolUses: toolUses(),
      citations: citations(),
      toolInput: pipe(
        toolInput('get_weather'),
        filter(({ done }) => done),
      ),
    };
    const joinsToTheSame: Readonly<Record<string, OperatorFunction<AnyEvent, string>>> = {
      textDeltas: textDeltas(),
      thinkingDeltas: thinkingDeltas(),
      inputJsonDeltas: pipe(
        inputJsonDeltas(),
        map(({ partial_json }) => partial_json),
      ),
    };
    const endsWithTheSame: Readonly<Record<string, Operator>> = {
      accumulateMessage: accumulateMessage(),
      messageState: messageState(),
      usage: usage(),
    };

    /** What subscribers have received at the end if they subscribe after `position` events. */
    function subscribingAt(position: number) {
      const { shared, counts, emit, complete } = live();
      const first = watch(shared);
      const watchAll = <T>(operators: Readonly<Record<string, OperatorFunction<AnyEvent, T>>>) =>
        Object.entries(operators).map(([name, operator]) => ({ name, watched: watch(shared.pipe(operator)) }));
      emit(...events.slice(0, position));
      const same = watchAll(emitsTheSame);
      const joined = watchAll(joinsToTheSame);
      const ends = watchAll(endsWithTheSame);
      emit(...events.slice(position));
      complete();
      return {
        first: first.values,
        requests: counts.requests,
        seen: [
          ...same.map(({ name, watched }) => [name, watched.values, watched.ended]),
          ...joined.map(({ name, watched }) => [name, watched.values.join(''), watched.ended]),
          ...ends.map(({ name, watched }) => [name, watched.values.at(-1), watched.ended]),
        ],
      };
    }

    it('emits to a subscriber at any position what adds up to what the first one receives', () => {
      const { seen } = subscribingAt(0);
      for (let position = 0; position <= events.length; position += 1) {
        const late = subscribingAt(position);

        expect(late.seen).toEqual(seen);
        expect(late.first).toEqual(events);
        expect(late.requests).toBe(1);
      }
    });
  });
});
