import { asapScheduler, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import {
  APIConnectionError,
  finalMessage,
  IncompleteMessageError,
  InvalidEventError,
  isRetryable,
  retryOnConnectionError,
} from 'rxjs-anthropic';
import { fromBedrock } from 'rxjs-anthropic/bedrock';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';
import { answers } from '../resilience/support/streams.js';
import { errorOf, outcomeOf, settle } from '../source/support/outcome.js';
import { bedrockResponse, chunkFrame, errorFrame, exceptionFrame, otherFrame } from './support/bedrockFrames.js';

const metrics = { inputTokenCount: 1, outputTokenCount: 2, invocationLatency: 3, firstByteLatency: 4 };
const message = buildMessage({ content: 'The tide comes in. 🌊' });
const events = eventsOf(message, { deltaLength: 9 });
/** As Bedrock sends them: the last event has its metrics. */
const sent = events.map((event) =>
  event.type === 'message_stop' ? { ...event, 'amazon-bedrock-invocationMetrics': metrics } : event,
);
const frames = sent.map(chunkFrame);
const bytes = Buffer.concat(frames);

describe('a complete message', () => {
  it.each(answers.map((answer) => [answer.name, answer] as const))('has its events: %s', async (_, answer) => {
    const all = eventsOf(answer.message, { deltaLength: answer.writing.deltaLength });
    const { values } = await outcomeOf(fromBedrock(bedrockResponse(all.map(chunkFrame))));

    expect(values).toEqual(all);
  });

  it('has all fields, also those that Bedrock adds', async () => {
    expect(await lastValueFrom(fromBedrock(bedrockResponse(frames)).pipe(toArray()))).toEqual(sent);
  });

  it('may arrive in pieces of any size', async () => {
    for (const size of [1, 2, 3, 7, 100, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );

      expect((await outcomeOf(fromBedrock(bedrockResponse(pieces)))).values).toEqual(sent);
    }
  });

  it('ignores frames of other types', async () => {
    const { values } = await outcomeOf(fromBedrock(bedrockResponse([otherFrame(), ...frames, otherFrame()])));

    expect(values).toEqual(sent);
  });

  it('may be JSON, as InvokeModel responds', async () => {
    const { stop_reason } = await firstValueFrom(fromBedrock(Response.json(message)).pipe(finalMessage()));

    expect(stop_reason).toBe('end_turn');
  });
});

describe('an incomplete stream', () => {
  it('fails at every byte at which the body ends or the connection is lost', async () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const lastFrame = bytes.length - (frames.at(-1)?.length ?? 0);
    for (let at = 0; at < bytes.length; at += 1) {
      const ended = await outcomeOf(fromBedrock(bedrockResponse([bytes.subarray(0, at)])));
      const lost = await outcomeOf(fromBedrock(bedrockResponse([bytes.subarray(0, at)], new TypeError('terminated'))));

      expect([ended.ended, lost.ended]).toEqual(['failed', 'failed']);
      expect(ended.error).toBeInstanceOf(IncompleteMessageError);
      expect(lost.error).toBeInstanceOf(APIConnectionError);
      expect(ended.values.length === sent.length - 1).toBe(at >= lastFrame);
    }
    Error.stackTraceLimit = stackTraceLimit;
  });

  it('is retried by the operators, which restart the message', async () => {
    const responses = [bedrockResponse(frames.slice(0, 3)), bedrockResponse(frames)];
    const request = fromBedrock(() => responses.shift() ?? new Response());
    const retried = request.pipe(
      retryOnConnectionError({ whenStarted: 'restart', initialDelayMs: 0, jitter: 0, scheduler: asapScheduler }),
    );
    const { values, ended } = await outcomeOf(retried);

    expect(ended).toBe('completed');
    expect(values.map(({ type }) => type)).toContain('message_restart');
    expect(values.slice(-sent.length)).toEqual(sent);
  });
});

