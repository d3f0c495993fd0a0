import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Exchange } from './exchange.js';
import type { MessagesServer } from './messagesServer.js';
import { RequestLog } from './requestLog.js';
import { createResponder, type MessagesScript, type ScriptOptions } from './script.js';

export interface MessagesServerOptions extends ScriptOptions {
  /** The port on 127.0.0.1. Default 0: any free port. */
  readonly port?: number | undefined;
}

/**
 * Starts an HTTP server on 127.0.0.1 that simulates the Messages API and its faults, from a script. Requires Node.
 *
 *     request 1     ^--x                      { status: 529 }
 *     request 2        ^--a--b--c-#           { message, after: { event: 5, then: 'disconnect' } }
 *     request 3                   ^--(abcde|) { message }
 *
 * The server replies to `POST /v1/messages` (option `path`), with any query. The response to any other path or method is a 404
 * `not_found_error`, and the response to a body that is not a JSON object is a 400 `invalid_request_error`. These
 * requests do not use up a reply. If a function throws, or returns an invalid reply, the response is a 500 `api_error`
 * with the message of the error. Pages of any origin may send requests.
 *
 * @param script - A reply for all requests, an array with one reply per request (the last one repeats), or a function
 *   from a request to its reply. By default, and for an empty array, a short greeting from the requested model.
 * @param options.port - The port. Default 0: any free port.
 * @param options.path - The path of the requests that are answered. Default `'/v1/messages'`.
 * @returns Resolves to the server once it listens. The server keeps the process alive until `close()` is called.
 * @throws {RangeError | TypeError} Rejects if a reply is invalid. Rejects with the system's error if the port is in
 *   use.
 *
 * @example
 * const server = await startMessagesServer([{ status: 529 }, { message: buildMessage({ content: 'Hello' }) }]);
 * const ask = () => fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{"stream":true}' });
 * console.log((await ask()).status, (await ask()).status); // 529 200
 * await server.close();
 *
 * @example
 * await using server = await startMessagesServer({ message }); // closed at the end of the block
 */
export async function startMessagesServer(
  script: MessagesScript = {},
  options: MessagesServerOptions = {},
): Promise<MessagesServer> {
  const respond = createResponder(script, 'startMessagesServer', options);
  const log = new RequestLog();
  const exchanges = new Set<Exchange>();

  const answer = async (incoming: IncomingMessage, exchange: Exchange): Promise<void> => {
    const request = exchange.record(incoming, await text(incoming));
    const position = log.add(request);
    const { plan, reply } = await respond(request, position);
    await exchange.send(plan, reply);
  };

  const server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (incoming, response) => {
    if (incoming.method === 'OPTIONS') {
      response.writeHead(204, preflightHeaders(incoming)).end();
      return;
    }
    const exchange = new Exchange(response);
    exchanges.add(exchange);
    void exchange.closed.then(() => exchanges.delete(exchange));
    answer(incoming, exchange).catch((error: unknown) => {
      exchange.fail(error);
    });
  });
  const close = async (): Promise<void> => {
    log.close();
    exchanges.forEach((exchange) => {
      exchange.terminate();
    });
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  };
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: log.requests,
    get openConnections() {
      return exchanges.size;
    },
    request: (position) => log.request(position),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function preflightHeaders({ headers }: IncomingMessage): Record<string, string> {
  return {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
  };
}
