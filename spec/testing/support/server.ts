/** Servers, requests and responses for the specs of `startMessagesServer`. */
import {
  buildMessage,
  eventsOf,
  sseOf,
  startMessagesServer,
  type MessagesScript,
  type MessagesServer,
} from '../../../src/testing/index.js';

export const message = buildMessage({ content: 'Hello 😀 wide 世界, how are you today?' });
export const sse = sseOf(eventsOf(message));
export const bytes = new TextEncoder().encode(sse);
export const insideEmoji = new TextEncoder().encode(sse.slice(0, sse.indexOf('😀'))).length + 2;
/** A delay so long that a test which waited for it would fail, in ms. */
export const never = 2 ** 31 - 1;

const servers: MessagesServer[] = [];
export const serve = async (script?: MessagesScript) => {
  const server = await startMessagesServer(script);
  servers.push(server);
  return server;
};

/** Closes all servers of a test. */
export const closeServers = async (): Promise<void> => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
};

export const ask = (server: MessagesServer, body: unknown = { stream: true }, init: RequestInit = {}) =>
  fetch(`${server.url}/v1/messages`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });

/** Reads a body until it has at least `enough` bytes, ends or fails. */
export async function read(response: Response, enough = Infinity) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let ending: unknown = 'reading';
  for (let length = 0; length < enough && ending === 'reading';) {
    try {
      const { done, value } = await reader.read();
      if (done) ending = 'end';
      else length += chunks[chunks.push(value) - 1]?.length ?? 0;
    } catch (error) {
      ending = error;
    }
  }
  return { received: Buffer.concat(chunks), ending, reader };
}
