import { errorEvent, sseOf, type RecordedRequest, type Reply } from 'rxjs-anthropic/testing';
import { bytesUntil, type Fault } from './faults.js';
import type { ApiRequest } from './fakeApi.js';
import type { FakeRun } from './fakeRun.js';
import type { Wire } from './streams.js';

/** The header with the ID of the run that a request belongs to. */
export const RUN_HEADER = 'x-run';

/** How a reply is sent, apart from faults. */
export type Sending = Pick<Reply, 'delayMs' | 'paceMs' | 'chunkBytes' | 'gzip'>;

/** Creates the script of a server whose replies come from fake runs. */
export function serveRuns(
  runOf: (id: string) => FakeRun | undefined,
  sendingOf: (id: string) => Sending = () => ({}),
): (request: RecordedRequest) => Reply {
  return ({ headers, body }) => {
    const id = headers[RUN_HEADER] ?? '';
    const sent = runOf(id)?.take(body as ApiRequest);
    if (sent === undefined) return { status: 400, body: errorEvent('invalid_request_error', `No, ${id}.`) };
    return { ...sendingOf(id), ...replyOf(sent.attempt.wire, sent.fault) };
  };
}

function replyOf(wire: Wire, fault: Fault | undefined): Reply {
  const at = bytesUntil(fault, wire);
  const events = wire.frames.map((frame) => new TextDecoder().decode(frame));
  const count = wire.starts.indexOf(at);
  if (at >= wire.bytes.length) return { events };
  switch (fault?.type) {
    case 'disconnect':
      return { events, disconnectAtByte: at };
    case 'reset':
      return { events, resetAtByte: at };
    case 'end':
      return { events, cutAtByte: at };
    case 'stall':
      return { events, stallAtByte: at };
    case 'pings':
      return { events: withPings(events.slice(0, count)), paceMs: 5 };
    case 'error':
      return { events: [...events.slice(0, count), sseOf([errorEvent('overloaded_error', 'Overloaded')])] };
    case 'no response':
      return { noResponse: fault.how };
    case 'status':
      return { status: fault.status };
    case undefined:
      return { events };
  }
}

function* withPings(events: readonly string[]): Generator<string> {
  yield* events;
  for (;;) yield sseOf([{ type: 'ping' }]);
}
