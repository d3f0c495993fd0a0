// A service whose answers survive a lost connection: the client resumes, and the model is asked once.
// npm run example -- resumable
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tap } from 'rxjs';
import {
  continuationParams,
  continueOnConnectionError,
  fromResponse,
  resumeOnConnectionError,
  retryOnConnectionError,
  streamMessage,
  tapMessage,
  type AnyEvent,
  type MessageParam,
} from 'rxjs-anthropic';
import { memoryEventLog, pipeToServerResponse, recordTo } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';

const { options, server: api, close } = await connect('resumable');

const log = memoryEventLog(); // with several processes, a log that they share
const messages: MessageParam[] = [{ role: 'user', content: 'What did the lighthouse keeper write?' }];
const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages };
const resilient = continueOnConnectionError({
  continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
});

const server = createServer((request, response) => {
  const id = request.url ?? ''; // a real service checks that this user may read this stream
  if (request.method === 'DELETE') {
    void log.stop(id).then(() => response.end());
    return;
  }
  const after = request.headers['last-event-id'];
  streamMessage(params, options)
    .pipe(
      retryOnConnectionError(),
      resilient,
      recordTo(log, id, { after, takeOver: resilient }),
      tap((event) => {
        if (after === undefined) enterTunnel(event, response);
      }),
      pipeToServerResponse(response),
    )
    .subscribe();
});
await once(server.listen(0, '127.0.0.1'), 'listening');

/** Plays the client's train, which enters a tunnel after a few words. */
function enterTunnel(event: AnyEvent, response: ServerResponse): void {
  if (event.type === 'content_block_delta' && JSON.stringify(event).includes('is kept')) response.destroy();
}

// The client, which is usually a browser.
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat/1`;
await fromResponse((signal, { headers }) => fetch(url, { method: 'POST', headers, signal }), {
  resume: resumeOnConnectionError(),
})
  .pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }))
  .forEach(({ type }) => {
    if (type === 'message_reconnect') process.stdout.write('[connection lost: resuming]');
    if (type === 'message_stop') console.log(`\n[${type}]`);
  });
if (api !== undefined) console.log(`[${api.requests.length} request to the API]`);

server.close();
await close();
