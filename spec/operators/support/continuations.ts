import { concat, from, lastValueFrom, throwError, toArray, type Observable } from 'rxjs';
import { MessageAccumulator } from '../../../src/accumulate/messageAccumulator.js';
import { EventOrder } from '../../../src/protocol/eventOrder.js';
import {
  APIConnectionError,
  BadRequestError,
  finalMessage,
  textDeltas,
  type Message,
  type MessageRestartEvent,
  type MessageStreamEvent,
} from '../../../src/index.js';
import type { ContinueOnConnectionErrorOptions } from '../../../src/operators/continueOnConnectionError.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { restart } from '../../support/events.js';

export type Events = Observable<MessageStreamEvent>;

export type Names = Record<string, MessageStreamEvent>;

export type Options = Partial<ContinueOnConnectionErrorOptions<MessageStreamEvent>>;

export const lost = new APIConnectionError('The connection was lost', { phase: 'mid-content' });

export const refused = new BadRequestError('Bad request', { status: 400 });

export const whole = buildMessage({
  id: 'msg_1',
  content: 'The tide comes in.',
  usage: { input_tokens: 5, output_tokens: 9 },
});

export const rest = buildMessage({ id: 'msg_2', content: 'comes in.', usage: { input_tokens: 12, output_tokens: 3 } });

export const events = eventsOf(whole, { deltaLength: 9 });
// 'The tide ' 'comes in.'

// eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
export const failing = (error: unknown): Events => throwError(() => error);

/** The first `count` events, then an error. */
export const failingAfter = (list: readonly MessageStreamEvent[], count: number, error: unknown = lost): Events =>
  concat(from(list.slice(0, count)), failing(error));

/** The events of a message up to and including delta number `deltas`. */
export const untilDelta = (message: Message, deltas: number): MessageStreamEvent[] => {
  const list = eventsOf(message, { deltaLength: 9 });
  const places = list.flatMap(({ type }, place) => (type === 'content_block_delta' ? [place] : []));
  return list.slice(0, (places[deltas - 1] ?? NaN) + 1);
};

/** Returns the streams one after the other, and collects the partial messages that were to be continued. */
export function continuations(...streams: readonly Events[]) {
  const partials: Message[] = [];
  const continueWith = (partial: Message): Events => {
    partials.push(partial);
    return streams[partials.length - 1] ?? failing(new Error(`No continuation ${partials.length}`));
  };
  return { partials, continueWith };
}

export const restartAfter = (error: unknown, attempt: number): MessageRestartEvent => restart({ attempt, error });

export const usageSoFar = (counts: object) => ({
  type: 'message_delta',
  delta: { stop_reason: null, stop_sequence: null },
  usage: expect.objectContaining(counts) as object,
});

export const atOnce: Options = { initialDelayMs: 0, jitter: 0 };

export function valuesOf<Out>(result: Observable<Out>): Promise<Out[]> {
  return lastValueFrom(result.pipe(toArray()), { defaultValue: [] });
}

export const texts = (list: readonly MessageStreamEvent[]): Promise<string[]> =>
  valuesOf(from(list).pipe(textDeltas()));

export const messageOf = (list: readonly MessageStreamEvent[]): Promise<Message> =>
  lastValueFrom(from(list).pipe(finalMessage()));

export const textIn = (message: Message | undefined): string =>
  (message?.content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join('');

export const partialOf = (list: readonly MessageStreamEvent[]): Message | undefined => {
  const accumulator = new MessageAccumulator();
  for (const event of list) accumulator.add(event);
  return accumulator.message;
};

export const typesOf = (list: readonly MessageStreamEvent[]): string[] =>
  list.map((event) => ('index' in event ? `${event.type} ${event.index}` : event.type));

/** Expects the events of one message, in an order that the API could have sent. */
export function expectOneMessage(list: readonly MessageStreamEvent[]): void {
  const order = new EventOrder();
  expect(list.map((event) => order.accept(event))).toEqual(list.map(() => true));
  expect(list.filter(({ type }) => type === 'message_start')).toHaveLength(1);
  expect(list.filter(({ type }) => type === 'message_stop')).toHaveLength(1);
  expect(order.isComplete).toBe(true);
}
