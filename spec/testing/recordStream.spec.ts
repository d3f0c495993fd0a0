import { expectTypeOf } from 'expect-type';
import { from, lastValueFrom, NEVER, startWith, throwError, concat, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  APIConnectionTimeoutError,
  finalMessage,
  finalText,
  InvalidEventError,
  streamMessage,
  type MessageStreamEvent,
} from '../../src/index.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  expectFrames,
  marbleEvents,
  messagesFetch,
  recordStream,
  replayStream,
  toolUseBlock,
  type Reply,
  type StreamRecording,
} from '../../src/testing/index.js';
import { errorOf, outcomeOf } from '../source/support/outcome.js';

const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const message = buildMessage({ content: ['Hello', toolUseBlock('get', { a: 1 })] });
const ID = 'msg_01XFDUDYJgAACzvnptvVoYEL';
const CALL = 'toolu_01T1x1fJ34qAmk2tNTrN7Up6';
const REQUEST = 'req_011CSHoEeqs5C35K2UUqR7Fy';

/** Reads a stream to its end, and returns its recording, as it is after JSON. */
async function recordingOf(event$: Observable<MessageStreamEvent>): Promise<StreamRecording> {
  const recordings: StreamRecording[] = [];
  await outcomeOf(event$.pipe(recordStream((recording) => recordings.push(recording))));

  expect(recordings).toHaveLength(1);
  return JSON.parse(JSON.stringify(recordings[0])) as StreamRecording;
}

const ask = (reply: Reply) =>
  streamMessage(params, { fetch: messagesFetch(reply), baseURL: 'http://localhost', apiKey: 'sk-ant-secret-key' });

describe('recordStream', () => {
  it('records the events with their times, and passes them through', () => {
    let recording: StreamRecording | undefined;
    const { marbles, values } = marbleEvents('--<-[a--b]$>-|');
    new TestScheduler(expectFrames).run(({ cold, expectObservable }) => {
      const save = (value: StreamRecording) => {
        recording = value;
      };
      expectObservable(cold(marbles, values).pipe(recordStream(save))).toBe(marbles, values);
    });

    expect(recording?.events.map(({ atMs, event }) => [atMs, event.type])).toEqual([
      [2, 'message_start'],
      [4, 'content_block_start'],
      [5, 'content_block_delta'],
      [8, 'content_block_delta'],
      [9, 'content_block_stop'],
      [10, 'message_delta'],
      [11, 'message_stop'],
    ]);
    expect(recording?.endMs).toBe(13);
    expect(recording).not.toHaveProperty('error');
  });

  it('replaces IDs, equal ones by the same, and keys', async () => {
    const text = `I am ${ID}, file_descriptor, a msg_02 and sk-ant-api03-abc_DEF-123.`;
    const { events } = await recordingOf(
      from(
        eventsOf(buildMessage({ id: ID, content: [text, toolUseBlock('get', { id: CALL }, { id: CALL })] }), {
          deltaLength: Infinity,
        }),
      ),
    );
    const json = JSON.stringify(events);

    expect(json).not.toMatch(/01XF|01T1|abc_DEF/);
    expect(json).toContain('"id":"msg_0001"');
    expect(json).toContain('I am msg_0001, file_descriptor, a msg_02 and sk-redacted.');
    expect(json).toContain('"id":"toolu_0002"');
    expect(json).toContain('{\\"id\\":\\"toolu_0002\\"}');
  });

  it('replaces UUIDs, and the IDs of Bedrock', async () => {
    const uuid = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed';
    const { events } = await recordingOf(
      from(eventsOf(buildMessage({ id: 'msg_bdrk_01XFDUDYJgAACzvnpt', model: uuid }))),
    );

    expect(events[0]?.event).toMatchObject({
      message: { id: 'msg_bdrk_0001', model: '00000000-0000-4000-8000-000000000002' },
    });
  });

  it('has no key and no request ID of an error', async () => {
    const body = { ...errorEvent('rate_limit_error', 'Slow down, sk-ant-secret-key'), request_id: REQUEST };
    const recording = await recordingOf(ask({ status: 429, body }));

    expect(recording).toEqual({
      events: [],
      endMs: expect.any(Number) as number,
      error: {
        type: 'error',
        error: {
          name: 'RateLimitError',
          type: 'rate_limit_error',
          status: 429,
          message: 'Slow down, [redacted]',
          retryable: true,
        },
      },
    });
    expect(JSON.stringify(recording)).not.toContain('secret');
  });

  it('is incomplete if the consumer unsubscribes', () => {
    const recordings: StreamRecording[] = [];
    const start = eventsOf(message)[0] as MessageStreamEvent;
    NEVER.pipe(
      startWith(start),
      recordStream((recording) => recordings.push(recording)),
    )
      .subscribe()
      .unsubscribe();

    expect(recordings).toMatchObject([{ events: [{ event: start }] }]);
  });

  it('fails if it cannot be saved', async () => {
    const failing = recordStream<MessageStreamEvent>(() => {
      throw new Error('disk full');
    });

    expect(await errorOf(from(eventsOf(message)).pipe(failing))).toMatchObject({ message: 'disk full' });
    expect(() => recordStream('file.json' as never)).toThrow('recordStream: save must be a function');
  });

  it('keeps the type of the events', () => {
    const event$ = from(eventsOf(message)).pipe(recordStream(() => undefined));

    expectTypeOf(event$).toEqualTypeOf<Observable<MessageStreamEvent>>();
    expect(event$).toBeDefined();
  });
});

