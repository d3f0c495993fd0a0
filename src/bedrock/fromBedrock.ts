import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { MessageReader } from '../source/messageReader.js';
import type { ResponseLike } from '../source/responseLike.js';
import { expectResponseOptions, type ResponseOptions } from '../source/responseOptions.js';
import { responseStream } from '../source/responseStream.js';
import { withStatusErrors } from '../source/withStatusErrors.js';
import { BedrockDecoder } from './bedrockDecoder.js';

/**
 * Reads the events of a message from a response of Amazon Bedrock: `InvokeModelWithResponseStream`, whose body is an AWS event
 * stream.
 *
 *     response              -------(headers)--[chunk]--[chunk]--…--|
 *     fromBedrock(request)
 *     result                --------------------x--------y-----…--|    x = { type: 'message_start', … }
 *
 * Behaves like `fromResponse`: each subscription calls the function once, unsubscribing aborts its signal, and every event is
 * validated. A body that ends before `message_stop` is an `IncompleteMessageError`. The checksums of frames are verified. An
 * exception within the stream becomes the error that the API would have sent: throttling, a service that is unavailable, an
 * internal error, an error of the model's stream and a timeout can be retried; a validation error cannot. `x-amzn-requestid` is
 * the `requestID` of errors.
 *
 * @param response - A Response, or a function that returns one, such as a signed `fetch`.
 * @param options - `signal`, `timeout`, `maxBufferSize` (the longest frame, in bytes; default 24 MiB), `onResponse`, `demand`,
 * `yieldAfterMs` and `scheduler`, as for `fromResponse`.
 * @returns The events as they arrive.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is not a number above 0, or `yieldAfterMs` is
 * negative or not a number.
 * @example
 * const token = process.env['AWS_BEARER_TOKEN_BEDROCK'] ?? '';
 * const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
 * fromBedrock((signal) => fetch(url, { method: 'POST', headers, body, signal })).pipe(textDeltas());
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
 */
export function fromBedrock(
  response: ResponseLike | ((signal: AbortSignal) => ResponseLike | PromiseLike<ResponseLike>),
  options: ResponseOptions = {},
): Observable<MessageStreamEvent> {
  expectResponseOptions('fromBedrock', options);
  const connect = typeof response === 'function' ? withStatusErrors(response) : () => Promise.resolve(response);
  return responseStream(
    async (signal) => asEventStream(await connect(signal)),
    options,
    (emit, info) => new BedrockDecoder(new MessageReader(emit, info, 'message'), options.maxBufferSize),
  );
}

/** Returns the response with the headers by which the connection recognises a stream, and the ID of the request. */
function asEventStream({ status, headers: given, body, bodyUsed }: ResponseLike): ResponseLike {
  const headers = new Headers(given);
  const requestID = headers.get('x-amzn-requestid');
  if (requestID !== null) headers.set('request-id', requestID);
  if (/^application\/vnd\.amazon\.eventstream\b/i.test(headers.get('content-type') ?? '')) {
    headers.set('content-type', 'text/event-stream');
  }
  return { status, headers, body, bodyUsed };
}
