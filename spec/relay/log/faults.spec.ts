/** A log that fails, is silent or slow, and a process that shuts down. */
import { from } from 'rxjs';
import { isRetryable, NotFoundError } from '../../../src/index.js';
import {
  recordTo,
  resumeFrom,
  StreamInterruptedError,
  toResponse,
  toServerSentEvents,
  type EventLog,
} from '../../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { framesOf } from '../support/frames.js';
import { settle } from './support/manualScheduler.js';
import { receive } from './support/receive.js';
import { Stage } from './support/stage.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });
const down = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:6379'));

/** A log whose method fails while `isDown` returns true. */
function failing(log: EventLog, method: keyof EventLog, isDown: () => boolean): EventLog {
  return {
    ...log,
    [method]: (...args: never[]): unknown => (isDown() ? down() : (Reflect.apply(log[method], log, args) as unknown)),
  };
}

describe('a log that fails while the stream is recorded', () => {
  it('is asked again, so that a short failure is not noticed', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    let isDown = false;
    const first = stage.record(
      {},
      failing(stage.log, 'append', () => isDown),
    );
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    await settle();
    isDown = true;
    stage.generation.emit(...events.slice(4, 6));
    await stage.scheduler.pass(6_000);

    expect(first).toMatchObject({ values: events.slice(0, 4), state: 'open' });

    isDown = false;
    stage.generation.emit(...events.slice(6));
    stage.generation.complete();
    await stage.scheduler.pass(1_000);

    expect(first).toMatchObject({ values: events, state: 'complete' });
    expect(await stage.stored()).toEqual(events);
  });

  it('ends the generation after leaseMs, with an error after which the client can resume', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    let isDown = false;
    const first = stage.record(
      {},
      failing(stage.log, 'append', () => isDown),
    );
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    await settle();
    isDown = true;
    stage.generation.emit(...events.slice(4, 6));
    await stage.scheduler.pass(11_000);

    expect(stage.generation.isRunning).toBe(false);
    expect(first.values).toEqual(events.slice(0, 4));
    expect(first.error).toBeInstanceOf(StreamInterruptedError);
    expect(first.error).toMatchObject({
      status: 503,
      message:
        'The event log failed for 10000 ms: connect ECONNREFUSED 10.0.0.7:6379. What was delivered is stored. Resume the stream later.',
      cause: { message: 'connect ECONNREFUSED 10.0.0.7:6379' },
    });
    expect(isRetryable(first.error)).toBe(true);
    expect(stage.timers).toBe(0);
  });

  it('is silent: the same', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const { log, cutOff } = stage.processLog();
    const first = stage.record({}, log);
    await settle();
    cutOff();
    stage.generation.emit(...events.slice(0, 4));
    await stage.scheduler.pass(11_000);

    expect(stage.generation.isRunning).toBe(false);
    expect(first).toMatchObject({ values: [], error: { cause: { message: 'No answer within 10000 ms.' } } });
  });

  it.each([
    ['open', 'record'],
    ['read', 'resume'],
  ] as const)('is silent from the beginning: %s', async (method, role) => {
    const stage = new Stage({ leaseMs: 10_000 });
    const log: EventLog = { ...stage.log, [method]: () => new Promise(() => undefined) };
    const client = stage[role]({}, log);
    await stage.scheduler.pass(10_000);

    expect(client.error).toBeInstanceOf(StreamInterruptedError);
    expect(stage.timers).toBe(0);
  });

  it('is silent after it has failed: the generation ends after leaseMs all the same', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const { log, cutOff } = stage.processLog();
    let isDown = false;
    const first = stage.record(
      {},
      failing(log, 'append', () => isDown),
    );
    await settle();
    isDown = true;
    stage.generation.emit(...events.slice(0, 4));
    await stage.scheduler.pass(8_500);
    isDown = false;
    cutOff();
    await stage.scheduler.pass(2_000);

    expect(stage.generation.isRunning).toBe(false);
    expect(first.error).toBeInstanceOf(StreamInterruptedError);
  });

  it('lets a reader wait for its whole time once it works again', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    stage.record();
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    await settle();
    let isDown = false;
    const reader = stage.resume(
      {},
      failing(stage.log, 'read', () => isDown),
    );
    await settle();
    isDown = true;
    await stage.scheduler.pass(5_000 + 14_500);
    isDown = false;
    await stage.scheduler.pass(4_000);
    stage.generation.emit(...events.slice(4, 6));
    await settle();

    expect(reader).toMatchObject({ values: events.slice(0, 6), state: 'open' });
  });

  it('answers too late: what it has stored is not delivered twice', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    let delayMs = 0;
    const log: EventLog = {
      ...stage.log,
      append: async (...args) => {
        const status = await stage.log.append(...args);
        if (delayMs > 0) await new Promise((resolve) => stage.scheduler.schedule(resolve, delayMs));
        return status;
      },
    };
    const first = stage.record({}, log);
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    await settle();
    delayMs = 1e6;
    stage.generation.emit(...events.slice(4, 6));
    await stage.scheduler.pass(11_000);
    const back = stage.resume({ after: first.values.length });
    await settle();

    expect(first).toMatchObject({ values: events.slice(0, 4), state: 'failed' });
    expect(back.values).toEqual(events.slice(4, 6));
  });

  it.each(['open', 'read'] as const)('cannot be reached at all: %s', async (method) => {
    const stage = new Stage({ leaseMs: 10_000 });
    const log = failing(stage.log, method, () => true);
    const clients = [stage.record({ after: 1 }, log), stage.resume({}, log)];
    if (method === 'open') clients.splice(0, 2, stage.record({}, log));
    await stage.scheduler.pass(20_000);

    expect(clients.every(({ error }) => error instanceof StreamInterruptedError)).toBe(true);
    expect(stage.generation.starts).toBe(0);
  });

  it('is a response with status 503 that may be retried, and an error without an id in a stream', async () => {
    const stage = new Stage({ leaseMs: 1 });
    let isDown = true;
    const log = failing(stage.log, 'append', () => isDown);
    const terms = { leaseMs: 5 };
    const response = await toResponse(from(events).pipe(recordTo(log, 'b', terms)));

    expect(response.status).toBe(503);
    expect(response.headers.get('x-should-retry')).toBe('true');
    expect(await response.text()).not.toContain('10.0.0.7');

    isDown = false;
    const frames = framesOf(stage.generation.events$.pipe(recordTo(log, 'c', terms), toServerSentEvents()));
    await stage.generation.started;
    stage.generation.emit(...events.slice(0, 2));
    await settle();
    isDown = true;
    stage.generation.emit(...events.slice(2, 3));

    expect((await frames).slice(2)).toEqual([
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The stream was interrupted.","status":503,"retryable":true}}\n\n',
    ]);
  });
});

