// Reads the answer of a service of your own, which has the key, with your own fetch.
// npm run example -- own-backend
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finalMessage, fromResponse, retryOnConnectionError, streamMessage, tapMessage } from 'rxjs-anthropic';
import { pipeToServerResponse } from 'rxjs-anthropic/relay';
import { lastValueFrom } from 'rxjs';
import { connect } from './support/connect.js';

const { options, close } = await connect('own-backend');

const service = createServer((_, response) => {
  streamMessage(
    { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Who has the key?' }] },
    options,
  )
    .pipe(pipeToServerResponse(response))
    .subscribe();
});
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
const { port } = service.address() as AddressInfo;

const message$ = fromResponse((signal) => fetch(`http://127.0.0.1:${port}/chat`, { method: 'POST', signal })).pipe(
  retryOnConnectionError(),
  tapMessage({ text: (text) => process.stdout.write(text) }),
  finalMessage(),
);
const { stop_reason } = await lastValueFrom(message$);
console.log(`\n[${stop_reason ?? ''}]`);
service.close();
service.closeAllConnections();
await close();
