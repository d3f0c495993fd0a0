/** A request, and the message that the scripted server replies with. */
import {
  streamMessage,
  type FetchLike,
  type MessageCreateParams,
  type StreamMessageOptions,
} from '../../../src/index.js';
import { buildMessage, eventsOf, sseOf, type MessagesServer } from '../../../src/testing/index.js';

export const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};

export const message = buildMessage({ content: 'Hello 😀 wide 世界, how are you today?' });

export const events = eventsOf(message);

export const sse = sseOf(events);

/** The index of the first delta in `events`. */
export const firstDelta = events.findIndex(({ type }) => type === 'content_block_delta');

/** Where an event begins, in bytes. */
export const startOf = (position: number) => Buffer.byteLength(sseOf(events.slice(0, position)));

export const apiKey = 'sk-telltale';

/** Returns a function that requests a message from a scripted server, over a transport. */
export const askOver =
  (fetch: FetchLike) =>
  (server: MessagesServer, options: StreamMessageOptions = {}) =>
    streamMessage(params, { apiKey, baseURL: server.url, fetch, ...options });
