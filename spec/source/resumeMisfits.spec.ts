/** What a server sends that does not resume exactly after the last event: nothing is emitted twice, and nothing is lost. */
import fc from 'fast-check';
import { InvalidEventError, type AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { blockStart, messageStart, ping, textDelta } from '../support/events.js';
import { bodyOf, bytesOf, eventStream, terminated } from './support/bodies.js';
import { callEvents, run } from './support/forwardedRuns.js';
import { frame, framesFrom, lostAfter, outcomeOfRequest, type Answer } from './support/resumption.js';

const events = eventsOf(buildMessage({ content: 'Hello, world. How are you?' }));
const other = eventsOf(buildMessage({ id: 'msg_other', content: 'Another answer entirely.' }));

/** The position after the id of a request. */
const positionOf = (lastEventId: string | undefined) => Number(lastEventId ?? 0);

/** A service that can resume, and sends so many bytes per response before the connection is lost. */
function resuming(all: readonly AnyEvent[], lengths: readonly number[]): Answer[] {
  return [...lengths, Infinity].map((length) => ({ lastEventId }) => {
    const position = positionOf(lastEventId);
    const bytes = bytesOf(framesFrom(position + 1, all.slice(position)));
    const isLost = length < bytes.length;
    return Promise.resolve(eventStream(bodyOf([bytes.subarray(0, length)], isLost ? terminated() : undefined)));
  });
}

describe('a server that resumes', () => {
  const cuts = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
  const idEnd = bytesOf(framesFrom(1, events.slice(0, 1))).length;

  it('loses nothing and repeats nothing, wherever the connection is lost after the first id', async () => {
    for (const cut of cuts(idEnd, bytesOf(framesFrom(1, events)).length)) {
      expect(await outcomeOfRequest(resuming(events, [cut]))).toMatchObject({ events, ended: 'completed' });
    }
  });

  it('is asked once if the connection is lost before that', async () => {
    for (const cut of cuts(0, idEnd)) {
      expect(await outcomeOfRequest(resuming(events, [cut]))).toMatchObject({ ended: 'failed', ids: [undefined] });
    }
  });

  it('loses nothing and repeats nothing, however often the connection is lost', async () => {
    const beginning = bytesOf(framesFrom(1, run.slice(0, 1))).length;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(900), { maxLength: 8 }), async (lengths) => {
        const [first = 0, ...others] = lengths;
        const outcome = await outcomeOfRequest(resuming(run, [beginning + first, ...others]), {
          resumption: { maxRetries: 20 },
        });

        expect(outcome).toMatchObject({ events: run, ended: 'completed' });
      }),
      { seed: 13, numRuns: 60 },
    );
  });
});

describe('a server that repeats events', () => {
  it.each<[string, string]>([
    ['from the beginning', framesFrom(1, events)],
    ['from the last one', framesFrom(4, events.slice(3))],
    ['whose integers are beyond 2^53', ''],
  ])('%s: they are ignored', async (title, replay) => {
    const big = (from: number, all: readonly AnyEvent[]) =>
      all.map((event, index) => frame(String(9007199254740993n * 64n + BigInt(from + index)), event)).join('');
    const [before, again] = title.includes('2^53')
      ? [big(1, events.slice(0, 4)), big(1, events)]
      : [framesFrom(1, events.slice(0, 4)), replay];

    expect(await outcomeOfRequest([lostAfter(before), again])).toMatchObject({ events, ended: 'completed' });
  });

  it('from the beginning of a run, between its messages: they are ignored', async () => {
    const outcome = await outcomeOfRequest([lostAfter(framesFrom(1, callEvents)), framesFrom(1, run)]);

    expect(outcome).toMatchObject({ events: run, ended: 'completed' });
  });

  it('whose ids are not integers: the last one is ignored', async () => {
    const named = (all: readonly AnyEvent[], from = 0) =>
      all.map((event, index) => frame(`event-${from + index}`, event)).join('');
    const outcome = await outcomeOfRequest([lostAfter(named(events.slice(0, 4))), named(events.slice(3), 3)]);

    expect(outcome).toMatchObject({ events, ended: 'completed' });
  });

  it('only counts new events as progress', async () => {
    const again = framesFrom(1, events.slice(0, 4));
    const outcome = await outcomeOfRequest([lostAfter(again), lostAfter(again), lostAfter(again)], {
      resumption: { maxRetries: 2 },
    });

    expect(outcome).toMatchObject({ events: events.slice(0, 4), ended: 'failed', ids: [undefined, '4', '4'] });
  });
});

