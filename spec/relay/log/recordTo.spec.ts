import { from } from 'rxjs';
import { APIUserAbortError, InvalidEventError, OverloadedError } from '../../../src/index.js';
import { memoryEventLog, recordTo, resumeFrom, type EventLog, type RecordToOptions } from '../../../src/relay/index.js';
import { buildMessage, errorEvent, eventsOf } from '../../../src/testing/index.js';
import { messageStop, ping, textDelta } from '../../support/events.js';
import { settle } from './support/manualScheduler.js';
import { receive } from './support/receive.js';
import { Stage } from './support/stage.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });

function setUp(options: RecordToOptions = {}) {
  const stage = new Stage(options);
  return {
    stage,
    scheduler: stage.scheduler,
    log: stage.log,
    generation: stage.generation,
    record: (others: RecordToOptions = {}) => stage.record(others),
    resume: (others: RecordToOptions = {}) => stage.resume(others),
  };
}

describe('the first subscriber', () => {
  it('gets the events of the source, and completes with it', async () => {
    const { generation, record, log, stage } = setUp();
    const first = record();
    await settle();
    generation.emit(...events);
    generation.complete();
    await settle();

    expect(first.values).toEqual(events);
    expect(first.values[0]).toBe(events[0]);
    expect(first.state).toBe('complete');
    expect(await stage.stored()).toEqual(events);
    expect((await log.read('a', 0)).state).toBe('ended');
  });

  it('gets no event before it is stored', async () => {
    const { generation, log, scheduler } = setUp();
    const appended: number[] = [];
    const delivered: (readonly [number, number])[] = [];
    const slow: EventLog = {
      ...log,
      async append(lease, entries, options) {
        await new Promise((resolve) => scheduler.schedule(resolve, 100));
        const status = await log.append(lease, entries, options);
        appended.push(...entries.map(({ position }) => position));
        return status;
      },
    };
    generation.events$
      .pipe(recordTo(slow, 'a', { scheduler }))
      .subscribe(() => delivered.push([delivered.length + 1, appended.length]));
    await settle();
    for (const event of events) {
      generation.emit(event);
      await scheduler.pass(30);
    }
    generation.complete();
    await scheduler.pass(500);

    expect(delivered.length).toBe(events.length);
    expect(delivered.filter(([position, stored]) => stored < position)).toEqual([]);
  });

  it('appends together what arrives while an append is under way', async () => {
    const { log, scheduler } = setUp();
    const batches: number[] = [];
    const counting: EventLog = {
      ...log,
      append: (lease, entries, options) => {
        batches.push(entries.length);
        return log.append(lease, entries, options);
      },
    };
    const first = receive(from(events).pipe(recordTo(counting, 'a', { scheduler })));
    await settle();

    expect(first.state).toBe('complete');
    expect(batches).toEqual([events.length]);
  });

  it('gets each event once if the source emits the same object twice', async () => {
    const { generation, record } = setUp();
    const first = record();
    await settle();
    generation.emit(ping, ...events.slice(0, 2), ping, ...events.slice(2));
    generation.complete();
    await settle();

    expect(first.values).toEqual([ping, ...events.slice(0, 2), ping, ...events.slice(2)]);
  });
});

