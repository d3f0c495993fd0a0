import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;
type WebHandler = (request: Request) => Promise<Response>;

/** A service of a spec, on a server of Node or with a web handler. */
export interface Services {
  /** Starts a service, and returns its URL. */
  serve(handler: NodeHandler): Promise<string>;
  /** Starts a service whose handler returns a web Response, as those of Hono do. */
  serveWeb(handler: WebHandler): Promise<string>;
  /** Closes all connections, as if the process had died. */
  kill(): void;
}

/** Services on 127.0.0.1, which are closed after each test. */
export function useServices(): Services {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const serve = async (handler: NodeHandler): Promise<string> => {
    const server = createServer(handler);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  return {
    serve,
    kill() {
      for (const server of servers) server.closeAllConnections();
    },
    serveWeb: (handler) =>
      serve((request, response) => {
        void answer(handler, request, response);
      }),
  };
}

/** Calls a web handler as an adapter for Node does: the client's leaving aborts the request and cancels the body. */
async function answer(handler: WebHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const controller = new AbortController();
  outgoing.on('close', () => {
    controller.abort();
  });
  const { status, headers, body } = await handler(
    new Request(`http://${incoming.headers.host ?? ''}${incoming.url ?? ''}`, { signal: controller.signal }),
  );
  outgoing.writeHead(status, Object.fromEntries(headers)).flushHeaders();
  if (body === null) {
    outgoing.end();
    return;
  }
  const readable = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  outgoing.on('close', () => readable.destroy());
  readable.on('error', () => outgoing.destroy()).pipe(outgoing);
}
