import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../..');
const example = join(root, 'examples/angular-chat');
const vendor = join(example, 'vendor');
const tarball = join(vendor, 'rxjs-anthropic.tgz');

/** Packs this package as users install it, and installs and builds the example with it. */
export function buildExample(): void {
  console.log('packing rxjs-anthropic');
  rmSync(vendor, { recursive: true, force: true });
  mkdirSync(vendor);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', vendor], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [packed] = readdirSync(vendor);
  if (packed === undefined) throw new Error('npm pack created no tarball.');
  renameSync(join(vendor, packed), tarball);

  installExample();
  console.log('building the example');
  run(example, 'npm', 'run', '--silent', 'build');
}

/** Installs the dependencies if they have changed, and the packed package in any case. */
function installExample(): void {
  const lock = createHash('sha256')
    .update(readFileSync(join(example, 'package-lock.json')))
    .digest('hex');
  const stamp = join(example, 'node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) {
    const installed = join(example, 'node_modules/rxjs-anthropic');
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed);
    run(root, 'tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
  } else {
    console.log('installing the dependencies of the example');
    run(example, 'npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
    writeFileSync(stamp, lock);
  }
  rmSync(join(example, '.angular'), { recursive: true, force: true }); // its cache does not notice the new package
}

/** The example's service, as a process of its own. */
export interface RunningService {
  /** Its address, once it listens. Rejects if it ends before. */
  readonly url: Promise<string>;
  close(): Promise<void>;
}

/** Starts the service of the example, on the version of Node that the example has installed. */
export function startService(env: Readonly<Record<string, string>>): RunningService {
  const node = join(example, 'node_modules/.bin/node');
  const service = spawn(node, ['--import', 'tsx', 'server/main.ts'], {
    cwd: example,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(service, 'exit');
  const url = new Promise<string>((listening, failed) => {
    createInterface(service.stdout).on('line', (line) => {
      const [address] = /http:\/\/\S+$/.exec(line) ?? [];
      if (address === undefined) console.log(line);
      else listening(address);
    });
    void ended.then(() => {
      failed(new Error('The service has ended.'));
    });
  });
  url.catch(() => undefined); // whoever awaits it gets the error
  return {
    url,
    close: async () => {
      service.kill('SIGTERM');
      await ended;
    },
  };
}

function run(cwd: string, command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}