describe('the end of the generation', () => {
  it('is stored if it is an error, which is the same for everybody', async () => {
    const { generation, record, resume, stage } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    const error = errorEvent('overloaded_error', 'secret');
    generation.fail(error);
    await settle();
    const later = resume();
    await settle();

    expect(first).toMatchObject({ state: 'failed', error });
    expect(later.values).toEqual(events.slice(0, 4));
    expect(later.error).toBeInstanceOf(OverloadedError);
    expect(later.error).toMatchObject({ status: 529, apiMessage: 'The model is overloaded.', retryable: false });
    expect(JSON.stringify(await stage.stored())).not.toContain('secret');
  });

  it('says what describeError says', async () => {
    const { generation, record, resume } = setUp();
    record({ describeError: () => ({ message: 'Ask again tomorrow.' }) });
    await settle();
    generation.fail(new Error('secret'));
    await settle();
    const later = resume();
    await settle();

    expect(later.error).toMatchObject({ status: 500, apiMessage: 'Ask again tomorrow.' });
  });

  it('is an error if the source completes too early', async () => {
    const { generation, record, resume } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    generation.complete();
    await settle();
    const later = resume();
    await settle();

    expect([first.state, later.state]).toEqual(['failed', 'failed']);
    expect(later.error).toMatchObject({ name: 'IncompleteMessageError', phase: 'mid-content' });
  });

  it('is an error if an event is out of order, which is not stored', async () => {
    const { generation, record, stage } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 2), textDelta('lost', 7), ...events.slice(2));
    await settle();

    expect(first.values).toEqual(events.slice(0, 2));
    expect(first.error).toBeInstanceOf(InvalidEventError);
    expect(generation.isRunning).toBe(false);
    expect(await stage.stored()).toEqual([...events.slice(0, 2), expect.objectContaining({ type: 'error' })]);
  });

  it('is complete if an error follows a complete message', async () => {
    const { generation, record, resume } = setUp();
    const first = record();
    await settle();
    generation.emit(...events);
    generation.fail(new Error('too late'));
    await settle();
    const later = resume();
    await settle();

    expect([first.state, later.state]).toEqual(['complete', 'complete']);
    expect(later.values).toEqual(events);
  });
});

describe('a client that leaves', () => {
  it('does not end the generation', async () => {
    const { generation, record, resume, scheduler } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    await settle();
    first.unsubscribe();
    await scheduler.pass(60_000);

    expect(generation.isRunning).toBe(true);

    generation.emit(...events.slice(4));
    generation.complete();
    const later = resume({ after: '4' });
    await settle();

    expect(later.values).toEqual(events.slice(4));
    expect(later.state).toBe('complete');
    expect(generation.starts).toBe(1);
  });

  it('ends the generation if nobody reads it for graceMs, with a stored error', async () => {
    const { generation, record, resume, scheduler } = setUp({ graceMs: 30_000 });
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    await scheduler.pass(100_000);

    expect(generation.isRunning).toBe(true);

    first.unsubscribe();
    await scheduler.pass(29_000);

    expect(generation.isRunning).toBe(true);

    await scheduler.pass(5_000);

    expect(generation.isRunning).toBe(false);

    const later = resume();
    await settle();

    expect(later.values).toEqual(events.slice(0, 4));
    expect(later.error).toBeInstanceOf(APIUserAbortError);
  });

  it('does not end it as long as another client reads it', async () => {
    const { generation, record, resume, scheduler } = setUp({ graceMs: 30_000 });
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    const second = resume();
    await scheduler.pass(1_000);
    first.unsubscribe();
    await scheduler.pass(100_000);

    expect(generation.isRunning).toBe(true);

    second.unsubscribe();
    await scheduler.pass(40_000);

    expect(generation.isRunning).toBe(false);
  });

  it('does not end it when an event wakes up a client that has waited for longer than graceMs', async () => {
    const { generation, record, resume, scheduler } = setUp({ graceMs: 1_000 });
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    const second = resume();
    await settle();
    first.unsubscribe();
    await scheduler.pass(3_000);
    generation.emit(...events.slice(4, 5));
    await settle();
    generation.emit(...events.slice(5));
    generation.complete();
    await settle();

    expect(second).toMatchObject({ values: events, state: 'complete' });
  });

  it('does not end it with graceMs: Infinity', async () => {
    const { generation, record, scheduler } = setUp({ graceMs: Infinity });
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    first.unsubscribe();
    await scheduler.pass(3_600_000);

    expect(generation.isRunning).toBe(true);
  });

  it('leaves no timer when the generation has ended', async () => {
    const { generation, record, resume, stage } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    const second = resume();
    await settle();
    first.unsubscribe();
    second.unsubscribe();
    generation.emit(...events.slice(4));
    generation.complete();
    await settle();

    expect(stage.timers).toBe(0);
  });
});

