import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Agent as Dispatcher } from 'undici';
import { streamMessage, type FetchLike } from '../../src/index.js';
import { nodeFetch } from '../../src/node/index.js';
import { apiKey, events, params, sse } from '../source/support/greeting.js';
import { errorOf, outcomeOf } from '../source/support/outcome.js';

const root = join(__dirname, '../..');
const tls = join(root, 'spec/fixtures/tls');
/** A certificate for 127.0.0.1 that no authority has signed. */
const certificatePath = join(tls, 'certificate.pem');
const ca = readFileSync(certificatePath, 'utf8');

let server: Server;
let baseURL: string;

beforeAll(async () => {
  server = createServer({ cert: ca, key: readFileSync(join(tls, 'key.pem')) }, (request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseURL = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close().closeAllConnections();
});

const agent = new Agent({ ca });
const dispatcher = new Dispatcher({ connect: { ca } });

afterAll(async () => {
  agent.destroy();
  await dispatcher.close();
});

const ask = (fetch: FetchLike) => streamMessage(params, { apiKey, baseURL, fetch });

describe('a server whose certificate no authority has signed', () => {
  it.each<[name: string, fetch: FetchLike]>([
    ['fetch', (url, init) => fetch(url, init)],
    ['nodeFetch()', nodeFetch()],
    ['nodeFetch({ dispatcher })', nodeFetch({ dispatcher: new Dispatcher() })],
  ])('is not trusted by %s', async (_, fetch) => {
    expect(await errorOf(ask(fetch))).toMatchObject({
      name: 'APIConnectionError',
      phase: 'connect',
      cause: { message: 'fetch failed', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } },
    });
  });

  it.each<[name: string, fetch: FetchLike]>([
    ['agent', nodeFetch({ agent })],
    ['dispatcher', nodeFetch({ dispatcher })],
  ])('is trusted by an %s that knows it', async (_, fetch) => {
    expect(await outcomeOf(ask(fetch))).toEqual({ values: events, ended: 'completed', error: undefined });
  });

  it('is trusted by a process with NODE_EXTRA_CA_CERTS', async () => {
    const program = join(root, 'spec/node/support/askOnce.ts');
    const textFrom = async (environment: NodeJS.ProcessEnv): Promise<string> => {
      const env = { ...process.env, ...environment };
      const stdio = ['ignore', 'pipe', 'inherit'] as const;
      const child = spawn(process.execPath, ['--import', 'tsx', program, baseURL], {
        cwd: root,
        env,
        stdio: [...stdio],
      });
      return text(child.stdout);
    };

    expect(await textFrom({ NODE_EXTRA_CA_CERTS: certificatePath })).toBe('Hello 😀 wide 世界, how are you today?');
    expect(await textFrom({ NODE_EXTRA_CA_CERTS: undefined })).toBe('APIConnectionError');
  });
});
