/**
 * A server in its own process, so that only the reader is measured. It holds all requests open after the first events. On
 * `go`, it writes the same bytes to each in turn, never more than a socket accepts.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { groupedChunks } from './fixtures.js';

/** The number of events that are written at once. */
const EVENTS_PER_WRITE = 10;

const [streams = NaN, deltas = NaN] = process.argv.slice(2).map(Number);
const [head = new Uint8Array(), ...chunks] = groupedChunks('text', deltas, EVENTS_PER_WRITE);
let open: ServerResponse[] = [];

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(head);
    open.push(response);
    if (open.length === streams) process.send?.('ready');
  });
});

process.on('message', () => {
  const responses = open;
  open = [];
  void writeAll(responses);
});
process.once('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', 1024, () => {
  process.send?.((server.address() as AddressInfo).port);
});

async function writeAll(responses: readonly ServerResponse[]): Promise<void> {
  for (const chunk of chunks) {
    for (const response of responses) {
      if (response.writableNeedDrain) await once(response, 'drain');
      response.write(chunk);
    }
    await setImmediate();
  }
  for (const response of responses) response.end();
}
