/**
 * A server in its own process: the page, its script, and a message whose deltas arrive at an even pace, one event per
 * chunk. Arguments: the script's file, the number of deltas, and how many of them per second.
 */
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { buildMessage, eventsOf, sseOf, textBlock } from 'rxjs-anthropic/testing';
import { DELTA_LENGTH } from '../fixtures.js';
import { markdownOf } from './text.js';

const [, , file = '', deltas, perSecond] = process.argv;
const script = readFileSync(file);
const message = buildMessage({ content: [textBlock(markdownOf(Number(deltas) * DELTA_LENGTH))] });
const frames = eventsOf(message, { deltaLength: DELTA_LENGTH }).map((event) => sseOf([event]));

const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'POST') {
    void writePaced(response);
  } else if (request.url === '/page.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
  } else {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><script type="module" src="/page.js"></script>');
  }
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});

/** Writes each event when it is due. After a late timer, several are due, and are written as chunks of their own. */
async function writePaced(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const begin = performance.now();
  for (const [i, frame] of frames.entries()) {
    const dueMs = (i / Number(perSecond)) * 1000 - (performance.now() - begin);
    if (dueMs > 0) await setTimeout(dueMs);
    if (response.destroyed) return;
    response.write(frame);
  }
  response.end();
}
