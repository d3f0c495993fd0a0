import { from, lastValueFrom, take, toArray, type Observable } from 'rxjs';
import { BadRequestError, type AnyEvent } from '../../../src/index.js';
import {
  memoryEventLog,
  recordTo,
  resumeFrom,
  toResponse,
  toServerSentEvents,
  type FrameOptions,
} from '../../../src/relay/index.js';
import { buildMessage, errorEvent, eventsOf } from '../../../src/testing/index.js';
import { framesOf } from '../support/frames.js';
import { settle } from './support/manualScheduler.js';
import { Stage } from './support/stage.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });

/** Records a stream, whose last event may be an error. */
async function recorded(all: readonly AnyEvent[] = events): Promise<Stage> {
  const stage = new Stage();
  stage.record();
  await settle();
  stage.generation.emit(...all.filter(({ type }) => type !== 'error'));
  if (all.at(-1)?.type === 'error') stage.generation.fail(all.at(-1));
  else stage.generation.complete();
  await settle();
  return stage;
}

const framesFrom = (source: Observable<AnyEvent>, options?: FrameOptions) =>
  framesOf(source.pipe(toServerSentEvents(options)));

describe('a client at every position', () => {
  it.each(events.map((_, index) => index))('gets what it missed after the end: %d', async (after) => {
    const stage = await recorded();
    const late = stage.resume({ after: String(after) });
    await settle();

    expect(late).toMatchObject({ values: events.slice(after), state: 'complete' });
  });

  it.each(events.slice(0, -1).map((_, index) => index))('gets what it missed, then live events: %d', async (after) => {
    for (let isStored = after; isStored < events.length; isStored += 1) {
      const stage = new Stage();
      stage.record();
      await settle();
      stage.generation.emit(...events.slice(0, isStored));
      await settle();
      const late = stage.resume({ after });
      await settle();

      expect(late.values).toEqual(events.slice(after, isStored));

      for (const event of events.slice(isStored)) {
        stage.generation.emit(event);
        await settle();
      }
      stage.generation.complete();
      await settle();

      expect(late).toMatchObject({ values: events.slice(after), state: 'complete' });
      expect(stage.timers).toBe(0);
    }
  });

  it('gets the last event again if it already has it, so that the response has an end', async () => {
    const stage = await recorded();
    const late = stage.resume({ after: events.length });
    await settle();

    expect(late).toMatchObject({ values: events.slice(-1), state: 'complete' });
  });

  it('gets the error again if it already has it', async () => {
    const stage = await recorded([...events.slice(0, 3), errorEvent('overloaded_error', 'Busy')]);
    const late = stage.resume({ after: 4 });
    await settle();

    expect(late).toMatchObject({
      values: [],
      state: 'failed',
      error: { name: 'OverloadedError', phase: 'mid-content' },
    });
  });
});

describe('a client that cannot resume', () => {
  it('learns that there is no such stream', async () => {
    const stage = new Stage();
    const lost = stage.resume();
    await settle();

    expect(lost.error).toMatchObject({
      name: 'NotFoundError',
      status: 404,
      message:
        "404 not_found_error: The log has no stream 'a', or no longer its events after position 0. It has expired or was never begun: start a new one.",
    });
  });

  it('learns that its stream has expired while it waited', async () => {
    const stage = new Stage({}, { maxStreams: 1 });
    stage.record();
    await settle();
    stage.generation.emit(...events.slice(0, 3));
    const { log, cutOff } = stage.processLog();
    const late = stage.resume({ leaseMs: 60_000 }, log);
    await settle();
    cutOff();
    await stage.scheduler.pass(100_000);

    expect(late.error).toMatchObject({ name: 'StreamInterruptedError' });
  });

  it.each(['x', '-1', '1.5', '1e3', '1,2', '\n1\n2', '9'.repeat(20)])(
    'learns that %j is not a position',
    async (after) => {
      const stage = await recorded();
      const lost = stage.resume({ after });
      await settle();

      expect(lost.error).toBeInstanceOf(BadRequestError);
      expect(lost.values).toEqual([]);
    },
  );

  it.each([['', undefined, null, '0', 0, ' 0 ', []]])('gets all events for %j', async (...all) => {
    const stage = await recorded();
    const clients = all.map((after) => stage.resume({ after }));
    await settle();

    expect(clients.map(({ values }) => values)).toEqual(all.map(() => events));
  });

  it.each([true, false])('learns that the stream has no event at its position: ended is %j', async (hasEnded) => {
    const stage = new Stage();
    stage.record();
    await settle();
    stage.generation.emit(...events);
    if (hasEnded) stage.generation.complete();
    await settle();
    const lost = stage.resume({ after: events.length + 1 });
    await settle();

    expect(lost.error).toMatchObject({
      name: 'BadRequestError',
      message: `400 invalid_request_error: The stream has no event at position ${events.length + 1} yet. Send the last \`id:\` that was received.`,
    });
  });
});

describe('a relay', () => {
  it.each([
    ['a position beyond the stream', 'answer', '99', 'The stream has no event at position 99 yet.'],
    ['what is not a position', 'answer', 'x', "'x' is not the position of an event."],
    ['an unknown stream', 'unknown', '', 'There is no such stream, or it is no longer stored.'],
  ])('tells its client what is wrong with %s', async (_, streamId, after, message) => {
    const log = memoryEventLog();
    await lastValueFrom(from(events).pipe(recordTo(log, 'answer')));

    const frame = await lastValueFrom(resumeFrom(log, streamId, { after }).pipe(toServerSentEvents()));

    expect(frame).toMatch(/^event: error\n/);
    expect(frame).toContain(message);
  });
});