describe('replayStream', () => {
  it('emits the recorded events again', async () => {
    const recording = await recordingOf(ask({ message }));

    expect(await lastValueFrom(replayStream(recording).pipe(finalMessage()))).toEqual(message);
  });

  it('emits at once by default, and at the recorded pace or faster if asked to', () => {
    const { marbles, values } = marbleEvents('--<-[a----b]$>--|');
    let recording: StreamRecording = { events: [], endMs: 0 };
    new TestScheduler(expectFrames).run(({ cold }) => {
      cold(marbles, values)
        .pipe(recordStream((value) => (recording = value)))
        .subscribe();
    });
    new TestScheduler(expectFrames).run(({ expectObservable }) => {
      const symbols = Array.from(marbles).filter((symbol) => symbol in values);
      expectObservable(replayStream(recording)).toBe(`(${symbols.join('')}|)`, values);
      expectObservable(replayStream(recording, { speed: 1 })).toBe(marbles, values);
      expectObservable(replayStream(recording, { speed: 0.5 }).pipe(finalText())).toBe('32ms (x|)', { x: 'ab' });
    });

    expect(recording.endMs).toBe(16);
  });

  it.each<[string, Reply]>([
    [
      'OverloadedError',
      { message, after: { event: 3, then: 'end' }, status: 529, body: errorEvent('overloaded_error', 'x') },
    ],
    ['AuthenticationError', { status: 401 }],
    ['IncompleteMessageError', { message, after: { event: 3, then: 'end' } }],
    ['APIConnectionError', { message, after: { event: 3, then: 'reset' } }],
    ['InternalServerError', { status: 500, body: '<html>' }],
  ])('fails again with %s', async (name, reply) => {
    const before = await outcomeOf(ask(reply));
    const after = await outcomeOf(replayStream(await recordingOf(ask(reply))));

    expect(before.error).toMatchObject({ name });
    expect(after.values).toEqual(before.values);
    expect(after.error).toMatchObject({ name, retryable: (before.error as { retryable: boolean }).retryable });
  });

  it('fails again with a timeout, and with the message of any other error', async () => {
    const timeout = new APIConnectionTimeoutError('No bytes', { timeout: 'idleMs', ms: 5 });
    const invalid = new InvalidEventError('Bad', { position: 1, data: '{' });
    const record = (error: Error) =>
      recordingOf(
        concat(
          from(eventsOf(message, { cutAt: 1 })),
          throwError(() => error),
        ),
      );

    expect(await errorOf(replayStream(await record(timeout)))).toMatchObject({ timeout: 'idleMs', ms: 5 });
    expect(await errorOf(replayStream(await record(invalid)))).toMatchObject({
      name: 'AnthropicError',
      message: invalid.message,
    });
  });

  it('emits events as a source does: an error event is the typed error', async () => {
    const error = errorEvent('overloaded_error', 'Overloaded');
    const events = eventsOf(message, { cutAt: 3, error });
    const { values, error: failure } = await outcomeOf(replayStream(events));

    expect(values).toEqual(events.slice(0, 3));
    expect(failure).toMatchObject({ name: 'OverloadedError', status: 529 });
  });

  it('fails if the events are incomplete or out of order', async () => {
    expect(await errorOf(replayStream(eventsOf(message, { cutAt: 3 })))).toMatchObject({
      name: 'IncompleteMessageError',
    });
    expect(await errorOf(replayStream(eventsOf(message).slice(2)))).toBeInstanceOf(InvalidEventError);
  });

  it.each([0, -1, NaN])('refuses the speed %p at call time', (speed) => {
    expect(() => replayStream([], { speed })).toThrow('replayStream: speed must be a number above 0');
  });

  it('has the type of a source', () => {
    expectTypeOf(replayStream).returns.toEqualTypeOf<Observable<MessageStreamEvent>>();
    expect(replayStream([])).toBeDefined();
  });
});
