/** The clients that read a message over a socket. Each returns how many text deltas it has read. */
import Anthropic from '@anthropic-ai/sdk';
import { request, type IncomingMessage } from 'node:http';
import { streamMessage, textDeltas, type StreamMessageOptions } from 'rxjs-anthropic';
import { nodeFetch } from 'rxjs-anthropic/node';
import { Agent, request as undiciRequest } from 'undici';
import { aiSdkParts, readByHand, SDK_PARAMS, type WireEvent } from '../clients.js';
import { OURS } from '../report.js';

/** Reads one message from an API. */
export type ReadOverSocket = (baseURL: string) => Promise<number>;

export const FLOOR = 'node:http + split + JSON.parse';
export const OURS_ON_NODE = `${OURS}, nodeFetch()`;
export const SDK_ON_FETCH = 'official SDK, raw stream';

const dispatcher = new Agent();

export const SOCKET_CLIENTS: Readonly<Record<string, ReadOverSocket>> = {
  [FLOOR]: (baseURL) =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
      request(`${baseURL}/v1/messages`, options, (response: IncomingMessage) => {
        resolve(countDeltas(response.setEncoding('utf8')));
      })
        .on('error', reject)
        .end(JSON.stringify(SDK_PARAMS));
    }),
  'undici.request + split + JSON.parse': async (baseURL) => {
    const { body } = await undiciRequest(`${baseURL}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SDK_PARAMS),
      dispatcher,
    });
    return countDeltas(body.setEncoding('utf8'));
  },
  'fetch + hand-written loop': async (baseURL) => {
    const counter = new Counter();
    const response = await fetch(`${baseURL}/v1/messages`, { method: 'POST', body: JSON.stringify(SDK_PARAMS) });
    await readByHand(response, (event) => {
      counter.add(event);
    });
    return counter.count;
  },
  [OURS_ON_NODE]: ours({ fetch: nodeFetch() }),
  [`${OURS}, nodeFetch({ dispatcher })`]: ours({ fetch: nodeFetch({ dispatcher }) }),
  [`${OURS}, fetch`]: ours({}),
  [SDK_ON_FETCH]: async (baseURL) => {
    const counter = new Counter();
    const client = new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0 });
    for await (const event of await client.messages.create({ ...SDK_PARAMS, stream: true })) counter.add(event);
    return counter.count;
  },
  '@ai-sdk/anthropic': async (baseURL) => {
    const response = await fetch(`${baseURL}/v1/messages`, { method: 'POST', body: JSON.stringify(SDK_PARAMS) });
    let count = 0;
    for await (const { type } of aiSdkParts(response)) if (type === 'text-delta') count += 1;
    return count;
  },
};

function ours(options: StreamMessageOptions): ReadOverSocket {
  return async (baseURL) => {
    let count = 0;
    await streamMessage(SDK_PARAMS, { apiKey: 'none', baseURL, ...options })
      .pipe(textDeltas())
      .forEach(() => (count += 1));
    return count;
  };
}

/** Counts the text deltas among events. */
class Counter {
  count = 0;

  add({ type, delta }: { readonly type: string; readonly delta?: object }): void {
    if (type === 'content_block_delta' && delta !== undefined && 'text' in delta) this.count += 1;
  }
}

/** Reads a stream of text in the cheapest way that is correct for streams of the API itself. */
function countDeltas(body: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    const counter = new Counter();
    let rest = '';
    body.on('data', (text: string) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) counter.add(JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as WireEvent);
    });
    body.on('end', () => {
      resolve(counter.count);
    });
    body.on('error', reject);
  });
}
