import { startMessagesServer, type MessagesServer } from 'rxjs-anthropic/testing';
import './closedPipe.js';
import { replies } from './replies.js';

/** The API that an example sends its requests to. */
export interface Connection {
  /** The options of `streamMessage`. Without them, it reads the key from ANTHROPIC_API_KEY. */
  readonly options: { readonly apiKey: string; readonly baseURL: string };
  /** The embedded server; undefined if the requests go to the real API. */
  readonly server: MessagesServer | undefined;
  close(): Promise<void>;
}

/** Connects an example to the real API if ANTHROPIC_API_KEY is set, otherwise to a server in this process that stands in for it. */
export async function connect(example: keyof typeof replies): Promise<Connection> {
  const { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseURL = 'https://api.anthropic.com' } = process.env;
  if (apiKey === '') return connectEmbedded(example);
  return { options: { apiKey, baseURL }, server: undefined, close: () => Promise.resolve() };
}

/** Connects an example to the server in this process, even if there is a key, because the real API does not fail on demand. */
export async function connectEmbedded(example: keyof typeof replies): Promise<Connection> {
  const server = await startMessagesServer(replies[example]);
  return { options: { apiKey: 'embedded', baseURL: server.url }, server, close: () => server.close() };
}
