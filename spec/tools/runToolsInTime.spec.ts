import { getEventListeners } from 'node:events';
import {
  concat,
  defer,
  EMPTY,
  filter,
  finalize,
  lastValueFrom,
  map,
  NEVER,
  Observable,
  of,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { z } from 'zod';
import {
  APIUserAbortError,
  IncompleteMessageError,
  OverloadedError,
  retryOnConnectionError,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { defineTool, type Tool, type ToolContext, type ToolOutput } from '../../src/tools/defineTool.js';
import { runTools } from '../../src/tools/runTools.js';
import type { RunToolsEvent } from '../../src/tools/toolEvents.js';
import { marbles } from '../support/marbles.js';
import { Answers, call, letters, params, restart, stops, told } from './support/turns.js';

const input = z.object({}).loose();

function tool(name: string, run: (context: ToolContext) => ToolOutput): Tool {
  return defineTool({ name, input, run: (_, context) => run(context) });
}

/** What the run says beside its messages. */
function story(run: Observable<RunToolsEvent>): Observable<string> {
  return run.pipe(
    map(told),
    filter((text) => text !== undefined),
  );
}

/** What the conversation has after its beginning, when the run ends. */
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
    'makes a call while the message still streams, and asks again when all have their results',
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

      expectObservable(run.pipe(filter((event) => told(event) === undefined))).toBe(expected, letters);
      expectSubscriptions(first.subscriptions).toBe(subs1);
      expectSubscriptions(a.subscriptions).toBe(subsA);
      expectSubscriptions(b.subscriptions).toBe(subsB);
      expectSubscriptions(second.subscriptions).toBe(subs2);
    }),
  );

  it(
    'says what the tools say as soon as they do, and its end last',
    marbles(({ cold, expectObservable }) => {
      const first = cold(' -s-A-a-B-b-m-z|               ', letters);
      const a = cold('            --p-|                 ', { p: '50 %' });
      const b = cold('                ---p----|         ', { p: 'half' });
      const second = cold('                   -s-M-z|   ', letters);
      const expected = '   ---------p-x--q----y-----(e|)';
      const { request } = new Answers(first, second);
      const run = runTools(params, { tools: [tool('a', () => a), tool('b', () => b)], request });

      expectObservable(story(run)).toBe(expected, {
        p: 'a: 50 %',
        x: 'a done',
        q: 'b: half',
        y: 'b done',
        e: 'end: end_turn',
      });
    }),
  );

  it('tells the event that shows that the model has moved on before it makes the call', async () => {
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
    'sends the results in the order of the calls, whichever comes first',
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
  ])('makes at most %d calls at a time, in their order', (concurrency, ...subs) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('   -s-A-a-B-b-C-c-m-z|', letters);
      const outputs = ['a', 'b', 'c'].map(() => cold('12ms |'));
      const tools = ['a', 'b', 'c'].map((name, index) => tool(name, () => outputs[index]));
      const { request } = new Answers(first, NEVER);

      expectObservable(story(runTools(params, { tools, request, concurrency })).pipe(filter(() => false))).toBe('-');
      outputs.forEach((output, index) => {
        expectSubscriptions(output.subscriptions).toBe(subs[index] ?? '');
      });
    })();
  });

  it('makes 4 calls at a time by default', () => {
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

        expectObservable(story(runTools(params, { tools, request, concurrency: 1 }))).toBe(expected, {
          e: 'end: end_turn',
        });
        expectSubscriptions(a.subscriptions).toBe(subsA);
        expectSubscriptions(b.subscriptions).toBe([]);
      }),
    );

    it(
      'leave the conversation to those of the next attempt',
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

    it('are not taken for those of the next attempt', async () => {
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

        expectObservable(story(runTools(params, { tools, request }))).toBe(expected, { e: 'end: refusal' });
        expectSubscriptions(a.subscriptions).toBe(subsA);
        expectSubscriptions(b.subscriptions).toBe([]);
      }),
    );

    it(
      'are aborted by a fallback, and are not in the conversation',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const block: unknown = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } };
        const f = { type: 'content_block_start', index: 2, content_block: block } as MessageStreamEvent;
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

  describe('leaving', () => {
    it(
      'aborts the request and the tools',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const first = cold(' -s-A-a-B-b-m-z|', letters);
        const subs1 = '      ^---------!    ';
        const a = cold('            ---p---');
        const subsA = '      -------^--!    ';
        const { request } = new Answers(first);

        expectObservable(story(runTools(params, { tools: [tool('a', () => a)], request })), subs1).toBe('-');
        expectSubscriptions(first.subscriptions).toBe(subs1);
        expectSubscriptions(a.subscriptions).toBe(subsA);
      }),
    );

    it('aborts the signal of each tool that runs', () => {
      const signals: AbortSignal[] = [];
      const wait = ({ signal }: ToolContext): Promise<never> => {
        signals.push(signal);
        return new Promise(() => undefined);
      };
      const { request } = new Answers({ content: [call('a'), call('b')] });
      const subscription = runTools(params, { tools: [tool('a', wait), tool('b', wait)], request }).subscribe();

      expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
      subscription.unsubscribe();
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    });

    it('asks no more once the consumer has enough', async () => {
      const answers = new Answers({ content: [call('a')] });
      const run = runTools(params, { tools: [tool('a', () => 'a')], request: answers.request });
      await lastValueFrom(
        run.pipe(
          filter(({ type }) => type === 'tool_result'),
          take(1),
        ),
      );

      expect(answers.asked).toHaveLength(1);
    });

    it('stops a synchronous request when the consumer has enough, also in the middle of a call', () => {
      const events = eventsOf(buildMessage({ content: [call('a'), call('b'), 'One', 'Two'] }));
      let pulled = 0;
      const source = new Observable<MessageStreamEvent>((subscriber) => {
        for (const event of events) {
          if (subscriber.closed) return;
          pulled += 1;
          subscriber.next(event);
        }
      });
      const left: boolean[] = [];
      const waiting = NEVER.pipe(finalize(() => left.push(true)));
      const { request } = new Answers(source);
      const run = runTools(params, { tools: [tool('a', () => waiting), tool('b', () => 'b')], request });
      run
        .pipe(
          filter(({ type }) => type === 'tool_result'),
          take(1),
        )
        .subscribe();

      expect(left).toEqual([true]);
      expect(events[pulled - 1]).toMatchObject({ type: 'content_block_start', index: 2 });
    });
  });

  describe('failing', () => {
    const overloaded = () => new OverloadedError('Overloaded', { status: 529 });

    it(
      'ends with the error of a request, and aborts its tools',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const error = overloaded();
        const first = cold(' -s-A-a-B-#      ', letters, error);
        const a = cold('            ---------|');
        const subsA = '      -------^-!       ';
        const expected = '   ---------#       ';
        const { request } = new Answers(first);

        expectObservable(story(runTools(params, { tools: [tool('a', () => a)], request }))).toBe(expected, {}, error);
        expectSubscriptions(a.subscriptions).toBe(subsA);
      }),
    );

    it('has what had come of that turn as the partial message', async () => {
      const error = overloaded();
      const { s, T } = letters;
      const second = concat(
        of(s, T),
        throwError(() => error),
      );
      const { request } = new Answers({ content: [call('a')] }, second);

      await expect(lastValueFrom(runTools(params, { tools: [], request }))).rejects.toBe(error);
      expect(error.partial?.content).toEqual([{ type: 'text', text: 'Well.' }]);
    });

    it('does not take a cut turn for an answer', async () => {
      const { s, A, a, B } = letters;
      const run = (...events: MessageStreamEvent[]) =>
        lastValueFrom(runTools(params, { tools: [], request: new Answers(of(...events)).request }));

      await expect(run(s, A, a, B)).rejects.toThrow(IncompleteMessageError);
      await expect(run(s, A, a, B)).rejects.toMatchObject({ partial: { content: [call('a'), call('b')] } });
      await expect(run()).rejects.toThrow(IncompleteMessageError);
    });

    it('ends with what request throws', async () => {
      const error = new Error('No request.');
      const request = (): never => {
        throw error;
      };

      await expect(lastValueFrom(runTools(params, { tools: [], request }))).rejects.toBe(error);
    });

    it(
      'sends the request of a turn again where request says so, and makes no call twice',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const first = cold(' -s-A-a-m-z|                    ', letters);
        const a = cold('            --|                     ');
        const subsA = '      -------^-!                     ';
        const lost = cold('            -s#                  ', letters, overloaded());
        const again = cold('                       -s-M-z|   ', letters);
        const attempts = [first, lost, again];
        const expected = '   ---------x------------------(e|)';
        const asked = () => attempts.shift() ?? EMPTY;
        const request = () => defer(asked).pipe(retryOnConnectionError({ initialDelayMs: 10, jitter: 0 }));

        expectObservable(story(runTools(params, { tools: [tool('a', () => a)], request }))).toBe(expected, {
          x: 'a done',
          e: 'end: end_turn',
        });
        expectSubscriptions(a.subscriptions).toBe(subsA);
      }),
    );
  });

  describe('with a signal', () => {
    it('fails while only tools run, and aborts them', async () => {
      const controller = new AbortController();
      const signals: AbortSignal[] = [];
      const wait = ({ signal }: ToolContext): Promise<never> => {
        signals.push(signal);
        return new Promise(() => undefined);
      };
      const { request } = new Answers({ content: [call('a')] });
      const { signal } = controller;
      const run = lastValueFrom(runTools(params, { tools: [tool('a', wait)], request, signal }));
      controller.abort('enough');

      await expect(run).rejects.toThrow(APIUserAbortError);
      await expect(run).rejects.toMatchObject({ cause: 'enough', partial: { content: [call('a')] } });
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    });

    it('fails while a message streams', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const { request } = new Answers(concat(of(letters.s, letters.A), NEVER));
      const run = lastValueFrom(runTools(params, { tools: [], request, signal }));
      controller.abort();

      await expect(run).rejects.toThrow(APIUserAbortError);
      await expect(run).rejects.toMatchObject({ partial: { content: [{ type: 'tool_use', name: 'a' }] } });
    });

    it('has no partial of a turn that is over', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const { request } = new Answers({ content: [call('a')] }, NEVER);
      const run = lastValueFrom(runTools(params, { tools: [tool('a', () => 'a')], request, signal }));
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort();

      await expect(run).rejects.toMatchObject({ name: 'APIUserAbortError', partial: undefined });
    });

    it('fails at once where it was aborted before', async () => {
      const { request } = new Answers(concat(of(letters.s), NEVER));
      const own = { tools: [], signal: AbortSignal.abort(), request };

      await expect(lastValueFrom(runTools(params, own))).rejects.toThrow(APIUserAbortError);
      const options = {
        tools: [],
        signal: AbortSignal.abort(),
        apiKey: 'k',
        fetch: () => new Promise<never>(() => undefined),
      };

      await expect(lastValueFrom(runTools(params, options))).rejects.toThrow(APIUserAbortError);
    });

    it('listens to it no longer than the run', async () => {
      const { signal } = new AbortController();
      const run = (...turns: ConstructorParameters<typeof Answers>) =>
        runTools(params, { tools: [tool('a', () => 'a')], request: new Answers(...turns).request, signal });
      await lastValueFrom(run({ content: [call('a')] }, { content: 'Done.' }));
      await lastValueFrom(run(throwError(() => new Error('lost')))).catch(() => undefined);
      const subscription = run(concat(of(letters.s), NEVER)).subscribe();

      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      subscription.unsubscribe();
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });
  });
});
