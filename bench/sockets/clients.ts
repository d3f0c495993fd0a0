/** The clients that read messages over sockets. */
import { request } from 'node:http';
import { streamMessage, textDeltas, type StreamMessageOptions } from 'rxjs-anthropic';
import { nodeFetch } from 'rxjs-anthropic/node';
import { Agent, request as undiciRequest } from 'undici';
import { readByHand, SDK_PARAMS, type WireEvent } from '../loops.js';
import { OURS } from '../report.js';

/** Called with the text of each delta. */
export type OnText = (text: string) => void;

/** Reads a message. */
type Read = (onText: OnText) => Promise<void>;

/** Creates a client of an API. Imports it first if it is another package, so that no other client has to wait for that. */
export type CreateClient = (baseURL: string) => Read | Promise<Read>;

export const FLOOR = 'node:http + split + JSON.parse';
export const OURS_ON_NODE = `${OURS}, nodeFetch()`;
export const OURS_ON_FETCH = `${OURS}, fetch`;
export const SDK_ON_FETCH = 'official SDK, raw stream';

/** A request as every client sends it. */
export const REQUEST = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(SDK_PARAMS),
} as const;

const dispatcher = new Agent();

export const SOCKET_CLIENTS: Readonly<Record<string, CreateClient>> = {
  [FLOOR]: (baseURL) => (onText) =>
    new Promise((resolve, reject) => {
      const { body, ...options } = REQUEST;
      request(`${baseURL}/v1/messages`, options, (response) => {
        readText(response.setEncoding('utf8'), onText).then(resolve, reject);
      })
        .on('error', reject)
        .end(body);
    }),
  'undici.request + split + JSON.parse': (baseURL) => async (onText) => {
    const { body } = await undiciRequest(`${baseURL}/v1/messages`, { ...REQUEST, dispatcher });
    await readText(body.setEncoding('utf8'), onText);
  },
  'fetch + hand-written loop': (baseURL) => async (onText) => {
    const response = await fetch(`${baseURL}/v1/messages`, REQUEST);
    await readByHand(response, (event) => {
      passOn(event, onText);
    });
  },
  [OURS_ON_NODE]: ours({ fetch: nodeFetch() }),
  [`${OURS}, nodeFetch({ dispatcher })`]: ours({ fetch: nodeFetch({ dispatcher }) }),
  [OURS_ON_FETCH]: ours({}),
  async [SDK_ON_FETCH](baseURL) {
    const { Anthropic } = await import('@anthropic-ai/sdk');
    const client = new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0 });
    return async (onText) => {
      for await (const event of await client.messages.create({ ...SDK_PARAMS, stream: true })) passOn(event, onText);
    };
  },
  async '@ai-sdk/anthropic'(baseURL) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    const model = createAnthropic({ apiKey: 'none', baseURL: `${baseURL}/v1` })(SDK_PARAMS.model);
    return async (onText) => {
      const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: '-' }] }] });
      for await (const part of stream as ReadableStream<{ readonly type: string; readonly delta?: string }>) {
        if (part.type === 'text-delta') onText(part.delta ?? '');
      }
    };
  },
};

function ours(options: StreamMessageOptions): CreateClient {
  return (baseURL) => (onText) =>
    streamMessage(SDK_PARAMS, { apiKey: 'none', baseURL, ...options })
      .pipe(textDeltas())
      .forEach(onText);
}

function passOn({ type, delta }: { readonly type: string; readonly delta?: object }, onText: OnText): void {
  if (type === 'content_block_delta' && delta !== undefined && 'text' in delta) onText(String(delta.text));
}

/** Reads a stream of text in the cheapest way that is correct for streams of the API itself. */
function readText(body: NodeJS.ReadableStream, onText: OnText): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    body.on('data', (text: string) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) passOn(JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as WireEvent, onText);
    });
    body.on('end', resolve);
    body.on('error', reject);
  });
}
