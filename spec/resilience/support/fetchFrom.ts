import { errorEvent, sseOf } from 'rxjs-anthropic/testing';
import { bytesUntil, type Fault } from './faults.js';
import type { ApiRequest } from './fakeApi.js';
import type { FakeRun } from './fakeRun.js';
import type { Wire } from './streams.js';

const encoder = new TextEncoder();
const ERROR = encoder.encode(sseOf([errorEvent('overloaded_error', 'Overloaded')]));
const PING = encoder.encode(sseOf([{ type: 'ping' }]));

/**
 * Creates a `fetch` whose responses come from a fake run, without a network.
 *
 * @param pass - Advances the clock by that time, in ms. Called when the server sends nothing, or only a ping.
 * @param pieceBytes - The most bytes that arrive at once. Default: all.
 */
export function fetchFrom(run: FakeRun, pass: (ms: number) => void, pieceBytes = Infinity): typeof globalThis.fetch {
  return (_url, init) => {
    const sent = run.take(JSON.parse(init?.body as string) as ApiRequest);
    if (sent === undefined) return refuse(400, 'invalid_request_error');
    const { fault, attempt } = sent;
    if (fault?.type === 'no response') return Promise.reject(lost('fetch failed', fault.how === 'reset'));
    if (fault?.type === 'status') return refuse(fault.status, 'api_error');
    return Promise.resolve(
      new Response(bodyOf(attempt.wire, fault, pass, pieceBytes), { headers: { 'content-type': 'text/event-stream' } }),
    );
  };
}

function refuse(status: number, type: string): Promise<Response> {
  return Promise.resolve(Response.json(errorEvent(type, 'No.'), { status }));
}

function bodyOf(
  wire: Wire,
  fault: Fault | undefined,
  pass: (ms: number) => void,
  pieceBytes: number,
): ReadableStream<Uint8Array> {
  const length = bytesUntil(fault, wire);
  const size = Math.min(pieceBytes, length);
  const pieces = Array.from({ length: size === 0 ? 0 : Math.ceil(length / size) }, (_, i) =>
    wire.bytes.subarray(i * size, Math.min((i + 1) * size, length)),
  );
  const fate = length < wire.bytes.length ? fault?.type : undefined;
  if (fate === 'error') pieces.push(ERROR);
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces.shift();
        if (piece !== undefined && piece.length > 0) {
          controller.enqueue(piece);
        } else if (fate === 'disconnect' || fate === 'reset') {
          controller.error(lost('terminated', fate === 'reset'));
        } else if (fate === 'stall') {
          pass(Infinity);
        } else if (fate === 'pings') {
          pass(1000);
          controller.enqueue(PING);
        } else {
          controller.close();
        }
      },
    },
    { highWaterMark: 0 },
  );
}

/** The error of Node's `fetch` for a lost connection. */
function lost(message: string, isReset: boolean): TypeError {
  const cause = isReset
    ? Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    : Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  return new TypeError(message, { cause });
}
