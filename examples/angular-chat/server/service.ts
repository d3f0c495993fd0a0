import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { tap } from 'rxjs';
import { InvalidParamsError } from 'rxjs-anthropic';
import { memoryEventLog, pipeToServerResponse, recordTo, resumeFrom } from 'rxjs-anthropic/relay';
import { Answers, DecisionError } from './answers.js';
import type { Api } from './api.js';
import { ChatInput } from './chatInput.js';
import { sendFile } from './files.js';

/** The longest body that is read: a conversation with its tool results. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface Service {
  readonly server: Server;
  /** Interrupts the answers that are being written, and waits until every response has ended. */
  close(): Promise<void>;
}

/**
 * Creates the service of the chat.
 *
 * | request | what it does |
 * |---|---|
 * | `POST /api/chat/:id` | starts an answer, or continues one that waits, and streams it. The same request again streams the same answer |
 * | `GET /api/chat/:id` | streams an answer again |
 * | `DELETE /api/chat/:id` | stops an answer |
 * | `GET /api/model` | the name of the model |
 *
 * An id is chosen by the page, cannot be guessed, and stands for one answer, however often its connection is lost. The log
 * is in memory: several processes need one that they share, such as `redisEventLog`, and then also a `takeOver`.
 *
 * @param files - The folder of the built application.
 */
export function createService(api: Api, files: string): Service {
  const log = memoryEventLog();
  const answers = new Answers(api);
  const shutdown = new AbortController();

  async function stream(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const after = request.headers['last-event-id'];
    if (request.method === 'GET') {
      resumeFrom(log, id, { after, shutdown: shutdown.signal }).pipe(pipeToServerResponse(response)).subscribe();
      return;
    }
    if (!(Number(request.headers['content-length']) <= MAX_BODY_BYTES)) {
      sendJson(response, 413, { error: 'The conversation is too long.' }); // also if the length is not known
      return;
    }
    const { success, data } = ChatInput.safeParse(await json(request).catch(() => undefined));
    if (!success) {
      sendJson(response, 400, { error: 'Send messages, or decisions.' });
      return;
    }
    answers
      .answer(id, data)
      .pipe(
        tap({
          error: (error: unknown) => {
            console.error(`${id}: ${String(error)}`); // what the page does not learn
          },
        }),
        recordTo(log, id, { after, shutdown: shutdown.signal }),
        pipeToServerResponse(response),
      )
      .subscribe();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (shutdown.signal.aborted) response.setHeader('connection', 'close');
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const id = /^\/api\/chat\/([\w-]{20,64})$/.exec(path)?.[1];
    if (id !== undefined && (request.method === 'POST' || request.method === 'GET')) {
      await stream(id, request, response);
    } else if (id !== undefined && request.method === 'DELETE') {
      await log.stop(id);
      response.writeHead(204).end();
    } else if (path === '/api/model') {
      sendJson(response, 200, { name: api.model, isDemo: api.isDemo });
    } else if (path.startsWith('/api/') || request.method !== 'GET') {
      sendJson(response, 404, { error: 'Not found.' });
    } else {
      await sendFile(files, path, response);
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const isRefused = error instanceof DecisionError || error instanceof InvalidParamsError;
      if (!isRefused) console.error(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, isRefused ? 409 : 500, { error: isRefused ? error.message : 'The service failed.' });
    });
  });

  return {
    server,
    close: async () => {
      shutdown.abort();
      server.close();
      await once(server, 'close');
    },
  };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
