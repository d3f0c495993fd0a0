/**
 * The API of the gateways, in its own process. The base URL of a request says how a message of `/DELTAS` deltas arrives:
 * `/paced` sends one event per chunk, at a steady pace; `/fast` sends chunks of 16 KB as fast as the gateway reads them.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { deltaFrame, HEAD, TAIL } from './frames.js';

/** How often a paced stream gets an event, in ms. */
const PACE_MS = 33;
/** The streams are served in turn, so that their events do not all arrive at once. */
const TURNS = 8;

const CHUNK_BYTES = 16_384;
const CHUNK = deltaFrame().repeat(Math.floor(CHUNK_BYTES / deltaFrame().length));
const DELTAS_PER_CHUNK = CHUNK.split('\n\n').length - 1;

interface PacedStream {
  readonly response: ServerResponse;
  deltas: number;
}

const turns: Set<PacedStream>[] = Array.from({ length: TURNS }, () => new Set());
let opened = 0;
let turn = 0;

// A connection that waits for the next request must not be closed just when that is sent.
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, pace, deltas] = (request.url ?? '').split('/');
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(HEAD);
    if (pace === 'paced') {
      turns[opened % TURNS]?.add({ response, deltas: Number(deltas) });
      opened += 1;
    } else {
      void writeFast(response, Number(deltas));
    }
  });
});

setInterval(() => {
  turn = (turn + 1) % TURNS;
  const streams = turns[turn] ?? new Set();
  for (const stream of streams) {
    stream.deltas -= 1;
    stream.response.write(deltaFrame());
    if (stream.deltas > 0 && !stream.response.destroyed) continue;
    stream.response.end(TAIL);
    streams.delete(stream);
  }
}, PACE_MS / TURNS);

process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', 1024, () => {
  process.send?.((server.address() as AddressInfo).port);
});

async function writeFast(response: ServerResponse, deltas: number): Promise<void> {
  const closed = once(response, 'close');
  for (let left = deltas; left > 0 && !response.destroyed; left -= DELTAS_PER_CHUNK) {
    const chunk = left < DELTAS_PER_CHUNK ? deltaFrame().repeat(left) : CHUNK;
    if (!response.write(chunk)) await Promise.race([drained(response), closed]);
    await setImmediate(); // the other streams' turn
  }
  response.end(TAIL);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
  });
}