describe('a log that loses entries', () => {
  it('is not believed: a gap ends the stream with an error', async () => {
    const stage = new Stage();
    stage.record();
    await settle();
    stage.generation.emit(...events.slice(0, 6));
    await settle();
    const trimmed: EventLog = {
      ...stage.log,
      read: async (...args) => {
        const page = await stage.log.read(...args);
        return { ...page, entries: page.entries.filter(({ position }) => position > 3) };
      },
    };
    const [all, known, unknown] = [
      stage.resume({}, trimmed),
      stage.resume({ after: 4 }, trimmed),
      stage.resume({ after: 2 }, trimmed),
    ];
    await settle();

    expect(all.error).toMatchObject({ name: 'NotFoundError' });
    expect(unknown.error).toMatchObject({ name: 'NotFoundError' });
    expect(known.values).toEqual(events.slice(4, 6));
  });
});

describe('a log that has removed entries', () => {
  it('says so at once, and the client does not try again', async () => {
    const stage = new Stage();
    stage.record();
    await settle();
    stage.generation.emit(...events.slice(0, 6));
    const removed = new NotFoundError('The entries have been removed.', { status: 404, type: 'not_found_error' });
    const late = stage.resume({}, { ...stage.log, read: () => Promise.reject(removed) });
    await settle();

    expect(late.error).toBe(removed);
    expect(isRetryable(late.error)).toBe(false);
  });
});

describe('a process that shuts down', () => {
  it('stores what has arrived, and gives the stream to another process at once', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const shutdown = new AbortController();
    const first = stage.record({ shutdown: shutdown.signal });
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    await settle();
    stage.generation.emit(...events.slice(4, 6));
    shutdown.abort();
    await settle();

    expect(stage.generation.isRunning).toBe(false);
    expect(first).toMatchObject({ values: events.slice(0, 6), error: { name: 'StreamInterruptedError', status: 503 } });
    expect((await stage.log.read('a', 0)).state).toBe('abandoned');
    expect(stage.timers).toBe(0);

    const second = stage.resume({ after: 6, takeOver: () => from(events.slice(6)) });
    await settle();

    expect(second).toMatchObject({ values: events.slice(6), state: 'complete' });
  });

  it('ends a stream whose message is complete', async () => {
    const stage = new Stage();
    const shutdown = new AbortController();
    const first = stage.record({ shutdown: shutdown.signal });
    await settle();
    stage.generation.emit(...events);
    shutdown.abort();
    await settle();

    expect(first).toMatchObject({ values: events, state: 'complete' });
    expect((await stage.log.read('a', 0)).state).toBe('ended');
  });

  it('begins nothing more, and takes over nothing', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const shutdown = AbortSignal.abort();
    const begun = stage.record({ shutdown });
    await settle();

    expect(begun.error).toBeInstanceOf(StreamInterruptedError);
    expect(stage.generation.starts).toBe(0);

    stage.record();
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    const { log, cutOff } = stage.processLog();
    const reader = receive(resumeFrom(log, 'a', { shutdown, scheduler: stage.scheduler }));
    await settle();
    stage.generation.emit(...events.slice(4));
    stage.generation.complete();
    await settle();
    cutOff();

    expect(reader).toMatchObject({ values: events, state: 'complete' });
  });

  it('tells the readers of a stream that it gives away to resume elsewhere', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const shutdown = new AbortController();
    stage.record({ shutdown: shutdown.signal });
    await settle();
    const takeOver = () => from(events.slice(4));
    const resumed = stage.resume({ shutdown: shutdown.signal, takeOver });
    const page = stage.resume({ shutdown: shutdown.signal });
    stage.generation.emit(...events.slice(0, 4));
    await settle();
    shutdown.abort();
    await stage.scheduler.pass(10_000); // leaseMs, which a reader without takeOver leaves to the others

    const error = { name: 'StreamInterruptedError', status: 503 };

    expect(resumed).toMatchObject({ values: events.slice(0, 4), error });
    expect(page).toMatchObject({ values: events.slice(0, 4), error });
    expect(stage.timers).toBe(0);
  });

  it('waits for no reader without takeOver to end the stream before another can continue it', async () => {
    const stage = new Stage({ leaseMs: 10_000 });
    const shutdown = new AbortController();
    stage.record({ shutdown: shutdown.signal });
    await settle();
    stage.generation.emit(...events.slice(0, 4));
    const waiting = stage.resume();
    await settle();
    shutdown.abort();
    await stage.scheduler.pass(5_000);
    const second = stage.resume({ after: 4, takeOver: () => from(events.slice(4)) });
    await stage.scheduler.pass(10_000);

    expect([waiting.state, second.state]).toEqual(['complete', 'complete']);
    expect(waiting.values).toEqual(events);
  });
});
