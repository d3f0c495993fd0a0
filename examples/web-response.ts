// A handler that answers with a web Response, for Hono, Next.js, Bun, Deno, Workers, and what its client reads.
// npm run example -- web-response
import { tap } from 'rxjs';
import { fromResponse, retryOnConnectionError, streamMessage, tapMessage, type MessageParam } from 'rxjs-anthropic';
import { toResponse } from 'rxjs-anthropic/relay';
import { connect } from './support/connect.js';

const { options, close } = await connect('web-response');

/** In Hono: `app.post('/chat', ({ req }) => handle(req.raw))`. */
async function handle(request: Request): Promise<Response> {
  const messages = (await request.json()) as MessageParam[]; // a real service validates them
  const { signal } = request; // aborted if the client leaves before the response has begun
  const event$ = streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages }, { ...options, signal });
  return toResponse(event$.pipe(retryOnConnectionError(), tap({ error: console.error })), {
    // Tells the client how many requests the service may still send.
    headers: (upstream) => ({ 'x-remaining': String(upstream?.rateLimits.requests?.remaining) }),
  });
}

// The client, which is usually a browser.
const body = JSON.stringify([{ role: 'user', content: 'What is a relay?' }]);
const response = await handle(new Request('http://localhost/chat', { method: 'POST', body }));
console.log(response.status, response.headers.get('content-type'), response.headers.get('x-remaining'));
await fromResponse(response)
  .pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }))
  .forEach(({ type }) => {
    if (type === 'message_stop') console.log(`\n[${type}]`);
  });
await close();
