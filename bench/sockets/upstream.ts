/**
 * The API of one client, in its own process. All streams stay open, and wait, between commands:
 *
 * - `['open', STREAMS]` answers when that many streams are open in total.
 * - `['write', DELTAS, PER_SECOND]` writes that many deltas to each stream, that many per second in total, spread evenly.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deltaFrame, HEAD } from '../gateway/frames.js';

/** What the process is told. */
export type UpstreamCommand =
  readonly ['open', streams: number] | readonly ['write', deltas: number, perSecond: number];

/** How often the events that are due are written, in ms. */
const TICK_MS = 4;

const streams: ServerResponse[] = [];
let expected = NaN;

// A connection that waits for the next request must not be closed just when that is sent.
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(HEAD);
    streams.push(response);
    reportOpen();
  });
});

process.on('message', (command: UpstreamCommand) => {
  if (command[0] === 'write') {
    write(command[1] * streams.length, command[2]);
    return;
  }
  expected = command[1];
  reportOpen();
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', 1024, () => {
  process.send?.((server.address() as AddressInfo).port);
});

function reportOpen(): void {
  if (streams.length === expected) process.send?.('open');
}

function write(count: number, perSecond: number): void {
  const begin = performance.now();
  let written = 0;
  const timer = setInterval(() => {
    const due = Math.min(((performance.now() - begin) * perSecond) / 1000, count);
    for (; written < due; written += 1) streams[written % streams.length]?.write(deltaFrame());
    if (written >= count) clearInterval(timer);
  }, TICK_MS);
}
