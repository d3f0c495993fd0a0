import { concat, from, map, NEVER, of, throwError, type Observable } from 'rxjs';
import {
  continueOnConnectionError,
  finalText,
  retryOnConnectionError,
  type AnyEvent,
  type Message,
} from '../../../src/index.js';
import type { RecordToOptions } from '../../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { messageStart, restart } from '../../support/events.js';
import { settle } from './support/manualScheduler.js';
import { receive } from './support/receive.js';
import { Stage } from './support/stage.js';

const TEXT = 'The tide comes in twice a day.';
const events = eventsOf(buildMessage({ content: TEXT }), { deltaLength: 5 });

/** The index of the first event with text. */
const FIRST_TEXT = 2;

/** The text of a message whose events these are. */
function textOf(all: readonly AnyEvent[]): string {
  const client = receive(from(all).pipe(finalText()));
  if (client.error !== undefined) throw client.error as Error;
  return client.values.join('');
}

/** What every client gets of the events. Only the one that generates has the error itself in them. */
function publicPart(all: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(all, (name, value: unknown) => (name === 'error' ? undefined : value)));
}

const textIn = (message: Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

/** Continues as the model would: with exactly the text that is missing. */
function resilient(stage: Stage, continuations: string[] = []): NonNullable<RecordToOptions['takeOver']> {
  return continueOnConnectionError({
    initialDelayMs: 0,
    scheduler: stage.scheduler,
    continueWith: (partial): Observable<AnyEvent> => {
      const rest = TEXT.slice(textIn(partial).length);
      continuations.push(rest);
      return from(eventsOf(buildMessage({ content: rest }), { deltaLength: 5 }));
    },
  });
}

/** A process that records the first events of the stream, and is then cut off from the log. */
async function died(count: number, stage = new Stage({ leaseMs: 10_000 })) {
  const { log, cutOff, reconnect } = stage.processLog();
  const first = stage.record({}, log);
  await settle();
  stage.generation.emit(...events.slice(0, count));
  await settle();
  cutOff();
  return { stage, first, reconnect, dead: stage.generation };
}

describe('a process that dies', () => {
  it.each(events.slice(0, -2).flatMap((_, index) => (index < FIRST_TEXT ? [] : [index + 1])))(
    'is replaced by one that reads, which continues the message: after %d events',
    async (count) => {
      const continuations: string[] = [];
      const { stage } = await died(count);
      const waiting = stage.resume({ after: count, takeOver: resilient(stage, continuations) });
      const another = stage.resume({ takeOver: resilient(stage, continuations) });
      await stage.scheduler.pass(30_000);

      expect(continuations).toHaveLength(1);
      expect([waiting.state, another.state]).toEqual(['complete', 'complete']);
      expect(textOf(another.values)).toBe(TEXT);
      expect(another.values.slice(0, count)).toEqual(events.slice(0, count));
      expect(publicPart(waiting.values)).toEqual(publicPart(another.values.slice(count)));
      expect(publicPart(await stage.stored())).toEqual(publicPart(another.values));
      expect(stage.timers).toBe(0);
    },
  );

  it.each([1, 2, events.length - 1])(
    'leaves an error if the message cannot be continued, and the reader has no request to send again: after %d events',
    async (count) => {
      const { stage } = await died(count);
      const clients = [stage.resume({ takeOver: resilient(stage) }), stage.resume({ takeOver: resilient(stage) })];
      await stage.scheduler.pass(30_000);
      const late = stage.resume();
      await settle();

      expect(clients.map(({ state }) => state)).toEqual(['failed', 'failed']);
      expect(late.error).toMatchObject({ name: 'APIConnectionError', retryable: false });
    },
  );

  it.each(events.slice(0, -1).map((_, index) => index))(
    'is replaced by the same request, which continues or starts over: after %d events',
    async (count) => {
      const continuations: string[] = [];
      const { stage } = await died(count);
      const source = from(events);
      const takeOver = resilient(stage, continuations);
      const same = stage.record({ after: count, takeOver }, stage.log, source);
      const late = stage.record({ takeOver }, stage.log, source);
      await stage.scheduler.pass(30_000);

      expect([same.state, late.state]).toEqual(['complete', 'complete']);
      expect(textOf(late.values)).toBe(TEXT);
      expect(publicPart(same.values)).toEqual(publicPart(late.values.slice(count)));
      expect(late.values.filter(({ type }) => type === 'message_restart')).toHaveLength(
        count > 0 && continuations.length === 0 ? 1 : 0,
      );
    },
  );

  it('waits for its client if nobody reads, and continues when it comes back', async () => {
    const { stage } = await died(5);
    await stage.scheduler.pass(60_000);
    const back = stage.resume({ after: 3, takeOver: resilient(stage) });
    await stage.scheduler.pass(1);

    expect(back.state).toBe('complete');
    expect(textOf([...events.slice(0, 3), ...back.values])).toBe(TEXT);
  });

  it('leaves an error if nobody can continue its stream', async () => {
    const { stage } = await died(5);
    const clients = [stage.resume(), stage.resume({ after: 3 })];
    await stage.scheduler.pass(60_000);

    expect(clients.map(({ values }) => values)).toEqual([events.slice(0, 5), events.slice(3, 5)]);
    expect(clients.map(({ error }) => error)).toEqual([
      expect.objectContaining({ name: 'IncompleteMessageError' }),
      expect.objectContaining({ name: 'IncompleteMessageError' }),
    ]);
    expect(await stage.stored()).toHaveLength(6);
  });

  it('is replaced by a client that can continue, even if another that cannot noticed first', async () => {
    const { stage } = await died(5);
    const first = stage.resume();
    await stage.scheduler.pass(12_000);
    const second = stage.resume({ takeOver: resilient(stage) });
    await stage.scheduler.pass(20_000);

    expect([first.state, second.state]).toEqual(['complete', 'complete']);
    expect(textOf(first.values)).toBe(TEXT);
  });

  it('is replaced by a client that can continue, even if another sends the same request without takeOver first', async () => {
    const { stage } = await died(5);
    await stage.scheduler.pass(60_000);
    const first = stage.record();
    await stage.scheduler.pass(2_000);
    const second = stage.resume({ takeOver: resilient(stage) });
    await stage.scheduler.pass(20_000);

    expect([first.state, second.state]).toEqual(['complete', 'complete']);
    expect(textOf(first.values)).toBe(TEXT);
    expect(stage.generation.starts).toBe(1);
  });

  it('needs no continuation if its message was complete', async () => {
    const continuations: string[] = [];
    const { stage } = await died(events.length);
    const late = stage.resume({ takeOver: resilient(stage, continuations) });
    await stage.scheduler.pass(20_000);

    expect(late).toMatchObject({ state: 'complete', values: events });
    expect(continuations).toEqual([]);
    expect((await stage.log.read('a', 0)).state).toBe('ended');
  });

  it('is not replaced after a stop: the stream ends', async () => {
    const continuations: string[] = [];
    const { stage } = await died(5);
    await stage.log.stop('a');
    const slow = stage.resume({ takeOver: (soFar) => concat(soFar.pipe(resilient(stage)), NEVER) });
    const late = stage.resume({
      takeOver: (soFar) => soFar.pipe(continueOnConnectionError({ continueWith: () => NEVER })),
    });
    await stage.scheduler.pass(20_000);

    expect([slow.error, late.error]).toEqual([
      expect.objectContaining({ name: 'APIUserAbortError' }),
      expect.objectContaining({ name: 'APIUserAbortError' }),
    ]);
    expect(continuations).toEqual([]);
  });

  it('can die again, in the middle of the continuation', async () => {
    const { stage } = await died(5);
    const { log, cutOff } = stage.processLog();
    const second = stage.resume(
      {
        takeOver: (soFar) =>
          soFar.pipe(
            continueOnConnectionError({
              initialDelayMs: 0,
              scheduler: stage.scheduler,
              continueWith: (partial) =>
                concat(
                  from(
                    eventsOf(buildMessage({ content: TEXT.slice(textIn(partial).length) }), { deltaLength: 3 }).slice(
                      0,
                      4,
                    ),
                  ),
                  NEVER,
                ),
            }),
          ),
      },
      log,
    );
    await stage.scheduler.pass(20_000);
    cutOff();
    const third = stage.resume({ after: 2, takeOver: resilient(stage) });
    await stage.scheduler.pass(20_000);

    expect(second.state).not.toBe('complete');
    expect(third.state).toBe('complete');
    expect(textOf([...events.slice(0, 2), ...third.values])).toBe(TEXT);
    expect(third.values.filter(({ type }) => type === 'message_reconnect')).toHaveLength(2);
  });

  it('leaves a restart that its clients and the next process follow', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const { log, cutOff } = stage.processLog();
    stage.record({}, log);
    await settle();
    stage.generation.emit(...events.slice(0, 4), restart({ error: new Error('secret') }), ...events.slice(0, 6));
    await settle();
    cutOff();
    const late = stage.resume({ takeOver: resilient(stage) });
    await stage.scheduler.pass(20_000);

    expect(late.state).toBe('complete');
    expect(textOf(late.values)).toBe(TEXT);
  });
});

