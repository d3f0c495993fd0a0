// A gateway on Express, whose clients can lose the connection, resume, and stop. With compression.
// npm run example -- express (with PORT=3000 in front, it serves until Ctrl-C)
import { createServer } from 'node:http';
import compression from 'compression';
import express from 'express';
import { tap } from 'rxjs';
import { retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { memoryEventLog, pipeToServerResponse, recordTo, resumeFrom } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';
import { chatInput, MAX_BODY_BYTES, runGateway } from './support/gateway.js';

const { options, close } = await connect('gateway');
const log = memoryEventLog();
const app = express().use(compression(), express.json({ limit: MAX_BODY_BYTES }));

app.post('/chat/:id', (request, response) => {
  const { success, data } = chatInput.safeParse(request.body);
  if (!success) {
    response.status(400).json({ error: 'Send messages.' });
    return;
  }
  streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, ...data }, options)
    .pipe(
      retryOnConnectionError(),
      tap({ error: console.error }), // what the client does not learn
      recordTo(log, request.params.id, { after: request.get('last-event-id') }),
      pipeToServerResponse(response),
    )
    .subscribe();
});

app.get('/chat/:id', (request, response) => {
  const after = request.get('last-event-id');
  resumeFrom(log, request.params.id, { after }).pipe(pipeToServerResponse(response)).subscribe();
});

app.delete('/chat/:id', async (request, response) => {
  await log.stop(request.params.id);
  response.status(204).end();
});

await runGateway(createServer(app), close);
