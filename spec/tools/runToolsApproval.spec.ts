import { AsyncLocalStorage } from 'node:async_hooks';
import { defer, from, lastValueFrom, map, Observable, of, Subject, tap, toArray } from 'rxjs';
import { z } from 'zod';
import { defineTool, runTools, shareMessage, type MessageStreamEvent, type RunToolsEvent } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { tool } from './support/run.js';
import { Answers, call, params, summaryOf } from './support/turns.js';

const refund = defineTool({
  name: 'refund',
  input: z.object({ euros: z.number(), reason: z.string().default('none') }),
  needsApproval: ({ euros }) => euros > 50,
  run: ({ euros }) => `${euros} refunded`,
});

function approvals(events: readonly RunToolsEvent[]): RunToolsEvent[] {
  return events.filter(({ type }) => type === 'tool_approval_required');
}

describe('runTools: approvals', () => {
  it('emits an event for each call that needs approval, before onTool is called', async () => {
    const order: string[] = [];
    const content = [20, 90].map((euros) => ({ ...call('refund', { euros }), id: `id_${euros}` }));
    const { request } = new Answers({ content }, {});
    const run = runTools(params, {
      tools: [refund],
      request,
      onTool: ({ id, needsApproval }) => {
        order.push(`onTool ${id}`);
        return needsApproval;
      },
    });
    const events = await lastValueFrom(
      run.pipe(
        tap((event) => event.type === 'tool_approval_required' && order.push(event.id)),
        toArray(),
      ),
    );

    expect(approvals(events)).toEqual([
      { type: 'tool_approval_required', id: 'id_90', index: 1, name: 'refund', input: { euros: 90 } },
    ]);
    expect(order).toEqual(['onTool id_20', 'id_90', 'onTool id_90']);
    expect(events.map(summaryOf)).toContain('refund done');
  });

  it('emits none if there is no onTool to approve it', async () => {
    const { request } = new Answers({ content: [call('refund', { euros: 90 })] }, {});
    const events = await lastValueFrom(runTools(params, { tools: [refund], request }).pipe(toArray()));

    expect(approvals(events)).toEqual([]);
  });

  it('shows a call that waits for approval to a late subscriber', () => {
    const { request } = new Answers({ content: [call('refund', { euros: 90 })] });
    const run$ = runTools(params, { tools: [refund], request, onTool: () => new Subject<boolean>() }).pipe(
      shareMessage(),
    );
    const seen: RunToolsEvent[] = [];
    const first = run$.subscribe();
    const late = run$.subscribe((event) => seen.push(event));

    expect(approvals(seen)).toHaveLength(1);
    first.unsubscribe();
    late.unsubscribe();
  });

  it('lets other calls run while one waits for approval', () => {
    const answer = new Subject<boolean>();
    const content = [call('refund', { euros: 90 }), call('a'), call('b')];
    const { request } = new Answers({ content }, {});
    const tools = [refund, tool('a', () => 'a'), tool('b', () => 'b')];
    const seen: string[] = [];
    const onTool = ({ needsApproval }: { needsApproval: boolean }) => (needsApproval ? answer : undefined);
    runTools(params, { tools, request, concurrency: 1, onTool }).subscribe((event) => {
      seen.push(summaryOf(event) ?? event.type);
    });

    expect(seen.filter((what) => what.endsWith('done'))).toEqual(['a done', 'b done']);
    answer.next(true);
    expect(seen).toContain('refund done');
    expect(seen.at(-1)).toBe('end: end_turn');
  });
});

describe('runTools: request', () => {
  it('gets the number of the turn', async () => {
    const answers = new Answers({ content: [call('a')] }, { content: [call('a')] }, {});
    const turns: number[] = [];
    await lastValueFrom(
      runTools(params, {
        tools: [tool('a', () => 'a')],
        request: (asked, { turn }) => {
          turns.push(turn);
          return answers.request(asked);
        },
      }),
    );

    expect(turns).toEqual([1, 2, 3]);
  });

  it('is subscribed to in the asynchronous context of the run, not in that of the response before', async () => {
    const spans = new AsyncLocalStorage<string>();
    const parents: (string | undefined)[] = [];
    const turns = [{ content: [call('a')] }, { content: [call('a')] }, {}];
    const request = (_: unknown, { turn }: { readonly turn: number }): Observable<MessageStreamEvent> => {
      const response = from(eventsOf(buildMessage(turns[turn - 1])));
      return defer(() => {
        parents.push(spans.getStore());
        // The callbacks of the response run in a span of their own.
        return new Observable<MessageStreamEvent>((subscriber) => {
          spans.run(`turn ${turn}`, () => {
            setImmediate(() => response.subscribe(subscriber));
          });
        });
      });
    };
    const saved: (string | undefined)[] = [];
    const onTurn = () => of(saved.push(spans.getStore() ?? '')).pipe(map(() => undefined));
    await spans.run('run', () =>
      lastValueFrom(runTools(params, { tools: [tool('a', () => Promise.resolve('a'))], request, onTurn })),
    );

    expect(parents).toEqual(['run', 'run', 'run']);
    expect(saved).toEqual(['run', 'run', 'run']);
  });
});
