import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMessagesServer, type MessagesScript, type MessagesServer } from '../../../src/testing/index.js';

/** Returns a function that starts servers, which are closed after each test. */
export function useServers(): (script?: MessagesScript) => Promise<MessagesServer> {
  const servers: MessagesServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (script) => {
    const server = await startMessagesServer(script);
    servers.push(server);
    return server;
  };
}

/** Returns a function that starts servers with a listener, and returns their addresses. They are closed after each test, or by `close`. */
export function useListeners(): { listen(listener: RequestListener): Promise<string>; close(): void } {
  const servers: ReturnType<typeof createServer>[] = [];
  const close = (): void => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  };
  afterEach(close);
  return {
    async listen(listener) {
      const server = createServer(listener).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    close,
  };
}
