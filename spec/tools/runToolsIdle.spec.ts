import { concat, finalize, from, ignoreElements, map, NEVER, of, take, timer, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  APIConnectionTimeoutError,
  defineTool,
  runTools,
  type MessageStreamEvent,
  type RunToolsEvent,
  type RunToolsOptions,
  type Tool,
} from '../../src/index.js';
import { idleTimeout } from '../../src/operators/idleTimeout.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { eventStream, writtenBody, type WrittenBody } from '../source/support/bodies.js';
import { virtualClock, type Clock } from '../source/support/clock.js';
import { settle, watch, type Watched } from '../source/support/outcome.js';
import { Answers, call, letters, params, summaryOf } from './support/turns.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Timeouts that are far shorter than the tools run. */
const short = { firstEventMs: second, idleMs: second, contentMs: second };

function tool(name: string, run: () => unknown): Tool {
  return defineTool({ name, input: z.object({}), run });
}

/** Summarizes the events that are not those of messages. */
function story({ values }: Watched<RunToolsEvent>): string[] {
  return values.map(summaryOf).filter((text) => text !== undefined);
}

describe('idleTimeout, on the events of runTools', () => {
  function watchRun(
    answers: Answers,
    { scheduler }: Clock,
    tools: readonly Tool[],
    waits: Parameters<typeof idleTimeout>[0] = short,
  ): Watched<RunToolsEvent> {
    const { request } = answers;
    return watch(runTools(params, { tools, request }).pipe(idleTimeout({ ...waits, scheduler })));
  }

  it('is paused while tools run after a message', () => {
    const clock = virtualClock();
    const answers = new Answers({ content: [call('a')] }, { content: [call('a')] }, { content: 'Well.' });
    const seen = watchRun(answers, clock, [tool('a', () => timer(hour, clock.scheduler))]);
    clock.advance(hour);

    expect(seen.ended).toBeUndefined();

    clock.advance(hour);

    expect(seen.ended).toBe('completed');
    expect(story(seen)).toEqual(['a done', 'a done', 'end: end_turn']);
    expect(clock.timers).toBe(0);
  });

  it('is paused while one tool still runs and others have emitted progress and their results', () => {
    const clock = virtualClock();
    const { scheduler } = clock;
    const answers = new Answers({ content: [call('a'), call('b')] }, { content: 'Well.' });
    const seen = watchRun(answers, clock, [
      tool('a', () => timer(hour, scheduler)),
      tool('b', () => timer(minute, minute, scheduler).pipe(take(3))),
    ]);
    clock.advance(30 * minute);

    expect(story(seen)).toEqual(['b: 0', 'b: 1', 'b done']);

    clock.advance(30 * minute);

    expect(seen.ended).toBe('completed');
    expect(story(seen).slice(3)).toEqual(['a done', 'end: end_turn']);
  });

  it('is paused while the next request connects, and resumes when it has connected', () => {
    const clock = virtualClock();
    const connecting = timer(hour, clock.scheduler).pipe(ignoreElements());
    const stalling = concat(connecting, of<MessageStreamEvent>(letters.s), NEVER);
    const seen = watchRun(new Answers({ content: [call('a')] }, stalling), clock, [tool('a', () => 'done')]);
    clock.advance(hour + second - 1);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toMatchObject({ timeout: 'contentMs', lastEvent: 'message_start' });
  });

  it('is not paused while a message streams, whatever its tools emit meanwhile', () => {
    const clock = virtualClock();
    const { scheduler } = clock;
    const { s, A, a, B } = letters;
    let left = 0;
    const talking = timer(100, 100, scheduler).pipe(
      finalize(() => {
        left += 1;
      }),
    );
    const stalling = concat(from<MessageStreamEvent[]>([s, A, a, B]), NEVER);
    const seen = watchRun(new Answers(stalling), clock, [tool('a', () => talking)], { idleMs: second });
    clock.advance(second - 1);

    expect(seen.ended).toBeUndefined();
    expect(story(seen).slice(0, 3)).toEqual(['a: 0', 'a: 1', 'a: 2']);

    clock.advance(1);

    expect(seen.error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(seen.error).toMatchObject({ timeout: 'idleMs', ms: second, lastEvent: 'content_block_start' });
    expect(left).toBe(1);
    expect(clock.timers).toBe(0);
  });

  it('includes the time of the tools in totalMs', () => {
    const clock = virtualClock();
    const answers = new Answers({ content: [call('a')] }, { content: 'Well.' });
    const tools = [tool('a', () => timer(hour, clock.scheduler))];
    const seen = watchRun(answers, clock, tools, { totalMs: hour - 1 });
    clock.advance(hour - 1);

    expect(seen.error).toMatchObject({ timeout: 'totalMs', lastEvent: 'message_stop' });
  });
});

describe('the timeouts of runTools', () => {
  const wholeTurn = (content: Parameters<typeof buildMessage>[0]): string => sseOf(eventsOf(buildMessage(content)));
  const turns = [
    wholeTurn({ id: 'msg_1', content: [call('a')] }),
    wholeTurn({ id: 'msg_2', content: [call('a')] }),
    wholeTurn({ id: 'msg_3', content: 'Well.' }),
  ];

  /** A run whose responses the spec writes. */
  function talk(run: (clock: Clock) => unknown, options: Partial<RunToolsOptions> = {}) {
    const clock = virtualClock();
    const bodies: WrittenBody[] = [];
    const fetch = () => {
      const body = writtenBody();
      bodies.push(body);
      return Promise.resolve(eventStream(body.stream));
    };
    const { scheduler } = clock;
    const timeout = { headersMs: second, ...short, ...options.timeout };
    const tools = [tool('a', () => run(clock))];
    const seen = watch(runTools(params, { apiKey: 'k', fetch, tools, scheduler, ...options, timeout }));
    return {
      clock,
      seen,
      bodies,
      /** Writes to the newest body, and lets it be read. */
      async write(text: string) {
        await settle();
        bodies.at(-1)?.write(text);
        await settle();
      },
      async end() {
        bodies.at(-1)?.end();
        await settle();
      },
    };
  }

  it('apply to each request: none is active while tools run, and the next request starts its own', async () => {
    const { clock, seen, bodies, write, end } = talk(({ scheduler }) => timer(hour, scheduler));
    for (const turn of turns.slice(0, 2)) {
      await write(turn);
      await end();

      expect(clock.timers).toBe(1); // the tool's

      clock.advance(hour);
      await settle();
    }

    expect(bodies).toHaveLength(3);
    expect(clock.timers).toBe(1); // the request's
    await write(turns[2] ?? '');
    await end();

    expect(seen.ended).toBe('completed');
    expect(story(seen)).toEqual(['a done', 'a done', 'end: end_turn']);
    expect(clock.timers).toBe(0);
  });

  it('are paused too while a body stays open after its message', async () => {
    const { clock, seen, bodies, write } = talk(({ scheduler }) => timer(hour, scheduler));
    await write(turns[0] ?? '');
    clock.advance(4 * second);

    expect(bodies[0]?.isCancelled).toBe(false);

    clock.advance(hour - 4 * second);
    await settle();

    expect(bodies[0]?.isCancelled).toBe(true);
    expect(seen.ended).toBeUndefined();
    expect(bodies).toHaveLength(2);
    seen.subscription.unsubscribe();
  });

  it('are active while the message still streams, also if a tool runs', async () => {
    const { s, A, a, B } = letters;
    let left = 0;
    const running = NEVER.pipe(
      finalize(() => {
        left += 1;
      }),
    );
    const { clock, seen, write } = talk(() => running, { timeout: { contentMs: Infinity } });
    await write(sseOf([s, A, a, B]));
    clock.advance(second - 1);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toMatchObject({ timeout: 'idleMs', ms: second, lastEvent: 'content_block_start' });
    expect(left).toBe(1);
  });

  it('start again with the next request', async () => {
    const { clock, seen, write, end } = talk(({ scheduler }): Observable<unknown> =>
      timer(hour, scheduler).pipe(map(() => 'done')),
    );
    await write(turns[0] ?? '');
    await end();
    clock.advance(hour);
    await settle();
    clock.advance(second);
    await settle();

    expect(seen.error).toMatchObject({ timeout: 'firstEventMs', ms: second, lastEvent: undefined });
    expect(clock.timers).toBe(0);
  });
});
