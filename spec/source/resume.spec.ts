import { map, toArray, lastValueFrom } from 'rxjs';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  fromResponse,
  messageState,
  OverloadedError,
  resumeOnConnectionError,
  retryOnConnectionError,
  type AnyEvent,
  type ResponseInfo,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { messageStart, restart } from '../support/events.js';
import { eventStream, terminated, writtenBody } from './support/bodies.js';
import { answerEvents, callEvents, progress, result, run, runEnd } from './support/forwardedRuns.js';
import { settle, watch } from './support/outcome.js';
import {
  errorFrame,
  frame,
  framesFrom,
  lostAfter,
  outcomeOfRequest,
  readToEnd,
  request,
} from './support/resumption.js';

const events = eventsOf(buildMessage({ content: 'Hello, world. How are you?' }));

/** The frames of the events after a position. */
const after = (position: number, all: readonly AnyEvent[] = events) => framesFrom(position + 1, all.slice(position));
const first = (count: number, all: readonly AnyEvent[] = events) => framesFrom(1, all.slice(0, count));

const json = (status: number, headers: HeadersInit = {}) =>
  new Response(JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'Down.' } }), { status, headers });

describe('a connection that is lost after an id', () => {
  it.each<[string, Response | string]>([
    ['the connection is lost', lostAfter(first(4))],
    ['the body ends early', first(4)],
    ['the body ends inside an event', first(4) + after(4).slice(0, 40)],
    ['an error event has no id', first(4) + errorFrame()],
    ['an error event has a wait', first(4) + errorFrame({ retryAfterMs: 10 })],
  ])('is resumed if %s', async (_, response) => {
    const outcome = await outcomeOfRequest([response, after(4)]);

    expect(outcome).toMatchObject({ events, ended: 'completed', ids: [undefined, '4'], timers: 0 });
    expect(outcome.reconnects).toMatchObject([{ attempt: 2 }]);
  });

  it('gives the id as a header, and none at first', async () => {
    const { requests } = await outcomeOfRequest([lostAfter(first(4)), after(4)]);

    expect(requests).toEqual([
      { lastEventId: undefined, headers: {} },
      { lastEventId: '4', headers: { 'last-event-id': '4' } },
    ]);
  });

  it.each(['größe', '日本語:4', '😀'])('sends the id %s as UTF-8, as an EventSource does', async (id) => {
    const named = events.slice(0, 4).map((event, index) => frame(index === 3 ? id : `${id} ${index}`, event));
    const { requests } = await outcomeOfRequest([lostAfter(named.join('')), after(4)]);
    const [, { lastEventId, headers } = { lastEventId: '', headers: {} }] = requests;

    expect(lastEventId).toBe(id);
    expect(Buffer.from(new Headers(headers).get('last-event-id') ?? '', 'latin1').toString()).toBe(id);
  });

  it('is resumed as often as there are new events', async () => {
    const answers = events.map((event, index) => lostAfter(frame(index + 1, event)));
    const outcome = await outcomeOfRequest(answers, { resumption: { maxRetries: 1 } });

    expect(outcome).toMatchObject({ events, ended: 'completed' });
    expect(outcome.reconnects.map(({ delayMs }) => delayMs)).toEqual(events.slice(1).map(() => 500));
    expect(outcome.reconnects.map(({ attempt }) => attempt)).toEqual(events.slice(1).map((__, index) => index + 2));
  });

  it('waits longer with each request that fails', async () => {
    const outcome = await outcomeOfRequest([lostAfter(first(4)), terminated(), json(503), '', after(4)]);

    expect(outcome).toMatchObject({ events, ended: 'completed', ids: [undefined, '4', '4', '4', '4'] });
    expect(outcome.reconnects.map(({ delayMs }) => delayMs)).toEqual([500, 1000, 2000, 4000]);
  });

  it('waits as long as the server asks', async () => {
    const outcome = await outcomeOfRequest([lostAfter(first(4)), json(503, { 'retry-after': '7' }), after(4)]);

    expect(outcome.reconnects.map(({ delayMs }) => delayMs)).toEqual([500, 7000]);
    expect(outcome.ended).toBe('completed');
  });

  it('is resumed if a timeout expires', async () => {
    const { stream, write } = writtenBody();
    write(first(4));
    const outcome = await outcomeOfRequest([eventStream(stream), after(4)], { timeout: { idleMs: 2000 } });

    expect(outcome).toMatchObject({ events, ended: 'completed', ids: [undefined, '4'] });
    expect(outcome.reconnects[0]?.error).toBeInstanceOf(APIConnectionTimeoutError);
  });

  it('is resumed between the messages of a tool run', async () => {
    const length = callEvents.length;
    const outcome = await outcomeOfRequest([lostAfter(first(length, run)), after(length, run)]);

    expect(outcome).toMatchObject({ events: run, ended: 'completed', ids: [undefined, String(length)] });
  });

  it('does not limit the wait for the first event of a resumed response', async () => {
    const body = writtenBody();
    const made = request([lostAfter(first(4)), eventStream(body.stream)], {
      timeout: { firstEventMs: 1000, idleMs: 3000 },
    });
    const seen = watch(made.source);
    await settle();
    made.clock.advance(500);
    for (let seconds = 0; seconds < 6; seconds += 2) {
      await settle();
      body.write(': keep-alive\n\n');
      await settle();
      made.clock.advance(2000);
    }
    body.write(after(4));
    body.end();
    await settle();

    expect(seen.ended).toBe('completed');
    expect(made.requests).toHaveLength(2);
  });

  it('calls onResponse for each response, and onRetry before each wait', async () => {
    const statuses: number[] = [];
    const retries: number[] = [];
    await outcomeOfRequest([lostAfter(first(4)), json(503), after(4)], {
      onResponse: ({ status }: ResponseInfo) => statuses.push(status),
      resumption: { onRetry: ({ attempt }) => retries.push(attempt) },
    });

    expect(statuses).toEqual([200, 503, 200]);
    expect(retries).toEqual([2, 3]);
  });

  it('is resumed per subscription', async () => {
    const made = request([lostAfter(first(4)), after(4), lostAfter(first(2)), after(2)]);

    expect((await readToEnd(made, made.source)).ended).toBe('completed');
    expect((await readToEnd(made, made.source)).ended).toBe('completed');
    expect(made.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '4', undefined, '2']);
  });
});

