import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** A Redis server of a spec, on 127.0.0.1, which keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  /** Ends the server, as a crash does. All its data are lost. */
  kill(): Promise<void>;
  /** Starts the server again, on the same port. */
  restart(): Promise<void>;
  /** Runs one command, with redis-cli. */
  command(...words: readonly string[]): Promise<string>;
}

const isInstalled = spawnSync('redis-server', ['--version']).status === 0;

/**
 * `describe` for specs that need a Redis server. Without one they are skipped, unless `REQUIRE_REDIS` is set, as `.ci/run`
 * does: then they fail.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  if (isInstalled || process.env['REQUIRE_REDIS'] !== undefined) describe(name, tests);
  else describe.skip(`${name} (skipped: redis-server is not installed)`, tests);
}

/** Starts a server. The caller has to end it. */
export async function startRedis(more: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'redis-spec-')); // nothing but the file of a cluster's nodes
  const flags = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory, ...more };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    await mkdir(directory, { recursive: true });
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    server = child;
    const failed = once(child, 'close').then(() => Promise.reject(new Error('redis-server has ended.')));
    await Promise.race([failed, linesUntil(child, 'Ready to accept connections')]);
    failed.catch(() => undefined); // it ends when the spec is over
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      const ended = server === undefined ? undefined : once(server, 'close');
      server?.kill('SIGKILL');
      await ended;
      server = undefined;
      await rm(directory, { recursive: true, force: true });
    },
    restart: start,
    async command(...words) {
      const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), ...words]);
      return stdout;
    },
  };
}

async function linesUntil({ stdout }: ChildProcess, text: string): Promise<void> {
  if (stdout === null) return;
  for await (const line of createInterface(stdout)) if (line.includes(text)) break;
  stdout.resume();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