describe('a process that comes back', () => {
  it('has stopped its generation, and told its client to resume', async () => {
    const { stage, first, reconnect, dead } = await died(5, new Stage({ leaseMs: 10_000, graceMs: 1e9 }));
    const second = stage.resume({ after: 5, takeOver: resilient(stage) });
    await stage.scheduler.pass(9_000);
    reconnect();
    await stage.scheduler.pass(30_000);

    expect(second.state).toBe('complete');
    expect(dead.isRunning).toBe(false);
    expect(first).toMatchObject({
      values: events.slice(0, 5),
      error: { name: 'StreamInterruptedError', retryable: true },
    });
  });

  it('writes nothing after another process has taken over', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const paused: (() => void)[] = [];
    let isPaused = false;
    const log = {
      ...stage.log,
      append: async (...args: Parameters<typeof stage.log.append>) => {
        if (isPaused) await new Promise<void>((resolve) => paused.push(resolve));
        return stage.log.append(...args);
      },
    };
    const first = stage.record({}, log);
    await settle();
    stage.generation.emit(...events.slice(0, 5));
    await settle();
    isPaused = true;
    stage.generation.emit(...events.slice(5, 7));
    await settle();

    expect(first.values).toEqual(events.slice(0, 5));

    const lease = await takeLease(stage);
    isPaused = false;
    for (const resume of paused) resume();
    await settle();

    expect(stage.generation.isRunning).toBe(false);

    const rest = events.slice(5);
    await stage.log.append(
      lease,
      rest.map((event, index) => ({ position: 6 + index, data: JSON.stringify(event) })),
      { isEnd: true },
    );
    await stage.scheduler.pass(1);

    expect(first).toMatchObject({ values: events, state: 'complete' });
  });
});