describe('what is passed on', () => {
  it.each<[string, string | Response | Error, unknown]>([
    ['a failure before the first id', lostAfter(sseOf(events.slice(0, 4))), APIConnectionError],
    ['a request that fails', terminated(), APIConnectionError],
    ['an event without an id after the last one', lostAfter(first(3) + sseOf(events.slice(3, 4))), APIConnectionError],
    ['an error event with an id', first(4) + errorFrame({}, '5'), OverloadedError],
    ['an error event that a retry cannot resolve', first(4) + errorFrame({ retryable: false }), OverloadedError],
    ['an error after the complete message', first(events.length) + errorFrame(), OverloadedError],
  ])('%s', async (_, answer, ErrorClass) => {
    const outcome = await outcomeOfRequest([answer]);

    expect(outcome).toMatchObject({ ended: 'failed', reconnects: [], ids: [undefined], timers: 0 });
    expect(outcome.error).toBeInstanceOf(ErrorClass);
  });

  it.each([401, 404, 410])('the status %p of a resumed request', async (status) => {
    const outcome = await outcomeOfRequest([lostAfter(first(4)), json(status)]);

    expect(outcome).toMatchObject({ events: events.slice(0, 4), ended: 'failed', error: { status } });
  });

  it('a failure after maxRetries requests without a new event, with the phase of the stream', async () => {
    const outcome = await outcomeOfRequest([lostAfter(first(4)), json(503), terminated()], {
      resumption: { maxRetries: 2 },
    });

    expect(outcome).toMatchObject({ ended: 'failed', ids: [undefined, '4', '4'], error: { phase: 'mid-content' } });
    expect(outcome.error).toBeInstanceOf(APIConnectionError);
  });

  it('a failure that the server says to wait longer for than maxRetryAfterMs', async () => {
    const outcome = await outcomeOfRequest([lostAfter(first(4)), json(503, { 'retry-after': '61' })]);

    expect(outcome).toMatchObject({ ended: 'failed', error: { status: 503 } });
  });

  it('a failure after maxElapsedMs, counted from the first failure in a row', async () => {
    const third = framesFrom(3, events.slice(2, 3));
    const outcome = await outcomeOfRequest([lostAfter(first(2)), lostAfter(third), lostAfter('')], {
      resumption: { maxElapsedMs: 1600, initialDelayMs: 1000 },
    });

    expect(outcome).toMatchObject({ ended: 'failed', ids: [undefined, '2', '3'] });
  });

  it('an error that shouldRetry refuses', async () => {
    const outcome = await outcomeOfRequest([lostAfter(first(4))], { resumption: { shouldRetry: () => false } });

    expect(outcome.ended).toBe('failed');
  });

  it('to retryOnConnectionError, which requests a new generation', async () => {
    const made = request([lostAfter(sseOf([messageStart()])), first(events.length)]);
    const seen = await readToEnd(made, made.source.pipe(retryOnConnectionError({ scheduler: made.clock.scheduler })));

    expect(seen.ended).toBe('completed');
    expect(seen.values).toMatchObject([{ type: 'message_start' }, { type: 'message_restart' }, ...events]);
  });

  it('the end of a stream that needs nothing more', async () => {
    expect(await outcomeOfRequest([lostAfter(first(events.length))])).toMatchObject({ ended: 'completed' });
  });
});

