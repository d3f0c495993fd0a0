import { map } from 'rxjs';
import type { EventOperator } from '../rx/eventOperator.js';
import { frameText } from './frame.js';
import { expectFrameOptions, type FrameOptions } from './frameOptions.js';
import { toFrames } from './toFrames.js';

/**
 * Converts events to the text of server-sent events, which `fromResponse` and the official SDKs read. `toResponse` and
 * `pipeToServerResponse` also write the text: use this operator for any other transport.
 *
 *     source                  --s------------t--#      s = { type: 'message_start', … }
 *     toServerSentEvents()
 *     result                  --x-----h------y--(z|)   x = 'id: 1\nevent: message_start\ndata: {"type":"mes…\n\n'
 *
 * Each string is one frame, with the blank line that ends it. The events of a message, those of a tool run, and
 * `message_restart` and `message_reconnect` are sent with all their fields, including unknown ones. While nothing is
 * sent for `heartbeatMs`, a comment is.
 *
 * The result never fails. An error of the source becomes the API's `error` event, and so does a source that completes
 * before its message or its tool run has ended: a client never takes an incomplete stream for an answer. An error after
 * that end is left out. A client learns only what is public about an error: its status, its type, a message that depends
 * on its kind, and whether a retry can help, which is false if the service has already retried. An error about the
 * service's own account (401, 402, 403, a spend limit) becomes a 500 `api_error`.
 *
 * @param options.heartbeatMs - How long nothing may be sent before a comment is, in ms. Default 15 000.
 * @param options.ids - The `id:` of each event: true for its position, counted from 1; false for none; or a function.
 * Default true.
 * @param options.restarts - Whether the client understands `message_restart`, which an official SDK does not. Default
 * true.
 * @param options.describeError - Changes what the client learns of an error. Default: nothing.
 * @param options.scheduler - The scheduler of the comments. Default `asyncScheduler`.
 * @returns An operator from events to frames. Each is emitted synchronously with its event.
 * @throws {RangeError} At call time, if `heartbeatMs` is less than 1 or not a number.
 * @example
 * streamMessage(params).pipe(toServerSentEvents()).subscribe((frame) => response.write(frame));
 */
export function toServerSentEvents(options: FrameOptions = {}): EventOperator<string> {
  expectFrameOptions('toServerSentEvents', options);
  return (source) => source.pipe(toFrames(options), map(frameText));
}
