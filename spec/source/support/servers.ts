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
