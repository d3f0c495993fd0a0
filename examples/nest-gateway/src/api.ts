import type { StreamMessageOptions } from 'rxjs-anthropic';
import { buildMessage, startMessagesServer } from 'rxjs-anthropic/testing';

export const API = Symbol('API');

/** Where the requests go. */
export interface Api {
  readonly options: StreamMessageOptions;
  close(): Promise<void>;
}

/** Connects to the API if ANTHROPIC_API_KEY is set, which `streamMessage` reads itself; otherwise to a server that stands in for it. */
export async function connectApi(): Promise<Api> {
  if (process.env['ANTHROPIC_API_KEY']) return { options: {}, close: () => Promise.resolve() };
  const content =
    'The tide comes in twice a day, because the earth turns beneath the water that the moon pulls. '.repeat(5);
  const server = await startMessagesServer({ message: buildMessage({ content }), paceMs: 30 });
  console.log('There is no ANTHROPIC_API_KEY: a server in this process stands in for the API.');
  return { options: { apiKey: 'embedded', baseURL: server.url }, close: () => server.close() };
}
