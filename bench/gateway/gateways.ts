/** The gateways that are compared. Each answers a request with the stream of the API whose base URL it is given. */
import Anthropic from '@anthropic-ai/sdk';
import express from 'express';
import { once } from 'node:events';
import { request as httpRequest, type RequestListener, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { streamMessage } from 'rxjs-anthropic';
import { nodeFetch } from 'rxjs-anthropic/node';
import { pipeToServerResponse } from 'rxjs-anthropic/relay';
import { SDK_PARAMS } from '../loops.js';
import { OURS } from '../report.js';
import { createNestGateway } from './nestGateway.js';

/** Answers a request. */
type Answer = (baseURL: string, response: ServerResponse) => void;

/** Creates the listener of a server, which gets the address of the API and answers requests for `/PACE/DELTAS`. */
type CreateGateway = (api: string) => RequestListener | Promise<RequestListener>;

const transport = nodeFetch();

const HEADERS = { 'content-type': 'text/event-stream' };

function onNode(answer: Answer): CreateGateway {
  return (api) => (request, response) => {
    request.resume().once('end', () => {
      answer(`${api}${request.url ?? ''}`, response);
    });
  };
}

export const FETCH_PROXY = 'byte-for-byte proxy over fetch';
export const NODE_PROXY = 'byte-for-byte proxy over node:http';
export const OURS_ON_NODE = `${OURS}, nodeFetch()`;
export const OURS_ON_EXPRESS = `${OURS}, Express`;
export const OURS_ON_NEST = `${OURS}, NestJS @Sse()`;
export const SDK = 'official SDK';
export const SDK_WITHOUT_DRAIN = 'official SDK, without drain';

export const GATEWAYS: Readonly<Record<string, CreateGateway>> = {
  [FETCH_PROXY]: onNode((baseURL, response) => {
    void proxyFetch(baseURL, response).catch(ignore);
  }),
  [NODE_PROXY]: onNode((baseURL, response) => {
    httpRequest(`${baseURL}/v1/messages`, { method: 'POST' }, (upstream) => {
      response.writeHead(200, HEADERS).flushHeaders();
      pipeline(upstream, response).catch(ignore);
    }).end('{}');
  }),
  [OURS]: onNode((baseURL, response) => {
    streamMessage(SDK_PARAMS, { apiKey: 'none', baseURL }).pipe(pipeToServerResponse(response)).subscribe();
  }),
  [OURS_ON_NODE]: onNode((baseURL, response) => {
    const options = { apiKey: 'none', baseURL, fetch: transport };
    streamMessage(SDK_PARAMS, options).pipe(pipeToServerResponse(response)).subscribe();
  }),
  [OURS_ON_EXPRESS]: (api) =>
    express().post('/{*path}', (request, response) => {
      const options = { apiKey: 'none', baseURL: `${api}${request.url}` };
      streamMessage(SDK_PARAMS, options).pipe(pipeToServerResponse(response)).subscribe();
    }),
  [OURS_ON_NEST]: createNestGateway,
  [SDK]: onNode((baseURL, response) => {
    void relaySdk(baseURL, response, true).catch(ignore);
  }),
  [SDK_WITHOUT_DRAIN]: onNode((baseURL, response) => {
    void relaySdk(baseURL, response, false).catch(ignore);
  }),
};

async function proxyFetch(baseURL: string, response: ServerResponse): Promise<void> {
  const upstream = await fetch(`${baseURL}/v1/messages`, { method: 'POST', body: '{}' });
  response.writeHead(200, HEADERS).flushHeaders();
  const reader = upstream.body?.getReader();
  const closed = once(response, 'close').then(() => reader?.cancel());
  for (;;) {
    const result = await reader?.read();
    if (result?.done !== false) break;
    if (!response.write(result.value)) await Promise.race([drained(response), closed]);
  }
  response.end();
}

async function relaySdk(baseURL: string, response: ServerResponse, waits: boolean): Promise<void> {
  const client = new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0 });
  const stream = await client.messages.create({ ...SDK_PARAMS, stream: true });
  const closed = once(response, 'close').then(() => {
    stream.controller.abort();
  });
  response.writeHead(200, HEADERS).flushHeaders();
  for await (const event of stream) {
    const canTakeMore = response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (waits && !canTakeMore) await Promise.race([drained(response), closed]);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
  });
}

function ignore(): void {
  // The client has left.
}
