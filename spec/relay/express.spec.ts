/** Express 5, with the middleware `compression` and without it. */
import { get, type IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import compression from 'compression';
import express, { type Express } from 'express';
import { from } from 'rxjs';
import { pipeToServerResponse, toServerSentEvents, type RelayOptions } from '../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { framesOf } from './support/frames.js';
import { Generation } from './support/generation.js';
import { useServices } from './support/services.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in.' }), { deltaLength: 7 });
const services = useServices();

/** Serves one generation, and requests it. */
async function request(app: Express, options?: RelayOptions) {
  const generation = new Generation();
  app.get('/', (_, response) => {
    generation.events$.pipe(pipeToServerResponse(response, options)).subscribe();
  });
  const url = await services.serve(app);
  const responded = new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject);
  });
  await generation.started;
  return { generation, responded };
}

describe.each([
  ['without compression', express(), {}, undefined],
  ['with compression, which leaves the response alone', express().use(compression()), {}, undefined],
  [
    'with compression, which compresses the response',
    express().use(compression()),
    { headers: { 'cache-control': 'no-cache' } },
    'gzip',
  ],
] as const)('%s', (_, app, options, encoding) => {
  it('each event arrives before the next one is sent', async () => {
    const { generation, responded } = await request(app, options);
    const expected = await framesOf(from(events).pipe(toServerSentEvents()));
    generation.emit(...events.slice(0, 1));
    const response = await responded;
    const body = encoding === 'gzip' ? response.pipe(createGunzip()) : response;
    let received = '';
    let sent = 1;
    for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) {
      received += chunk;
      if (received !== expected.slice(0, sent).join('')) continue; // not all of it has arrived
      if (sent === events.length) generation.complete();
      else generation.emit(...events.slice(sent, sent + 1));
      sent += 1;
    }

    expect(response.headers['content-encoding']).toBe(encoding);
    expect(received).toBe(expected.join(''));
  });
});