describe('an exception', () => {
  it.each([
    ['throttlingException', 'RateLimitError', 429, true],
    ['ThrottlingException', 'RateLimitError', 429, true],
    ['serviceUnavailableException', 'ServiceUnavailableError', 503, true],
    ['internalServerException', 'InternalServerError', 500, true],
    ['modelStreamErrorException', 'InternalServerError', 500, true],
    ['modelTimeoutException', 'GatewayTimeoutError', 504, true],
    ['validationException', 'BadRequestError', 400, false],
    ['accessDeniedException', 'PermissionDeniedError', 403, false],
    ['resourceNotFoundException', 'NotFoundError', 404, false],
    ['exceptionOfTheFuture', 'BadRequestError', 400, false],
  ])('%s becomes %s with status %d', async (name, className, status, retryable) => {
    for (const count of [0, 3]) {
      const pieces = [...frames.slice(0, count), exceptionFrame(name, 'Too many.')];
      const error = await errorOf(fromBedrock(bedrockResponse(pieces)));

      expect(error).toMatchObject({ name: className, status, requestID: 'req-1' });
      expect(String(error)).toContain('Too many.');
      expect(isRetryable(error)).toBe(retryable);
    }
  });

  it('may be a frame of the type error', async () => {
    const error = await errorOf(fromBedrock(bedrockResponse([errorFrame('InternalServerException', 'Oops.')])));

    expect(error).toMatchObject({ name: 'InternalServerError' });
  });

  it('may be the status of the response', async () => {
    const headers = { 'x-amzn-requestid': 'req-2', 'x-amzn-errortype': 'ThrottlingException' };
    const error = await errorOf(fromBedrock(Response.json({ message: 'Slow down.' }, { status: 429, headers })));

    expect(error).toMatchObject({ name: 'RateLimitError', requestID: 'req-2' });
    expect(String(error)).toContain('Slow down.');
  });
});

describe('an invalid frame', () => {
  const changed = (at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

  it('is an error at every byte of a frame that is changed', async () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const first = frames[0]?.length ?? 0;
    for (let at = 0; at < first; at += 1) {
      const { error, values } = await outcomeOf(fromBedrock(bedrockResponse([changed(at)])));

      expect(values).toEqual([]);
      // A changed length makes the frame longer than the body, or cuts it.
      expect(error instanceof InvalidEventError || error instanceof IncompleteMessageError).toBe(true);
    }
    Error.stackTraceLimit = stackTraceLimit;
  });

  it('is one that is longer than the limit', async () => {
    const error = await errorOf(fromBedrock(bedrockResponse(frames), { maxBufferSize: 100 }));

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(String(error)).toMatch(/A frame says that it is \d+ bytes long, not 16 to 100\./);
  });

  it('is a chunk without bytes, or with bytes that are no event', async () => {
    const [first] = frames;
    for (const pieces of [[first ?? bytes, chunkFrame({ type: 'content_block_delta', index: 9 })], [chunkFrame([1])]]) {
      expect(await errorOf(fromBedrock(bedrockResponse(pieces)))).toBeInstanceOf(InvalidEventError);
    }
  });
});

it('makes a request for each subscription, and aborts it when it is unsubscribed from', async () => {
  const signals: AbortSignal[] = [];
  const source = fromBedrock((signal) => {
    signals.push(signal);
    return bedrockResponse(frames);
  });

  expect(signals).toHaveLength(0);

  await lastValueFrom(source.pipe(take(2)));
  await lastValueFrom(source);
  await settle();

  expect(signals.map(({ aborted }) => aborted)).toEqual([true, expect.any(Boolean)]);
});

it('checks its options at call time', () => {
  expect(() => fromBedrock(bedrockResponse([]), { timeout: { idleMs: 0 } })).toThrow(RangeError);
  expect(() => fromBedrock(bedrockResponse([]), { signal: {} as never })).toThrow(
    'fromBedrock: signal must be an AbortSignal.',
  );
});
