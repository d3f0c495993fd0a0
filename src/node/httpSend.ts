import { request as requestHttp, type Agent } from 'node:http';
import { request as requestHttps } from 'node:https';
import { onAbort } from '../rx/onAbort.js';
import type { IncomingResponse, Send } from './exchange.js';

/** Returns the agent for an address; undefined for the global agent of its protocol. */
export type AgentFor = (url: URL) => Agent | undefined;

/** Creates what sends requests with `node:http` and `node:https`. */
export function httpSend(agentFor: AgentFor): Send {
  return ({ url, method, headers, body, signal }) =>
    new Promise<IncomingResponse>((resolve, reject) => {
      const start = url.protocol === 'https:' ? requestHttps : requestHttp;
      const request = start(url, { method, headers: Object.fromEntries(headers), agent: agentFor(url) });
      const stopListening =
        signal &&
        onAbort(signal, () => {
          request.destroy();
        });
      request.once('response', (response) => {
        stopListening?.();
        const { statusCode = 0, rawHeaders } = response;
        resolve({ status: statusCode, headers: pairsOf(rawHeaders), stream: response });
      });
      // Also called after the response, when the body reports the error.
      request.on('error', (error) => {
        stopListening?.();
        reject(error);
      });
      request.end(body ?? undefined);
    });
}

function* pairsOf(list: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let i = 1; i < list.length; i += 2) yield [list[i - 1] ?? '', list[i] ?? ''];
}