describe('many clients', () => {
  it('get the same events, whenever they come and leave', async () => {
    const stage = new Stage();
    const clients = [stage.record()];
    await settle();
    for (const event of events) {
      stage.generation.emit(event);
      clients.push(stage.resume(), stage.resume({ after: clients.at(-1)?.values.length }));
      await stage.scheduler.pass(10);
      clients[clients.length - 2]?.unsubscribe();
    }
    stage.generation.complete();
    await settle();
    const last = clients.filter(({ state }) => state === 'complete');

    expect(last).toHaveLength(1 + events.length);
    expect(clients.filter((_, index) => index > 0 && index % 2 === 1).every(({ state }) => state === 'open')).toBe(
      true,
    );
    expect(stage.generation.starts).toBe(1);
    expect(stage.timers).toBe(0);
  });
});

describe('the frames of a relay', () => {
  it('have the position as their id, and the stored JSON', async () => {
    const stage = await recorded();
    const all = await framesFrom(resumeFrom(stage.log, 'a'));
    const rest = await framesFrom(resumeFrom(stage.log, 'a', { after: '4' }));

    expect(all).toEqual(
      events.map((event, index) => `id: ${index + 1}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    );
    expect(rest).toEqual(all.slice(4));
  });

  it('are the same for the client that generates', async () => {
    const log = memoryEventLog();
    const source = (await recorded()).log;
    const first = await framesFrom(resumeFrom(source, 'a').pipe(recordTo(log, 'b')));

    expect(first).toEqual(await framesFrom(resumeFrom(log, 'b')));
  });

  it('have the ids that a function returns, or none', async () => {
    const { log } = await recorded();

    expect(
      (await framesFrom(resumeFrom(log, 'a', { after: 4 }), { ids: (_, position) => `a-${position}` }))[0],
    ).toMatch(/^id: a-5\n/);
    expect((await framesFrom(resumeFrom(log, 'a', { after: 4 }), { ids: false }))[0]).toMatch(/^event: /);
  });

  it('end with the stored error, which has an id', async () => {
    const { log } = await recorded([...events.slice(0, 3), errorEvent('overloaded_error', 'Busy')]);
    const describeError = () => ({ message: 'never' });

    expect((await framesFrom(resumeFrom(log, 'a', { after: 2 }), { describeError })).slice(1)).toEqual([
      'id: 4\nevent: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"The model is overloaded.","status":529,"retryable":false}}\n\n',
    ]);
    expect((await framesFrom(resumeFrom(log, 'a', { after: 3 }), { ids: false })).at(-1)).toMatch(/^event: error/);
  });

  it('end with an error without an id if the stream is not at its end', async () => {
    const { log } = await recorded();
    const frames = await framesFrom(resumeFrom(log, 'a', { after: 2 }).pipe(take(2)));

    expect(frames).toHaveLength(3);
    expect(frames[2]).toMatch(/^event: error\ndata: .*"name":"IncompleteMessageError"/);
  });

  it('are a JSON response if the stored error comes first', async () => {
    const { log } = await recorded([...events.slice(0, 3), errorEvent('overloaded_error', 'Busy')]);
    const response = await toResponse(resumeFrom(log, 'a', { after: 3 }));

    expect(response.status).toBe(529);
    expect(response.headers.get('x-should-retry')).toBe('false');
  });

  it.each([
    [404, 'b', undefined, 'There is no such stream, or it is no longer stored. Start a new one.'],
    [400, 'a', '100', 'The stream has no event at position 100 yet. Send the last `id:` that was received.'],
  ])('are a JSON response with status %d if the stream cannot be resumed', async (status, id, after, message) => {
    const { log } = await recorded();
    const response = await toResponse(resumeFrom(log, id, { after }));

    expect(response.status).toBe(status);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.text()).toContain(message);
  });

  it('merge deltas for a slow client, with the id of the newest', async () => {
    const long = eventsOf(buildMessage({ content: 'tide '.repeat(20_000) }), { deltaLength: 5 });
    const { log } = await recorded(long);
    const response = await toResponse(resumeFrom(log, 'a'));
    for (let turns = 0; turns < 10; turns += 1) await settle(); // meanwhile, nobody reads
    const text = await response.text();
    const deltas = [...text.matchAll(/id: (\d+)\nevent: content_block_delta\ndata: (.*)\n\n/g)];
    const texts = deltas.map(([, , data]) => (JSON.parse(data ?? '') as { delta: { text: string } }).delta.text);

    expect(texts.join('')).toBe('tide '.repeat(20_000));
    expect(deltas.length).toBeLessThan(1_000);
    expect(deltas.at(-1)?.[1]).toBe(String(long.length - 3));
  });

  it('hide restarts from an official SDK', async () => {
    const restart = { type: 'message_restart', attempt: 2, delayMs: 0, error: new Error('secret') };
    const { log } = await recorded([...events.slice(0, 1), restart, ...events]);
    const frames = await framesFrom(resumeFrom(log, 'a'), { restarts: false });
    const whole = await lastValueFrom(resumeFrom(log, 'a').pipe(toArray<AnyEvent>()));

    expect(frames).toHaveLength(events.length);
    expect(whole).toHaveLength(events.length + 2);
    expect(JSON.stringify(whole)).not.toContain('secret');
  });
});
