// A gateway on node:http, without a framework.
// npm run example -- node-server (with PORT=3000 in front, it serves until Ctrl-C)
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { tap } from 'rxjs';
import { retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { memoryEventLog, pipeToServerResponse, recordTo, resumeFrom } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';
import { chatInput, runGateway } from './support/gateway.js';

const { options, close } = await connect('gateway');
const log = memoryEventLog();

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = /^\/chat\/([\w-]+)$/.exec(request.url ?? '')?.[1];
  const after = request.headers['last-event-id'];
  if (id === undefined) {
    response.writeHead(404).end();
  } else if (request.method === 'POST') {
    const { messages } = chatInput.parse(await json(request));
    streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages }, options)
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
  } else {
    resumeFrom(log, id, { after }).pipe(pipeToServerResponse(response)).subscribe();
  }
}

const server = createServer((request, response) => {
  handle(request, response).catch(() => response.writeHead(400).end()); // the input is not valid
});
await runGateway(server, close);
