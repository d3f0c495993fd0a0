/** What `streamMessage` sends, and what it throws instead. */
import { streamMessage, type MessageCreateParams, type StreamMessageOptions } from '../../../src/index.js';
import {
  buildMessage,
  eventsOf,
  sseOf,
  type MessagesServer,
  type RecordedRequest,
} from '../../../src/testing/index.js';
import { eventStream } from './bodies.js';
import { params } from './greeting.js';
import { outcomeOf } from './outcome.js';

export const key = { apiKey: 'sk-test' };

/** Returns a function that sends a request to a new server, and returns the request as the server received it. */
export const receivedBy =
  (serve: () => Promise<MessagesServer>) =>
  async (options: StreamMessageOptions = key, asked = params): Promise<RecordedRequest> => {
    const server = await serve();
    await outcomeOf(streamMessage(asked, { baseURL: server.url, ...options }));
    return server.request();
  };

/** Returns the request that `fetch` is called with, for addresses without a server. */
export async function fetched(options: StreamMessageOptions): Promise<Request> {
  const requests: Request[] = [];
  const fetch = (url: string | URL | Request, init?: RequestInit) => {
    requests.push(new Request(url, init));
    return Promise.resolve(eventStream(sseOf(eventsOf(buildMessage()))));
  };
  const { ended } = await outcomeOf(streamMessage(params, { fetch, ...options }));

  expect([ended, requests.length]).toEqual(['completed', 1]);
  return requests[0] as Request;
}

/** Returns what a call throws at call time. */
export function refusal(options: StreamMessageOptions, asked: unknown = params): unknown {
  try {
    void streamMessage(asked as MessageCreateParams, options);
  } catch (error) {
    return error;
  }
  throw new Error('the call did not throw');
}
