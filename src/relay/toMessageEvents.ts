import { map } from 'rxjs';
import type { EventOperator } from '../rx/eventOperator.js';
import { eventJson, type Frame } from './frame.js';
import { expectFrameOptions, type FrameOptions } from './frameOptions.js';
import { errorJson } from './publicError.js';
import { toFrames } from './toFrames.js';

/** A message of NestJS's `@Sse()`. Assignable to Nest's `MessageEvent`. */
export interface NestMessageEvent {
  /** The JSON of the event. */
  readonly data?: string;
  readonly id: string;
  /** The type of the event. */
  readonly type?: string;
  /** A version of Nest that does not know comments sends only the `id`. */
  readonly comment?: string;
}

/**
 * An `id` that clients have to ignore, because it contains a NUL. Nest gives an `id` of its own to every message without
 * one, and a client would take it for a position in the stream.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
const IGNORED_ID = '\0';

/**
 * Converts events to the messages of a NestJS `@Sse()` method. Clients read them with `fromResponse` or an official SDK.
 *
 *     source                --s------------t--#      s = { type: 'message_start', … }
 *     toMessageEvents()
 *     result                --x-----h------y--(z|)   x = { id: '1', type: 'message_start', data: '{"type":"mes…' }
 *
 * The result never fails: Nest would replace the error by "Internal server error". The messages are the frames of
 * `toServerSentEvents`, with the same terminal error, ids and heartbeats, except that a message without an `id` gets one
 * that clients ignore.
 *
 * Nest begins the response before the first event, so an error is always an `error` event in a response with status 200.
 * Without `@HttpCode(200)`, the status of a POST is 201. If a client leaves, Nest unsubscribes. For a client that reads
 * slowly, Nest holds events without a limit on the source, and drops the connection beyond `maxPendingDataLength`: give
 * the source `demandOf(response)`. To have the status of an error, or a bound for a source without `demand`, use
 * `pipeToServerResponse` with `@Post()` and `@Res()` instead.
 *
 * @param options.heartbeatMs - How long nothing may be sent before a comment is, in ms. Default 15 000.
 * @param options.ids - The `id` of each event: true for its position, counted from 1; false for none; or a function.
 * Default true.
 * @param options.restarts - Whether the client understands `message_restart`, which an official SDK does not. Default
 * true.
 * @param options.describeError - Changes what the client learns of an error. Default: nothing.
 * @param options.scheduler - The scheduler of the comments. Default `asyncScheduler`.
 * @returns An operator from events to messages. Each is emitted synchronously with its event.
 * @throws {RangeError} At call time, if `heartbeatMs` is less than 1 or not a number.
 * @example
 * import { Body, HttpCode, RequestMethod, Res, Sse } from '@nestjs/common';
 * import type { ServerResponse } from 'node:http';
 *
 * \@Sse('chat', { method: RequestMethod.POST })
 * \@HttpCode(200)
 * chat(@Body() { messages }: MessageCreateParams, @Res({ passthrough: true }) response: ServerResponse) {
 *   return streamMessage({ ...params, messages }, { demand: demandOf(response) }).pipe(toMessageEvents());
 * }
 */
export function toMessageEvents(options: FrameOptions = {}): EventOperator<NestMessageEvent> {
  expectFrameOptions('toMessageEvents', options);
  return (source) => source.pipe(toFrames(options), map(messageEventOf));
}

function messageEventOf(frame: Frame): NestMessageEvent {
  switch (frame.kind) {
    case 'event': {
      const { event, id = IGNORED_ID, data = eventJson(event) } = frame;
      // Nest would remove the line break, so that the type would be another one. It is in the data, too.
      return /[\r\n]/.test(event.type) ? { id, data } : { id, type: event.type, data };
    }
    case 'failure':
      return { id: frame.id ?? IGNORED_ID, type: 'error', data: errorJson(frame.error) };
    case 'heartbeat':
      return { id: IGNORED_ID, comment: 'keep-alive' };
  }
}
