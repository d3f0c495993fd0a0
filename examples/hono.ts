// A gateway on Hono. The same code answers on any server whose handlers return a web Response: Next.js, Bun, Deno.
// npm run example -- hono (with PORT=3000 in front, it serves until Ctrl-C)
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { tap } from 'rxjs';
import { retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { memoryEventLog, recordTo, resumeFrom, toResponse } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';
import { chatInput, MAX_BODY_BYTES, runGateway } from './support/gateway.js';

const { options, close } = await connect('gateway');
const log = memoryEventLog();
const app = new Hono();

app.post('/chat/:id', bodyLimit({ maxSize: MAX_BODY_BYTES }), async ({ req, json }) => {
  const { success, data } = chatInput.safeParse(await req.json().catch(() => undefined));
  if (!success) return json({ error: 'Send messages.' }, 400);
  const event$ = streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, ...data }, options).pipe(
    retryOnConnectionError(),
    tap({ error: console.error }), // what the client does not learn
    recordTo(log, req.param('id'), { after: req.header('last-event-id') }),
  );
  return toResponse(event$);
});

app.get('/chat/:id', ({ req }) => toResponse(resumeFrom(log, req.param('id'), { after: req.header('last-event-id') })));

app.delete('/chat/:id', async ({ req, body }) => {
  await log.stop(req.param('id'));
  return body(null, 204);
});

await runGateway(createAdaptorServer({ fetch: app.fetch }), close);
