/**
 * Checks the package as users install it: packs it, unpacks it beside its dependencies, loads its entries as ES modules and
 * as CommonJS, runs them, compiles against their types, checks what the types import, and bundles it for browsers.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { bundle, type Bundle } from '../bench/bundle.js';
import { EXPORTS, RELAY_EXPORTS } from '../bench/bundleBudgets.js';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'rxjs-anthropic-'));
/** Has nothing but this package. */
const alone = mkdtempSync(join(tmpdir(), 'rxjs-anthropic-alone-'));
const installed = join(folder, 'node_modules', 'rxjs-anthropic');

/** The entries of the package: '.', './relay' and so on. */
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>;
};
const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));

/** What is imported from each entry, by the name under which the program below uses it. */
const modules = entries.map((entry) => ({
  name: entry === '.' ? 'library' : entry.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  path: `rxjs-anthropic${entry.slice(1)}`,
}));

/** The packages that an entry is for, which its types may import. */
const PLATFORMS: Readonly<Record<string, RegExp>> = {
  angular: /^@angular\//,
  node: /^node:/,
  opentelemetry: /^@opentelemetry\/api$/,
};

const program = `
const events = testing.eventsOf(testing.buildMessage({ content: 'Hello' }));
rxjs.from(events).pipe(library.finalText()).subscribe((text) => { if (text !== 'Hello') throw new Error(text); });
const server = await testing.startMessagesServer({});
const text = await rxjs.firstValueFrom(
  library.streamMessage({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }, { apiKey: 'k', baseURL: server.url })
    .pipe(library.finalText()),
);
if (text === '') throw new Error('The text is empty.');
if (schemas.messageStreamEventSchema['~standard'].validate({ type: 'ping' }).issues) throw new Error('A ping is not valid.');
const response = await relay.toResponse(rxjs.from(events));
if (response.status !== 200 || !(await response.text()).includes('Hello')) throw new Error('The response lacks the text.');
if (typeof redis.redisEventLog !== 'function') throw new Error('redisEventLog is missing.');
const overNode = await rxjs.firstValueFrom(
  library.streamMessage({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }, { apiKey: 'k', baseURL: server.url, fetch: node.nodeFetch() })
    .pipe(library.finalText()),
);
if (overNode !== text) throw new Error('The text over nodeFetch is another one.');
if (typeof angular.messageResource !== 'function') throw new Error('messageResource is missing.');
if (typeof opentelemetry.traceMessage !== 'function') throw new Error('traceMessage is missing.');
const accumulator = new core.MessageAccumulator();
for (const event of events) accumulator.add(event);
if (accumulator.end().content[0].text !== 'Hello') throw new Error('The accumulated message has another text.');
if (typeof mcp.mcpTools !== 'function') throw new Error('mcpTools is missing.');
if (typeof agUi.toAgUiEvents !== 'function') throw new Error('toAgUiEvents is missing.');
if (typeof bedrock.fromBedrock !== 'function') throw new Error('fromBedrock is missing.');
const uiResponse = aiSdk.toUIMessageStreamResponse(rxjs.from(events));
if (!(await uiResponse.text()).includes('"finishReason":"stop"')) throw new Error('The UI message stream is not finished.');
const overFetch = await rxjs.firstValueFrom(
  library.streamMessage({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }, { apiKey: 'k', fetch: testing.messagesFetch() })
    .pipe(library.finalText()),
);
if (overFetch !== text) throw new Error('The text over messagesFetch is another one.');
await server[Symbol.asyncDispose]();
`;