describe('a wait', () => {
  it('leaves no timer and makes no request after unsubscribing', async () => {
    const made = request([lostAfter(first(4))]);
    const seen = watch(made.source);
    await settle();

    expect(made.clock.timers).toBe(1);

    seen.subscription.unsubscribe();

    expect(made.clock.timers).toBe(0);

    made.clock.advance(10_000);
    await settle();

    expect(made.requests).toHaveLength(1);
  });

  it('ends with an APIUserAbortError when the signal is aborted', async () => {
    const controller = new AbortController();
    const made = request([lostAfter(first(4))], { signal: controller.signal });
    const seen = watch(made.source);
    await settle();
    controller.abort('stop');

    expect(seen).toMatchObject({ ended: 'failed', error: { phase: 'mid-content', cause: 'stop' } });
    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect(made.clock.timers).toBe(0);
  });
});

describe('messageState', () => {
  it.each<[string, readonly AnyEvent[], number, readonly string[]]>([
    ['of a text', events, 4, ['connecting', 'streaming', 'reconnecting', 'streaming', 'done']],
    [
      'between the messages of a run',
      [...callEvents, progress, result, ...answerEvents, runEnd],
      callEvents.length,
      ['connecting', 'streaming', 'tool', 'reconnecting', 'tool', 'streaming', 'done'],
    ],
    [
      'after a withdrawn message',
      [...events.slice(0, 4), restart(), ...events],
      5,
      ['connecting', 'streaming', 'retrying', 'streaming', 'done'],
    ],
  ])('shows that it reconnects, and what the model does after that: %s', async (_, all, count, expected) => {
    const made = request([lostAfter(first(count, all)), after(count, all)]);
    const { values } = await readToEnd(
      made,
      made.source.pipe(
        messageState(),
        map(({ status }) => status),
      ),
    );

    expect(values.filter((status, index) => status !== values[index - 1])).toEqual(expected);
  });
});

describe('the arguments', () => {
  it('are validated at call time', () => {
    expect(() => resumeOnConnectionError({ maxRetries: -1 })).toThrow(RangeError);
    expect(() => fromResponse(new Response(), { resume: resumeOnConnectionError() })).toThrow(
      'fromResponse: with resume, response must be a function that makes a request.',
    );
  });

  it('are given without resume too', async () => {
    const contexts: unknown[] = [];
    const source = fromResponse((_, context) => {
      contexts.push(context);
      return eventStream(first(events.length));
    });

    expect(await lastValueFrom(source.pipe(toArray()))).toEqual(events);
    expect(contexts).toEqual([{ lastEventId: undefined, headers: {} }]);
  });
});
