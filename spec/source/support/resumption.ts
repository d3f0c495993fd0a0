import type { Observable } from 'rxjs';
import {
  fromResponse,
  resumeOnConnectionError,
  type AnyEvent,
  type FromResponseOptions,
  type MessageReconnectEvent,
  type ResumeContext,
  type ResumeOptions,
} from '../../../src/index.js';
import { sseOf } from '../../../src/testing/index.js';
import { bodyOf, eventStream, terminated } from './bodies.js';
import { virtualClock } from './clock.js';
import { settle, watch } from './outcome.js';

/** An event as a frame whose `id` is given. */
export function frame(id: number | string, event: AnyEvent): string {
  return `id: ${id}\n${sseOf([event])}`;
}

/** Events as frames whose ids are their positions. */
export function framesFrom(position: number, events: readonly AnyEvent[]): string {
  return events.map((event, index) => frame(position + index, event)).join('');
}

/** An `error` event as a service sends it. */
export function errorFrame(fields: object = {}, id?: string): string {
  const event = { type: 'error', error: { type: 'overloaded_error', message: 'Busy.', ...fields } };
  return id === undefined ? sseOf([event]) : frame(id, event);
}

/** A response whose connection is lost after a text. */
export function lostAfter(text: string): Response {
  return eventStream(bodyOf([text], terminated()));
}

/** Answers one request after the other: a text is a body that ends, an error is one that `fetch` has. */
export type Answer = string | Response | Error | ((context: ResumeContext, signal: AbortSignal) => Promise<Response>);

/** Requests a stream in virtual time. Fails if there are more requests than answers. */
export function request(
  answers: readonly Answer[],
  options: FromResponseOptions & { resumption?: ResumeOptions } = {},
) {
  const { resumption, ...others } = options;
  const rest = [...answers];
  const clock = virtualClock();
  const requests: ResumeContext[] = [];
  const source = fromResponse(
    async (signal, context) => {
      requests.push(context);
      const answer = rest.shift();
      if (answer === undefined) throw new RangeError('There are more requests than answers.');
      if (answer instanceof Error) throw answer;
      if (typeof answer === 'function') return answer(context, signal);
      return typeof answer === 'string' ? eventStream(answer) : answer;
    },
    { scheduler: clock.scheduler, resume: resumeOnConnectionError({ jitter: 0, ...resumption }), ...others },
  );
  return { clock, requests, source };
}

/** Subscribes to what a stream becomes, and lets virtual time pass until it has ended. */
export async function readToEnd<T>({ clock }: ReturnType<typeof request>, result: Observable<T>) {
  const seen = watch(result);
  for (let seconds = 0; seconds < 1000; seconds += 1) {
    await settle();
    if (seen.subscription.closed) return seen;
    clock.advance(1000);
  }
  throw new Error('The stream does not end.');
}

/** The outcome of a request, in which a `message_reconnect` is set apart from the other events. */
export async function outcomeOfRequest(answers: readonly Answer[], options?: Parameters<typeof request>[1]) {
  const made = request(answers, options);
  const { values, ended, error } = await readToEnd(made, made.source);
  const isReconnect = (event: AnyEvent): event is MessageReconnectEvent => event.type === 'message_reconnect';
  return {
    events: values.filter((event) => !isReconnect(event)),
    reconnects: values.filter(isReconnect),
    ids: made.requests.map(({ lastEventId }) => lastEventId),
    requests: made.requests,
    timers: made.clock.timers,
    ended,
    error,
  };
}
