/** A server in its own process that sends a long text as fast as its sockets accept it, to each request. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { longTextChunks } from './fixtures.js';

const chunks = longTextChunks(Number(process.argv[2]));

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  Readable.from(chunks).pipe(response);
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
