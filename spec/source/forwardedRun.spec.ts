import type { Observable } from 'rxjs';
import {
  accumulateMessage,
  fromResponse,
  IncompleteMessageError,
  messageEvents,
  serverSentEvents,
  streamMessage,
  type AnyEvent,
  type ResponseOptions,
} from '../../src/index.js';
import { sseOf } from '../../src/testing/index.js';
import { messageStart, ping } from '../support/events.js';
import { eventStream, terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import {
  answerEvents,
  callEvents,
  pauseEvents,
  pingSse,
  progress,
  result,
  run,
  runEnd,
  runPaused,
} from './support/forwardedRuns.js';
import { outcomeOf, settle, watch } from './support/outcome.js';

type Read = (response: Response, options?: ResponseOptions) => Observable<AnyEvent>;

/** Reads a body that the spec writes, in virtual time. */
function follow(read: Read, timeout: ResponseOptions['timeout'] = {}) {
  const clock = virtualClock();
  const body = writtenBody();
  const seen = watch(read(eventStream(body.stream), { timeout, scheduler: clock.scheduler }));
  const write = async (text: string, afterMs = 0) => {
    clock.advance(afterMs);
    body.write(text);
    await settle();
  };
  return { clock, body, seen, write };
}

const readers: [string, Read][] = [
  ['fromResponse', fromResponse],
  ['serverSentEvents with messageEvents', (...args) => serverSentEvents(...args).pipe(messageEvents())],
];

describe.each(readers)('a tool run that is forwarded, read by %s', (_, read) => {
  it('passes the events of the run, and completes', async () => {
    expect(await outcomeOf(read(eventStream(sseOf(run))))).toEqual({
      values: run,
      ended: 'completed',
      error: undefined,
    });
  });

  it('continues while a tool runs for 6 s, with a ping every second', async () => {
    const { seen, body, write } = follow(read);
    await write(sseOf(callEvents));
    for (let second = 0; second < 6; second += 1) await write(pingSse, 1000);
    await write(sseOf([result, ...answerEvents, runEnd]), 500);
    body.end();
    await settle();

    const pings = Array<AnyEvent>(6).fill(ping);

    expect(seen).toMatchObject({
      values: [...callEvents, ...pings, result, ...answerEvents, runEnd],
      ended: 'completed',
    });
  });

  it.each([
    ['tool_use', callEvents],
    ['pause_turn', pauseEvents],
  ])('continues after 299 s of silence that follow %s', async (_reason, first) => {
    const { seen, body, write } = follow(read);
    await write(sseOf(first));
    await write(sseOf([...answerEvents, runEnd]), 299_000);
    body.end();
    await settle();

    expect(seen).toMatchObject({ values: [...first, ...answerEvents, runEnd], ended: 'completed' });
  });

  it.each([
    ['tool_use', callEvents],
    ['pause_turn', pauseEvents],
    ['a result', [...callEvents, result]],
  ])('fails if the connection is silent for idleMs after %s', async (_reason, first) => {
    const { seen, write, clock } = follow(read, { idleMs: 20_000 });
    await write(sseOf(first));
    clock.advance(19_999);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toMatchObject({ name: 'APIConnectionTimeoutError', timeout: 'idleMs', phase: 'mid-content' });
  });

  it.each([
    ['tool_use', callEvents],
    ['pause_turn', pauseEvents],
    ['a ping after tool_use', [...callEvents, ping]],
    ['a result', [...callEvents, result]],
    ['an answer without run_end', run.slice(0, -1)],
  ])('fails if the connection is lost after %s', async (_reason, first) => {
    const { seen, body, write } = follow(read);
    await write(sseOf(first));
    body.fail(terminated());
    await settle();

    expect(seen.values).toEqual(first);
    expect(seen.error).toMatchObject({ name: 'APIConnectionError', retryable: true });
  });

  it.each([
    ['a tool’s progress', [...callEvents, progress]],
    ['a tool’s result', [...callEvents, result]],
    ['the last answer', run.slice(0, -1)],
  ])('is incomplete if the bytes end after %s', async (_last, events) => {
    const { values, error } = await outcomeOf(read(eventStream(sseOf(events))).pipe(accumulateMessage()));

    expect(values.length).toBeGreaterThan(0);
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({
      message: `The stream of a tool run ended after ${events.length} events, before run_end: the service that forwards it failed. If you start the run again, its tools run again.`,
      partial: values.at(-1),
    });
  });

  it('is incomplete if the bytes end inside its second message', async () => {
    for (let length = callEvents.length + 2; length < run.length - 2; length += 1) {
      const { error } = await outcomeOf(read(eventStream(sseOf(run.slice(0, length)))));

      expect(error).toBeInstanceOf(IncompleteMessageError);
    }
  });

  it.each([
    ['one message that stopped for tool_use', callEvents],
    ['one message that stopped for pause_turn', pauseEvents],
    ['messages of a loop that is not runTools', [...callEvents, ...answerEvents]],
    ['two runs', [...run, ...run]],
    ['a run whose last message calls a tool', [...callEvents, result, { ...runEnd, reason: 'max_turns' }]],
  ])('may be %s', async (_name, events) => {
    expect(await outcomeOf(read(eventStream(sseOf(events))))).toMatchObject({ values: events, ended: 'completed' });
  });
});

describe('fromResponse', () => {
  it('expects no content between its messages', async () => {
    const { seen, body, write } = follow(fromResponse, { contentMs: 3000 });
    await write(sseOf(callEvents));
    await write(sseOf([progress]), 2000);
    for (let second = 0; second < 6; second += 1) await write(pingSse, 1000);
    await write(sseOf([result]));
    await write(sseOf([...answerEvents, runEnd]), 6000);
    body.end();
    await settle();

    expect(seen.ended).toBe('completed');
  });

  it('expects content again once a message has started', async () => {
    const { seen, write, clock } = follow(fromResponse, { contentMs: 3000 });
    await write(sseOf(callEvents));
    await write(sseOf([result, messageStart({ id: 'msg_2' })]), 6000);
    clock.advance(2999);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toMatchObject({ name: 'APIConnectionTimeoutError', timeout: 'contentMs' });
  });

  it.each([
    ['an answer', answerEvents],
    ['run_end', run],
    ['run_paused', [...callEvents, runPaused]],
    ['the end of a resumed run without a message', [result, runPaused]],
    ['a resumed run that pauses at once', [runPaused]],
  ])('completes if the connection is lost after %s', async (_last, events) => {
    const { seen, body, write } = follow(fromResponse);
    await write(sseOf(events));
    body.fail(terminated());
    await settle();

    expect(seen).toMatchObject({ values: events, ended: 'completed' });
  });

  it('waits after an answer as long as bytes arrive, and then completes after 5 s of silence', async () => {
    const { seen, write, clock } = follow(fromResponse);
    await write(sseOf(answerEvents));
    for (let second = 0; second < 30; second += 1) await write(': keep-alive\n\n', 1000);
    clock.advance(4999);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen).toMatchObject({ values: answerEvents, ended: 'completed' });
  });
});

describe('the response of the API to streamMessage', () => {
  const params = { model: 'claude-opus-5-5', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hi' }] };

  it.each([
    ['tool_use', callEvents],
    ['pause_turn', pauseEvents],
  ])('is one message, so that nothing has to follow %s', async (_reason, events) => {
    for (const finish of ['end', 'fail', 'wait'] as const) {
      const clock = virtualClock();
      const body = writtenBody();
      const fetch = () => Promise.resolve(eventStream(body.stream));
      const seen = watch(streamMessage(params, { apiKey: 'k', fetch, scheduler: clock.scheduler }));
      body.write(sseOf(events));
      await settle();
      if (finish === 'wait') clock.advance(5000);
      else body[finish](terminated());
      await settle();

      expect(seen).toMatchObject({ values: events, ended: 'completed' });
    }
  });
});
