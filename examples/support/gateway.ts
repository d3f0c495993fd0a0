import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { concatMap, lastValueFrom, take } from 'rxjs';
import { fromResponse, resumeOnConnectionError, tapMessage, type MessageStreamEvent } from 'rxjs-anthropic';
import { z } from 'zod';
import './closedPipe.js';

/** What a client may send. Everything else is set by the service. */
export const chatInput = z.object({
  messages: z
    .array(z.object({ role: z.enum(['user', 'assistant']), content: z.string().max(20_000) }))
    .min(1)
    .max(100),
});

/** The longest body that is read. A conversation is often longer than the 100 KB that Express accepts by default. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** The parts of a server of `node:http` or `@hono/node-server` that are used here. */
interface Listener {
  listen(port: number, host: string): unknown;
  address(): AddressInfo | string | null;
  close(callback: () => void): unknown;
}

/**
 * Runs a gateway on 127.0.0.1: with PORT set, until SIGINT or SIGTERM, after which open streams still end. Without it,
 * shows what the gateway does with a client in this process.
 */
export async function runGateway(
  server: Listener & NodeJS.EventEmitter,
  disconnect: () => Promise<void>,
): Promise<void> {
  const { PORT } = process.env;
  server.listen(Number(PORT ?? 0), '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
  const url = `http://127.0.0.1:${address.port}`;
  if (PORT === undefined) {
    await showClient(url);
  } else {
    console.log(`listening on ${url}`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  }
  await new Promise<void>((resolve) => {
    server.close(resolve);
  });
  await disconnect();
}

/** A client, which is usually a page in a browser: it is reloaded in the middle, and asks for something that it stops. */
async function showClient(gateway: string): Promise<void> {
  const write = tapMessage({ text: (delta) => process.stdout.write(delta) });
  const ask = (id: string, content: string) =>
    fromResponse(
      (signal, { headers }) =>
        fetch(`${gateway}/chat/${id}`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ messages: [{ role: 'user', content }] }),
          signal,
        }),
      { resume: resumeOnConnectionError() },
    ).pipe(write);

  const id = randomUUID(); // known only to this client
  await lastValueFrom(ask(id, 'What is a relay?').pipe(take(5)));

  console.log('\n[the page is reloaded]');
  const reloaded$ = fromResponse((signal) => fetch(`${gateway}/chat/${id}`, { signal }));
  const end = await lastValueFrom(reloaded$.pipe(write));
  console.log(`\n[${end.type}]`);

  const other = randomUUID();
  const stop = async ({ type }: MessageStreamEvent): Promise<void> => {
    if (type === 'content_block_start') await fetch(`${gateway}/chat/${other}`, { method: 'DELETE' });
  };
  await lastValueFrom(ask(other, 'Count.').pipe(concatMap(stop))).catch((error: unknown) => {
    console.log(`\n[${String(error)}]`);
  });
}
