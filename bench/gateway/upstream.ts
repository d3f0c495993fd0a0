/**
 * The API of the gateways, in its own process. The base URL of a request says how a message of `/DELTAS` deltas arrives:
 * `/paced` sends each stream one event at a time; `/fast` sends chunks of 16 KB as fast as the gateway reads them.
 *
 * - `['expect', STREAMS]` makes streams wait. Answers when that many are open, so that opening them is not measured.
 * - `['go', PACE_MS]` writes to them, with one event every `PACE_MS` for each paced stream.
 *
 * Without a command, it writes at once.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { deltaFrame, HEAD, TAIL } from './frames.js';

/** The paced streams are served in turn, so that their events do not all arrive at once. */
const TURNS = 8;

const CHUNK_BYTES = 16_384;
const CHUNK = deltaFrame().repeat(Math.floor(CHUNK_BYTES / deltaFrame().length));
const DELTAS_PER_CHUNK = CHUNK.split('\n\n').length - 1;

interface OpenStream {
  readonly response: ServerResponse;
  readonly pace: string;
  deltas: number;
}

/** What the process is told. */
export type UpstreamCommand = readonly ['expect', streams: number] | readonly ['go', paceMs: number];

let expected = 0;
let timer: NodeJS.Timeout | undefined;
const turns: Set<OpenStream>[] = Array.from({ length: TURNS }, () => new Set());
let waiting: OpenStream[] = [];
let turn = 0;

// A connection that waits for the next request must not be closed just when that is sent.
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, pace = '', deltas] = (request.url ?? '').split('/');
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(HEAD);
    waiting.push({ response, pace, deltas: Number(deltas) });
    if (expected === 0) startAll();
    else if (waiting.length === expected) process.send?.('ready');
  });
});

process.on('message', ([command, value]: UpstreamCommand) => {
  if (command === 'expect') {
    expected = value;
    return;
  }
  startAll();
  clearInterval(timer);
  timer = setInterval(writePaced, value / TURNS);
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', 1024, () => {
  process.send?.((server.address() as AddressInfo).port);
});

function startAll(): void {
  for (const [i, stream] of waiting.entries()) {
    if (stream.pace === 'paced') turns[i % TURNS]?.add(stream);
    else void writeFast(stream);
  }
  waiting = [];
}

/** Writes an event to each stream whose turn it is. */
function writePaced(): void {
  turn = (turn + 1) % TURNS;
  const streams = turns[turn] ?? new Set();
  for (const stream of streams) {
    stream.deltas -= 1;
    stream.response.write(deltaFrame());
    if (stream.deltas > 0 && !stream.response.destroyed) continue;
    stream.response.end(TAIL);
    streams.delete(stream);
  }
}

async function writeFast({ response, deltas }: OpenStream): Promise<void> {
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