const consumer = `
import { from, map, type Observable } from 'rxjs';
import { accumulateMessage, fromResponse, streamMessage, textDeltas, type Message } from 'rxjs-anthropic';
import { toResponse, toServerSentEvents } from 'rxjs-anthropic/relay';
import { httpFetch, injectConversation, messageResource, type InjectedConversation, type MessageResource } from 'rxjs-anthropic/angular';
import { nodeFetch } from 'rxjs-anthropic/node';
import { traceMessage } from 'rxjs-anthropic/opentelemetry';
import { mcpTools, type McpClientLike } from 'rxjs-anthropic/mcp';
import { toAgUiEvents, type AgUiEvent } from 'rxjs-anthropic/ag-ui';
import { fromBedrock } from 'rxjs-anthropic/bedrock';
import { toUIMessageStream, type UIMessageChunk } from 'rxjs-anthropic/ai-sdk';
import { redisEventLog, type RedisClientLike, type RedisEventLog } from 'rxjs-anthropic/redis';
import { messageStreamEventSchema } from 'rxjs-anthropic/schemas';
import { buildMessage, eventsOf, marbleEvents, messagesFetch, startMessagesServer } from 'rxjs-anthropic/testing';

export const text$: Observable<string> = streamMessage({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }).pipe(textDeltas());
export const message$: Observable<Message> = from(eventsOf(buildMessage({ content: 'Hi' }))).pipe(accumulateMessage());
export const frame$: Observable<string> = from(eventsOf(buildMessage({ content: 'Hi' }))).pipe(toServerSentEvents());
export const response: Promise<Response> = toResponse(from(eventsOf(buildMessage({ content: 'Hi' }))));
export const createLog = (client: RedisClientLike): RedisEventLog => redisEventLog(client);
export const resource = (): MessageResource => {
  const request = httpFetch();
  return messageResource({ params: () => 'Hi', stream: ({ params }) => fromResponse((signal) => request(params, { signal })) });
};
export const chat = (): InjectedConversation => injectConversation({ request: () => from(eventsOf(buildMessage({ content: 'Hi' }))) });
export const overNode$: Observable<string> = streamMessage({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }, { fetch: nodeFetch() }).pipe(textDeltas());
export const traced$: Observable<string> = text$.pipe(map((text) => ({ type: text })), traceMessage({ attributes: { tenant: 't' } }), map(({ type }) => type));
export const createTools = (client: McpClientLike) => mcpTools({ client });
export const agUi$: Observable<AgUiEvent> = from(eventsOf(buildMessage({ content: 'Hi' }))).pipe(toAgUiEvents({ threadId: 't', runId: 'r' }));
export const bedrock$: Observable<string> = fromBedrock((signal) => fetch('/', { signal })).pipe(textDeltas());
export const chunk$: Observable<UIMessageChunk> = from(eventsOf(buildMessage({ content: 'Hi' }))).pipe(toUIMessageStream());
export const server = startMessagesServer();
export const dispose = async (): Promise<void> => (await server)[Symbol.asyncDispose]();
export const fetchOfScript: typeof fetch = messagesFetch({ message: buildMessage({ content: 'Hi' }), after: { event: 3, then: 'reset' } });
export const { marbles, values } = marbleEvents('-<[a]$>|', { a: 'Hi' });
export const verdict = messageStreamEventSchema['~standard'].validate({ type: 'ping' });
// @ts-expect-error text is not a number
export const wrong$: Observable<number> = text$;
`;

/** Compiled where no other package is installed. */
const coreConsumer = `
import { IncrementalJsonParser, MessageAccumulator, type AnyEvent, type Message } from 'rxjs-anthropic/core';

export async function read(events: AsyncIterable<AnyEvent>): Promise<Message> {
  const answer = new MessageAccumulator();
  for await (const event of events) answer.add(event);
  return answer.end();
}
export const city: string | undefined = new IncrementalJsonParser<{ city: string }>().value?.city;
`;

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}

