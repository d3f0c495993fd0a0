import { filter, lastValueFrom, map, NEVER, of, toArray, type Observable } from 'rxjs';
import { runTools } from '../../src/tools/runTools.js';
import type { RunToolsEvent } from '../../src/tools/toolEvents.js';
import { blockStart, restart as restartEvent } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { summaries, tool } from './support/run.js';
import { Answers, call, letters, params, stops, summaryOf } from './support/turns.js';

const restart = restartEvent();

/** What the run adds to the conversation, when it ends. */
function conversation(run: Observable<RunToolsEvent>): Observable<unknown> {
  return run.pipe(
    filter((event) => event.type === 'run_end'),
    map(({ messages }) => messages.slice(params.messages.length)),
  );
}

const assistant = (...content: readonly unknown[]) => ({ role: 'assistant', content });
const results = (...of: readonly (readonly [name: string, content: string])[]) => ({
  role: 'user',
  content: of.map(([name, content]) => ({ type: 'tool_result', tool_use_id: `id_${name}`, content })),
});

describe('runTools, in time', () => {
  it(
    'runs a call while the message still streams, and asks again when all calls have their results',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('  -s-A-a-B-b-m-z|           ', letters);
      const subs1 = '       ^-------------!           ';
      const a = cold('             ----|              ');
      const subsA = '       -------^---!              ';
      const b = cold('                 --------|      ');
      const subsB = '       -----------^-------!      ';
      const second = cold('                    -s-M-z|', letters);
      const subs2 = '       -------------------^-----!';
      const expected = '    -s-A-a-B-b-m-z------s-M-z|';
      const { request } = new Answers(first, second);
      const run = runTools(params, { tools: [tool('a', () => a), tool('b', () => b)], request });

      expectObservable(run.pipe(filter((event) => summaryOf(event) === undefined))).toBe(expected, letters);
      expectSubscriptions(first.subscriptions).toBe(subs1);
      expectSubscriptions(a.subscriptions).toBe(subsA);
      expectSubscriptions(b.subscriptions).toBe(subsB);
      expectSubscriptions(second.subscriptions).toBe(subs2);
    }),
  );

  it(
    'emits the events of the tools as they arrive, and its end last',
    marbles(({ cold, expectObservable }) => {
      const first = cold(' -s-A-a-B-b-m-z|               ', letters);
      const a = cold('            --p-|                 ', { p: '50 %' });
      const b = cold('                ---p----|         ', { p: 'half' });
      const second = cold('                   -s-M-z|   ', letters);
      const expected = '   ---------p-x--q----y-----(e|)';
      const { request } = new Answers(first, second);
      const run = runTools(params, { tools: [tool('a', () => a), tool('b', () => b)], request });

      expectObservable(summaries(run)).toBe(expected, {
        p: 'a: 50 %',
        x: 'a done',
        q: 'b: half',
        y: 'b done',
        e: 'end: end_turn',
      });
    }),
  );

  it('emits the event that shows that the model has moved on before it runs the call', async () => {
    const { request } = new Answers({ content: [call('a'), 'Well.'], stop_reason: 'end_turn' });
    const run = runTools(params, { tools: [tool('a', () => 'done')], request });
    const types = await lastValueFrom(
      run.pipe(
        map(({ type }) => type),
        toArray(),
      ),
    );

    expect(types.slice(3, 6)).toEqual(['content_block_stop', 'content_block_start', 'tool_result']);
  });

  it(
    'sends the results in the order of the calls, whichever arrives first',
    marbles(({ cold, expectObservable }) => {
      const first = cold(' -s-A-a-B-b-m-z|           ', letters);
      const a = cold('            ---------(x|)      ', { x: 'slow' });
      const b = cold('                -(y|)          ', { y: 'fast' });
      const second = cold('                -s-M-z|   ', letters);
      const expected = '   ----------------------(r|)';
      const { request } = new Answers(first, second);
      const run = runTools(params, { tools: [tool('a', () => a), tool('b', () => b)], request });

      expectObservable(conversation(run)).toBe(expected, {
        r: [assistant(call('a'), call('b')), results(['a', 'slow'], ['b', 'fast'])],
      });
    }),
  );

  it.each([
    [1, '7ms ^ 11ms !', '19ms ^ 11ms !', '31ms ^ 11ms !'],
    [2, '7ms ^ 11ms !', '11ms ^ 11ms !', '19ms ^ 11ms !'],
    [3, '7ms ^ 11ms !', '11ms ^ 11ms !', '15ms ^ 11ms !'],
  ])('runs at most %d calls at the same time, in their order', (concurrency, ...subs) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('   -s-A-a-B-b-C-c-m-z|', letters);
      const outputs = ['a', 'b', 'c'].map(() => cold('12ms |'));
      const tools = ['a', 'b', 'c'].map((name, index) => tool(name, () => outputs[index]));
      const { request } = new Answers(first, NEVER);

      expectObservable(summaries(runTools(params, { tools, request, concurrency })).pipe(filter(() => false))).toBe(
        '-',
      );
      outputs.forEach((output, index) => {
        expectSubscriptions(output.subscriptions).toBe(subs[index] ?? '');
      });
    })();
  });

  it('runs 4 calls at the same time by default', () => {
    const started: string[] = [];
    const names = ['a', 'b', 'c', 'd', 'e'];
    const start = (name: string): Observable<never> => {
      started.push(name);
      return NEVER;
    };
    const { request } = new Answers({ content: names.map((name) => call(name)) });
    const tools = names.map((name) => tool(name, () => start(name)));
    runTools(params, { tools, request }).subscribe().unsubscribe();

    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  describe('calls that are withdrawn', () => {
    it(
      'are aborted, or not even started, on message_restart',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const first = cold(' -s-A-a-B-b-C-r-s-T-t-M-z|   ', { ...letters, r: restart });
        const a = cold('            -----------------|  ');
        const subsA = '      -------^-----!              ';
        const expected = '   ------------------------(e|)';
        const b = cold('-|');
        const { request } = new Answers(first);
        const tools = [tool('a', () => a), tool('b', () => b)];

        expectObservable(summaries(runTools(params, { tools, request, concurrency: 1 }))).toBe(expected, {
          e: 'end: end_turn',
        });
        expectSubscriptions(a.subscriptions).toBe(subsA);
        expectSubscriptions(b.subscriptions).toBe([]);
      }),
    );

    it(
      'are replaced in the conversation by those of the next attempt',
      marbles(({ cold, expectObservable }) => {
        const first = cold(' -s-A-a-B-r-s-A-a-m-z|         ', { ...letters, r: restart });
        const second = cold('                    -s-M-z|   ', letters);
        const expected = '   --------------------------(r|)';
        let made = 0;
        const tools = [tool('a', () => `attempt ${(made += 1)}`)];
        const { request } = new Answers(first, second);

        expectObservable(conversation(runTools(params, { tools, request }))).toBe(expected, {
          r: [assistant(call('a')), results(['a', 'attempt 2'])],
        });
      }),
    );

    it('do not give their results to those of the next attempt', async () => {
      const { s, A, a, B, z: stop } = letters;
      const source = of(s, A, a, B, restart, s, A, a, stops('max_tokens'), stop);
      const run = runTools(params, { tools: [tool('a', () => 'attempt 1')], request: new Answers(source).request });

      expect(await lastValueFrom(conversation(run))).toMatchObject([{}, { content: [{ is_error: true }] }]);
    });

    it(
      'are aborted by a refusal',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const first = cold(' -s-A-a-B-b-m-z|   ', { ...letters, m: stops('refusal') });
        const a = cold('            -----------|');
        const subsA = '      -------^---!      ';
        const expected = '   --------------(e|)';
        const b = cold('-|');
        const { request } = new Answers(first);
        const tools = [tool('a', () => a), tool('b', () => b)];

        expectObservable(summaries(runTools(params, { tools, request }))).toBe(expected, { e: 'end: refusal' });
        expectSubscriptions(a.subscriptions).toBe(subsA);
        expectSubscriptions(b.subscriptions).toBe([]);
      }),
    );

    it(
      'are aborted by a fallback, and are not in the conversation',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const block = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } };
        const f = blockStart(2, block);
        const [C, c] = [
          { ...letters.C, index: 3 },
          { ...letters.c, index: 3 },
        ];
        const first = cold(' -s-A-a-B-b-f-C-c-m-z|         ', { ...letters, f, C, c });
        const a = cold('            -----------|           ');
        const subsA = '      -------^---!                  ';
        const second = cold('                    -s-M-z|   ', letters);
        const expected = '   --------------------------(r|)';
        const { request } = new Answers(first, second);
        const tools = [tool('a', () => a), tool('b', () => 'b'), tool('c', () => 'c')];

        expectObservable(conversation(runTools(params, { tools, request }))).toBe(expected, {
          r: [assistant(block, call('c')), results(['c', 'c'])],
        });
        expectSubscriptions(a.subscriptions).toBe(subsA);
      }),
    );
  });
});
