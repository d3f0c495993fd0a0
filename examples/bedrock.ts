// Reads a message of Amazon Bedrock, and retries when Bedrock throttles the stream.
// npm run example -- bedrock (with AWS_BEARER_TOKEN_BEDROCK and AWS_REGION in front, the requests go to Bedrock, and are billed)
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { lastValueFrom } from 'rxjs';
import { retryOnConnectionError, tapMessage } from 'rxjs-anthropic';
import { fromBedrock } from 'rxjs-anthropic/bedrock';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';
import { requestBedrock } from './support/clouds.js';

const { AWS_BEARER_TOKEN_BEDROCK: apiKey, AWS_REGION: region = 'us-east-1' } = process.env;
const embedded = apiKey === undefined ? await startBedrock() : undefined;

const params = {
  model: 'anthropic.claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'Why is the bedrock where it is?' }],
};
const options = { region, apiKey: apiKey ?? 'embedded', ...(embedded && { baseURL: embedded.url }) };
const message$ = fromBedrock((signal) => requestBedrock(params, options, signal)).pipe(
  retryOnConnectionError({
    onRetry: ({ error }) => {
      console.log(`[${String(error).split('\n', 1)[0] ?? ''}]`);
    },
  }),
  tapMessage({
    text: (delta) => process.stdout.write(delta),
    message: ({ stop_reason }) => {
      console.log(`\n[${String(stop_reason)}]`);
    },
  }),
);
await lastValueFrom(message$);
embedded?.close();

/** A server that stands in for Bedrock. It throttles the first request within the stream. */
async function startBedrock(): Promise<{ readonly url: string; close(): void }> {
  const codec = new EventStreamCodec(
    (input) => Buffer.from(input).toString(),
    (text) => Buffer.from(text),
  );
  const frame = (headers: Record<string, string>, body: object): Uint8Array =>
    codec.encode({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }])),
      body: Buffer.from(JSON.stringify(body)),
    });
  const throttled = frame({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, { message: 'Too many tokens.' }); // prettier-ignore
  const events = eventsOf(buildMessage({ content: 'Because everything else is younger.' }));
  const chunks = events.map((event) =>
    frame({ ':message-type': 'event', ':event-type': 'chunk' }, { bytes: btoa(JSON.stringify(event)) }),
  );
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.setHeader('content-type', 'application/vnd.amazon.eventstream');
    response.end(Buffer.concat(requests === 1 ? [throttled] : chunks));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