const misfits: [string, string, string][] = [
  ['another message', framesFrom(1, events.slice(0, 4)), framesFrom(5, other)],
  ['another message whose ids begin again', framesFrom(1, events.slice(0, 4)), framesFrom(1, other)],
  ['another run, between two messages', framesFrom(1, callEvents), framesFrom(1, other)],
  ['the same message without ids', framesFrom(1, events.slice(0, 4)), sseOf(events)],
  ['another message without ids', framesFrom(1, events.slice(0, 4)), sseOf(other)],
  ['another message after a ping', framesFrom(1, events.slice(0, 4)), sseOf([ping, ...other])],
  ['a block that has started', framesFrom(1, events.slice(0, 4)), framesFrom(5, [blockStart(0, { type: 'text' })])],
  [
    'repeated deltas that are joined with a new one',
    framesFrom(1, events.slice(0, 4)),
    framesFrom(1, events.slice(0, 2)) + frame(5, textDelta('Hello, world.')),
  ],
  [
    'the beginning of a run again, whose ids are not integers, between two messages',
    callEvents.map((event, index) => frame(`event-${index}`, event)).join(''),
    run.map((event, index) => frame(`event-${index}`, event)).join(''),
  ],
];

describe('a server that does not continue the stream', () => {
  it.each(misfits)('sends %s: an InvalidEventError', async (_, before, response) => {
    const outcome = await outcomeOfRequest([lostAfter(before), response]);

    expect(outcome.ended).toBe('failed');
    expect(outcome.error).toBeInstanceOf(InvalidEventError);
    expect(String(outcome.error)).toContain('the server must resume after the event whose id is in the last-event-id');
    expect(outcome.events).toHaveLength(before.split('\ndata:').length - 1 + (response.includes('ping') ? 1 : 0));
  });

  it('sends a complete message as JSON: an InvalidEventError', async () => {
    const response = Response.json(buildMessage({ id: 'msg_other', content: 'Hi' }));
    const outcome = await outcomeOfRequest([lostAfter(framesFrom(1, events.slice(0, 4))), response]);

    expect(outcome.error).toBeInstanceOf(InvalidEventError);
    expect(outcome.events).toEqual(events.slice(0, 4));
  });

  it('has the position of the event in the stream, and the request-id of its response', async () => {
    const response = eventStream(framesFrom(5, other), { headers: { 'request-id': 'req_2' } });
    const { error } = await outcomeOfRequest([lostAfter(framesFrom(1, events.slice(0, 4))), response]);

    expect(error).toMatchObject({ position: 4, requestID: 'req_2', cause: { name: 'InvalidEventError' } });
  });

  it('sends an invalid event later: its own error', async () => {
    const response = framesFrom(5, events.slice(4, 5)) + frame(6, messageStart({ id: 'msg_other' }));
    const { error } = await outcomeOfRequest([lostAfter(framesFrom(1, events.slice(0, 4))), response]);

    expect(String(error)).toContain('a message_start inside another message');
  });
});

describe('an event whose blank line is missing', () => {
  it('is taken from the next response, because its id may be truncated', async () => {
    const outcome = await outcomeOfRequest([
      framesFrom(1, events.slice(0, 4)) + `${sseOf(events.slice(4, 5)).trimEnd()}\nid: 5`,
      framesFrom(5, events.slice(4)),
    ]);

    expect(outcome).toMatchObject({ events, ended: 'completed', ids: [undefined, '4'] });
  });

  it('is read if the server omits the blank line again', async () => {
    const last = framesFrom(events.length, events.slice(-1)).trimEnd();
    const outcome = await outcomeOfRequest([framesFrom(1, events).trimEnd(), last]);

    expect(outcome).toMatchObject({ events, ended: 'completed', ids: [undefined, String(events.length - 1)] });
  });
});