describe('the same request again', () => {
  it('reads the log instead of starting another generation', async () => {
    const { generation, record } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    await settle();
    const second = record({ after: '2' });
    const third = record();
    await settle();
    generation.emit(...events.slice(4));
    generation.complete();
    await settle();

    expect(generation.starts).toBe(1);
    expect(first.values).toEqual(events);
    expect(second.values).toEqual(events.slice(2));
    expect(third.values).toEqual(events);
    expect([first.state, second.state, third.state]).toEqual(['complete', 'complete', 'complete']);
  });

  it('starts only one generation if it is sent twice at the same time', async () => {
    const { generation, record } = setUp();
    const all = [record(), record(), record()];
    await settle();
    generation.emit(...events);
    generation.complete();
    await settle();

    expect(generation.starts).toBe(1);
    expect(all.map(({ values }) => values)).toEqual([events, events, events]);
  });

  it('does not start a generation for a client that has a part of a stream that has expired', async () => {
    const { generation, record } = setUp();
    const late = record({ after: '3' });
    await settle();

    expect(late.error).toMatchObject({ name: 'NotFoundError', status: 404, retryable: false });
    expect(generation.starts).toBe(0);
  });
});

describe('stop', () => {
  it('ends the generation, in whatever process it was called, with the same error for everybody', async () => {
    const { generation, record, resume, scheduler, log } = setUp();
    const first = record();
    await settle();
    generation.emit(...events.slice(0, 4));
    const second = resume();
    await settle();
    await log.stop('a');
    await scheduler.pass(4_000);

    expect(generation.isRunning).toBe(false);
    expect([first.error, second.error]).toEqual([expect.any(APIUserAbortError), expect.any(APIUserAbortError)]);
    expect(second.values).toEqual(events.slice(0, 4));
  });

  it('takes effect with the next event', async () => {
    const { generation, record, log, stage } = setUp();
    record();
    await settle();
    generation.emit(...events.slice(0, 4));
    await settle();
    await log.stop('a');
    generation.emit(...events.slice(4, 5));
    await settle();

    expect(generation.isRunning).toBe(false);
    expect(await stage.stored()).toEqual([...events.slice(0, 5), expect.objectContaining({ type: 'error' })]);
    expect((await stage.stored()).at(-1)).toMatchObject({ error: { status: 499, name: 'APIUserAbortError' } });
  });

  it('does not destroy a complete answer', async () => {
    const { generation, record, scheduler, log } = setUp();
    const first = record();
    await settle();
    generation.emit(...events);
    await settle();
    await log.stop('a');
    await scheduler.pass(4_000);

    expect(first.state).toBe('complete');
    expect(first.values.at(-1)).toEqual(messageStop);
    expect(generation.isRunning).toBe(false);
  });
});

describe('wrong arguments', () => {
  const log = memoryEventLog();

  it.each([
    ['a log without methods', () => recordTo({} as EventLog, 'a')],
    ['an empty ID', () => recordTo(log, '')],
    ['leaseMs: 0', () => recordTo(log, 'a', { leaseMs: 0 })],
    ['graceMs: -1', () => recordTo(log, 'a', { graceMs: -1 })],
    ['a controller as shutdown', () => resumeFrom(log, 'a', { shutdown: new AbortController() as never })],
    ['a takeOver that is not a function', () => resumeFrom(log, 'a', { takeOver: 'yes' as never })],
    ['a waitUntil that is not a function', () => recordTo(log, 'a', { waitUntil: {} as never })],
  ])('throw at call time: %s', (_, call) => {
    expect(call).toThrow(/^(recordTo|resumeFrom): /);
  });
});
