import { startMessagesServer, type MessagesServer } from 'rxjs-anthropic/testing';
import { replies } from './replies.js';

/** Where an example sends its requests. */
export interface Connection {
  /** For `streamMessage`, which without them takes the key from ANTHROPIC_API_KEY. */
  readonly options: { readonly apiKey: string; readonly baseURL: string };
  /** The embedded server; undefined where the requests go to the real API. */
  readonly server: MessagesServer | undefined;
  close(): Promise<void>;
}

/** Connects an example to the real API if ANTHROPIC_API_KEY is set, else to a server in this process that plays it. */
export async function connect(example: keyof typeof replies): Promise<Connection> {
  const { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: baseURL = 'https://api.anthropic.com' } = process.env;
  if (apiKey === '') return connectEmbedded(example);
  return { options: { apiKey, baseURL }, server: undefined, close: () => Promise.resolve() };
}

/** Connects an example to the server in this process, also if there is a key: for faults that nobody can order. */
export async function connectEmbedded(example: keyof typeof replies): Promise<Connection> {
  const server = await startMessagesServer(replies[example]);
  return { options: { apiKey: 'embedded', baseURL: server.url }, server, close: () => server.close() };
}