it('does not send the last event again if another process has only stored the end', async () => {
  const stage = new Stage({ leaseMs: 10_000 });
  const first = stage.record();
  await settle();
  stage.generation.emit(...events);
  await settle();
  await stage.log.append(await takeLease(stage), [], { isEnd: true });
  stage.generation.complete();
  await settle();

  expect(first).toMatchObject({ values: events, state: 'complete' });
});

/** Takes the lease of the stream at the moment at which it has expired, without letting time pass for anybody else. */
async function takeLease(stage: Stage) {
  stage.scheduler.frame += 10_001;
  const lease = await stage.log.open('a', { leaseMs: 10_000, graceMs: Infinity });
  if (lease === undefined) throw new Error('The lease has not expired.');
  return lease;
}

describe('takeOver', () => {
  const outcomes: readonly (readonly [string, NonNullable<RecordToOptions['takeOver']>, string])[] = [
    [
      'throws',
      () => {
        throw new TypeError('secret');
      },
      'InternalServerError',
    ],
    ['passes the error on', (soFar) => soFar, 'APIConnectionError'],
    ['fails otherwise', () => throwError(() => new Error('secret')), 'InternalServerError'],
    ['completes too early', () => of(), 'IncompleteMessageError'],
    ['changes the events', (soFar) => soFar.pipe(map((event) => ({ ...event }))), 'InternalServerError'],
    [
      'begins another message',
      (soFar) => concat(soFar.pipe(retryOnConnectionError()), of(messageStart())),
      'APIConnectionError',
    ],
  ];

  it.each(outcomes)('ends the stream with an error for everybody if it %s', async (_, takeOver, name) => {
    const { stage } = await died(5);
    const first = stage.resume({ takeOver });
    await stage.scheduler.pass(20_000);
    const late = stage.resume();
    await settle();

    expect(first.values).toEqual(events.slice(0, 5));
    expect(first.state).toBe('failed');
    expect(late).toMatchObject({ values: events.slice(0, 5), error: { name } });
    expect(JSON.stringify(await stage.stored())).not.toContain('secret');
  });
});
