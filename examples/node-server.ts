// A gateway on node:http, without a framework.
// npm run example -- node-server (with PORT=3000 in front, it serves until Ctrl-C)
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { tap } from 'rxjs';
import { retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { memoryEventLog, pipeToServerResponse, recordTo, resumeFrom } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';
import { chatInput, MAX_BODY_BYTES, runGateway } from './support/gateway.js';

const { options, close } = await connect('gateway');
const log = memoryEventLog();

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = /^\/chat\/([\w-]+)$/.exec(request.url ?? '')?.[1];
  const after = request.headers['last-event-id'];
  if (id === undefined) {
    response.writeHead(404).end();
  } else if (request.method === 'POST') {
    if (!(Number(request.headers['content-length']) <= MAX_BODY_BYTES)) {
      // also if the length is not known
      response.writeHead(413).end();
      return;
    }
    const { success, data } = chatInput.safeParse(await json(request).catch(() => undefined));
    if (!success) {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"Send messages."}');
      return;
    }
    streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, ...data }, options)
      .pipe(
        retryOnConnectionError(),
        tap({ error: console.error }), // what the client does not learn
        recordTo(log, id, { after }),
        pipeToServerResponse(response),
      )
      .subscribe();
  } else if (request.method === 'DELETE') {
    await log.stop(id);
    response.writeHead(204).end();
  } else if (request.method === 'GET') {
    resumeFrom(log, id, { after }).pipe(pipeToServerResponse(response)).subscribe();
  } else {
    response.writeHead(404).end();
  }
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
await runGateway(server, close);
