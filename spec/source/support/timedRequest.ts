import {
  APIConnectionTimeoutError,
  APITimeoutError,
  streamMessage,
  type MessageStreamEvent,
  type TimeoutOptions,
} from '../../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../../src/testing/index.js';
import { ping } from '../../support/events.js';
import { eventStream, writtenBody, type WrittenBody } from './bodies.js';
import { virtualClock, type Clock } from './clock.js';
import { settle, watch, type Watched } from './outcome.js';

const params = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

/** The events of the answer, and their server-sent events: all of them, the first four, and a ping. */
export const events = eventsOf(buildMessage({ content: 'Hello, world. How are you?' }));
export const sse = sseOf(events);
export const [startSse = '', blockStartSse = '', deltaSse = '', secondDeltaSse = ''] = events.map((event) =>
  sseOf([event]),
);
export const pingSse = sseOf([ping]);

/** A request of `streamMessage` whose response the spec writes, in virtual time. */
export interface Conversation extends Clock {
  readonly seen: Watched<MessageStreamEvent>;
  readonly body: WrittenBody;
  /** The signal that `fetch` received. */
  readonly signal: AbortSignal;
  /** Sends the headers. */
  answer(init?: ResponseInit): Promise<void>;
  /** Sends bytes, after some time. */
  write(text: string, afterMs?: number): Promise<void>;
}

export function converse(timeout: TimeoutOptions | undefined): Conversation {
  const clock = virtualClock();
  const body = writtenBody();
  let respond: (response: Response) => void = () => undefined;
  let signal: AbortSignal | undefined;
  const fetch = (_url: unknown, init?: RequestInit) => {
    signal = init?.signal ?? undefined;
    return new Promise<Response>((resolve) => {
      respond = resolve;
    });
  };
  const options = { apiKey: 'k', fetch, scheduler: clock.scheduler, ...(timeout !== undefined && { timeout }) };
  const seen = watch(streamMessage(params, options));
  if (signal === undefined) throw new Error('fetch received no signal');
  return {
    get timers() {
      return clock.timers;
    },
    scheduler: clock.scheduler,
    advance: (ms) => {
      clock.advance(ms);
    },
    seen,
    body,
    signal,
    async answer(init) {
      respond(eventStream(body.stream, init));
      await settle();
    },
    async write(text, afterMs = 0) {
      clock.advance(afterMs);
      body.write(text);
      await settle();
    },
  };
}

/** Expects that the request has timed out and that everything is cleaned up. Returns the error. */
export async function timedOut({ seen, signal, timers, body }: Conversation, isAnswered = true) {
  await settle();

  expect(seen.ended).toBe('failed');
  expect(seen.error).toBeInstanceOf(APIConnectionTimeoutError);
  expect(seen.error).toBeInstanceOf(APITimeoutError);
  expect(seen.error).toMatchObject({ name: 'APIConnectionTimeoutError', retryable: true });
  expect(timers).toBe(0);
  expect(signal.aborted).toBe(true);
  expect(body.isCancelled).toBe(isAnswered);
  return seen.error as APIConnectionTimeoutError;
}
