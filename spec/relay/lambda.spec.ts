/** The recipe for AWS Lambda in docs/servers.md, over a stream like the one of Lambda's runtime: a request to a server. */
import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { concat, from, lastValueFrom, throwError, type Observable } from 'rxjs';
import { sendResponse, type LambdaMetadata, type LambdaRuntime } from '../../examples/support/lambda.js';
import { finalText, fromResponse, OverloadedError, type AnyEvent } from '../../src/index.js';
import { toResponse } from '../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { Generation } from './support/generation.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });
const overloaded = new OverloadedError('529', { status: 529, type: 'overloaded_error', phase: 'before-content' });

/** Sends the metadata as JSON, and 8 zero bytes, before the first bytes of the body. */
const awslambda: LambdaRuntime = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(responseStream: Writable, metadata: LambdaMetadata): Writable {
      responseStream.write(JSON.stringify(metadata));
      responseStream.write(new Uint8Array(8));
      return responseStream;
    },
  },
};

/** The service that a function sends its response to. */
async function startLambda() {
  const received: Promise<IncomingMessage>[] = [];
  const server = createServer();
  received.push(once(server, 'request').then(([incoming]) => incoming as IncomingMessage));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const stream: ClientRequest = request({ port, method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
  return {
    stream,
    incoming: () => received[0] as Promise<IncomingMessage>,
    async [Symbol.asyncDispose]() {
      stream.on('error', () => undefined).destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends events through Lambda. Returns the response as the client of the function gets it. */
async function invoke(source: Observable<AnyEvent>): Promise<Response> {
  await using lambda = await startLambda();
  const sent = toResponse(source).then((response) => sendResponse(awslambda, response, lambda.stream));
  const bytes = await buffer(await lambda.incoming());
  await sent;
  const end = bytes.indexOf(new Uint8Array(8));
  const { statusCode, headers } = JSON.parse(bytes.toString('utf8', 0, end)) as LambdaMetadata;
  return new Response(bytes.subarray(end + 8), { status: statusCode, headers });
}

it('sends the status and headers, and then the events', async () => {
  const response = await invoke(from(events));

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(await lastValueFrom(fromResponse(() => response).pipe(finalText()))).toBe('The tide comes in twice a day.');
});

it('sends an error before the first event with its status', async () => {
  const response = await invoke(throwError(() => overloaded));

  expect(response.status).toBe(529);
  await expect(lastValueFrom(fromResponse(() => response))).rejects.toBeInstanceOf(OverloadedError);
});

it('sends an error after the first event as an event', async () => {
  const response = await invoke(
    concat(
      from(events.slice(0, 4)),
      throwError(() => overloaded),
    ),
  );

  expect(response.status).toBe(200);
  await expect(lastValueFrom(fromResponse(() => response))).rejects.toBeInstanceOf(OverloadedError);
});

it('stops the generation if the stream fails', async () => {
  await using lambda = await startLambda();
  const generation = new Generation();
  const response = toResponse(generation.events$);
  generation.emit(...events.slice(0, 4));
  const sent = sendResponse(awslambda, await response, lambda.stream);
  const incoming = await lambda.incoming();
  await once(incoming, 'data');
  incoming.destroy();

  await expect(sent).rejects.toHaveProperty('code', expect.stringMatching(/ECONNRESET|EPIPE|PREMATURE/));
  await generation.stopped;

  expect(generation.isRunning).toBe(false);
});