function minifiedBytes({ files }: Bundle): number {
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function step(name: string): void {
  console.log(`check-package: ${name}`);
}

try {
  step('pack and unpack');
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack created no tarball.');
  mkdirSync(installed, { recursive: true });
  run('tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
  for (const dependency of [
    'rxjs',
    'zod',
    'eventsource-parser',
    'tslib',
    '@angular',
    '@opentelemetry',
    '@smithy',
    '@types',
    'undici-types',
  ]) {
    symlinkSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency));
  }

  step('import');
  const imports = modules.map(({ name, path }) => `import * as ${name} from '${path}';`).join(' ');
  writeFileSync(
    join(folder, 'run.mjs'),
    `import '@angular/compiler'; ${imports} import * as rxjs from 'rxjs';\n${program}`,
  );
  run(process.execPath, 'run.mjs');

  step('require');
  const requires = modules.map(({ name, path }) => `const ${name} = require('${path}');`).join(' ');
  writeFileSync(
    join(folder, 'run.cjs'),
    `require('@angular/compiler'); ${requires} const rxjs = require('rxjs');\n(async () => {${program}})();`,
  );
  run(process.execPath, 'run.cjs');

  step('types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--lib', 'ES2022,DOM', '--target', 'ES2022'];
  writeFileSync(join(folder, 'consumer.mts'), consumer);
  writeFileSync(join(folder, 'consumer.cts'), consumer);
  const withNode = [...options, '--types', 'node'];
  run(process.execPath, tsc, ...withNode, '--module', 'NodeNext', 'consumer.mts', 'consumer.cts');
  run(process.execPath, tsc, ...withNode, '--module', 'ESNext', '--moduleResolution', 'Bundler', 'consumer.mts');

  step('import and require the core without any other package');
  cpSync(installed, join(alone, 'node_modules', 'rxjs-anthropic'), { recursive: true });
  const core = `const json = new core.IncrementalJsonParser(); json.push('[1]'); if (json.end()[0] !== 1) throw new Error('The value is wrong.');`;
  writeFileSync(join(alone, 'core.mjs'), `import * as core from 'rxjs-anthropic/core'; ${core}`);
  writeFileSync(join(alone, 'core.cjs'), `const core = require('rxjs-anthropic/core'); ${core}`);
  writeFileSync(join(alone, 'core.mts'), coreConsumer);
  run(process.execPath, join(alone, 'core.mjs'));
  run(process.execPath, join(alone, 'core.cjs'));
  run(process.execPath, tsc, ...options, '--module', 'NodeNext', join(alone, 'core.mts'));

  step('what the types import');
  for (const file of readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue;
    const text = readFileSync(join(installed, 'dist', file), 'utf8');
    const [, entry = ''] = /^(?:esm|cjs)\/([^/]+)\//.exec(file) ?? [];
    for (const { fileName: name } of ts.preProcessFile(text).importedFiles) {
      if (name.startsWith('.') || name === 'rxjs' || PLATFORMS[entry]?.test(name) === true) continue;
      throw new Error(`${file} imports ${name}; types may import only rxjs, and the platform of their entry.`);
    }
  }

  step('bundle for a browser');
  writeFileSync(
    join(folder, 'browser.mjs'),
    `export * from 'rxjs-anthropic'; export * from 'rxjs-anthropic/relay'; export * from 'rxjs-anthropic/angular'; export * from 'rxjs-anthropic/ai-sdk'; export * from 'rxjs-anthropic/testing';`,
  );
  await build({
    entryPoints: [join(folder, 'browser.mjs')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'error',
  });

  step('what bundlers leave out');
  const exported = [
    ...Object.keys(EXPORTS).map((name) => `export { ${name} } from 'rxjs-anthropic';`),
    ...Object.keys(RELAY_EXPORTS).map((name) => `export { ${name} } from 'rxjs-anthropic/relay';`),
  ];
  for (const program of exported) {
    // With rxjs in it. Bundlers keep imports of what stays outside, even of names that the program does not use.
    const built = minifiedBytes(await bundle(program, { root: folder, isInstalled: true, external: [] }));
    const source = minifiedBytes(await bundle(program, { root, external: [] }));
    if (built > source * 1.005 + 20) {
      throw new Error(`${program} takes ${built} bytes of the package, but ${source} of its sources.`);
    }
  }
  console.log('check-package: passed');
} finally {
  for (const each of [folder, alone]) rmSync(each, { recursive: true, force: true });
}
