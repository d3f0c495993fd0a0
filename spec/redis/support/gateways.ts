import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { GatewaySettings } from './gatewaySettings.js';

/** A process that generates answers. */
export interface Gateway {
  readonly url: string;
  /** Ends the process with SIGKILL, if it is still alive. */
  kill(): void;
  /** Stops the process, as a suspended machine does. */
  pause(): void;
  /** Lets it go on. */
  unpause(): void;
}

/** Starts gateways. */
export interface Gateways {
  start(settings: GatewaySettings): Promise<Gateway>;
  /** Ends all processes that were started. */
  close(): Promise<void>;
}

/** Bundles the program of a gateway, so that each process starts in a fraction of a second. */
export async function bundleGateway(): Promise<Gateways> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-spec-'));
  const program = join(directory, 'gateway.mjs');
  await build({
    entryPoints: [join(__dirname, 'gateway.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const children: ChildProcess[] = [];
  return {
    async start(settings) {
      const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.push(child);
      const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
      return {
        url,
        kill() {
          child.kill('SIGKILL');
        },
        pause() {
          child.kill('SIGSTOP');
        },
        unpause() {
          child.kill('SIGCONT');
        },
      };
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
