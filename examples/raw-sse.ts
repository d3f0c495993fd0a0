// Prints the raw server-sent events of this or any other endpoint.
// npm run example -- raw-sse
import { serverSentEvents } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('raw-sse');

const event$ = serverSentEvents(`${options.baseURL}/v1/messages`, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'anthropic-version': '2026-10-21',
    'x-api-key': options.apiKey,
  },
  body: JSON.stringify({
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Two words about bytes.' }],
    stream: true,
  }),
});

await event$.forEach(({ event, data }) => {
  console.log(`event: ${event ?? ''}\ndata: ${data}\n`);
});
await close();
