import { getEventListeners } from 'node:events';
import { concat, defer, EMPTY, filter, finalize, lastValueFrom, NEVER, Observable, of, take, throwError } from 'rxjs';
import {
  APIUserAbortError,
  IncompleteMessageError,
  OverloadedError,
  retryOnConnectionError,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import type { ToolContext } from '../../src/tools/defineTool.js';
import { runTools } from '../../src/tools/runTools.js';
import { marbles } from '../support/marbles.js';
import { summaries, tool } from './support/run.js';
import { Answers, call, letters, params } from './support/turns.js';

describe('runTools, ending early', () => {
  describe('unsubscribing', () => {
    it(
      'aborts the request and the tools',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const first = cold(' -s-A-a-B-b-m-z|', letters);
        const subs1 = '      ^---------!    ';
        const a = cold('            ---p---');
        const subsA = '      -------^--!    ';
        const { request } = new Answers(first);

        expectObservable(summaries(runTools(params, { tools: [tool('a', () => a)], request })), subs1).toBe('-');
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

    it('makes no further request once the consumer has enough', async () => {
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

    it('stops a synchronous request when the consumer has enough, also while a tool runs', () => {
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
      'fails with the error of a request, and aborts its tools',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const error = overloaded();
        const first = cold(' -s-A-a-B-#      ', letters, error);
        const a = cold('            ---------|');
        const subsA = '      -------^-!       ';
        const expected = '   ---------#       ';
        const { request } = new Answers(first);

        expectObservable(summaries(runTools(params, { tools: [tool('a', () => a)], request }))).toBe(
          expected,
          {},
          error,
        );
        expectSubscriptions(a.subscriptions).toBe(subsA);
      }),
    );

    it('has what had arrived of that turn as the partial message', async () => {
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

    it('does not accept an incomplete turn as an answer', async () => {
      const { s, A, a, B } = letters;
      const run = (...events: MessageStreamEvent[]) =>
        lastValueFrom(runTools(params, { tools: [], request: new Answers(of(...events)).request }));

      await expect(run(s, A, a, B)).rejects.toThrow(IncompleteMessageError);
      await expect(run(s, A, a, B)).rejects.toMatchObject({ partial: { content: [call('a'), call('b')] } });
      await expect(run()).rejects.toThrow(IncompleteMessageError);
    });

    it('fails with what request throws', async () => {
      const error = new Error('No request.');
      const request = (): never => {
        throw error;
      };

      await expect(lastValueFrom(runTools(params, { tools: [], request }))).rejects.toBe(error);
    });

    it(
      'sends the request of a turn again if request retries, and runs no call twice',
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

        expectObservable(summaries(runTools(params, { tools: [tool('a', () => a)], request }))).toBe(expected, {
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
      await expect(run).rejects.toMatchObject({ cause: 'enough', partial: undefined });
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

    it('has no partial of a turn that has ended', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const { request } = new Answers({ content: [call('a')] }, NEVER);
      const run = lastValueFrom(runTools(params, { tools: [tool('a', () => 'a')], request, signal }));
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort();

      await expect(run).rejects.toMatchObject({ name: 'APIUserAbortError', partial: undefined });
    });

    it('fails at once if it was aborted before', async () => {
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

    it('listens to it only during the run', async () => {
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
