// A service on node:http that streams answers to its clients, and stops a generation when its client leaves.
// npm run example -- node-server
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { tap } from 'rxjs';
import { fromResponse, retryOnConnectionError, streamMessage, tapMessage, type MessageParam } from 'rxjs-anthropic';
import { pipeToServerResponse } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';

const { options, close } = await connect('node-server');

const server = createServer((request, response) => {
  void json(request).then((body) => {
    const messages = body as MessageParam[]; // a real service validates them
    streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages }, options)
      .pipe(
        retryOnConnectionError(),
        tap({ error: console.error }), // what the client does not learn
        pipeToServerResponse(response),
      )
      .subscribe();
  });
});
await once(server.listen(0, '127.0.0.1'), 'listening');

// The client, which is usually a browser.
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const body = JSON.stringify([{ role: 'user', content: 'What is a relay?' }]);
await fromResponse((signal) => fetch(url, { method: 'POST', body, signal }))
  .pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }))
  .forEach(({ type }) => {
    if (type === 'message_stop') console.log(`\n[${type}]`);
  });

server.close();
await close();
