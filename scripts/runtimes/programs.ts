/** The programs that use the packed package: smoke.js as an ES module, as CommonJS, in a bundle, and one for the compiler. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const SMOKE = join(import.meta.dirname, 'smoke.js');

const IMPORTS = `import * as library from 'rxjs-anthropic';
import * as schemas from 'rxjs-anthropic/schemas';
import * as rxjs from 'rxjs';
import { smoke } from './smoke.mjs';
const packages = { library, schemas, rxjs };
`;

const TYPES = `import { from, type Observable } from 'rxjs';
import { accumulateMessage, APIError, streamMessage, textDeltas, type Message } from 'rxjs-anthropic';
import { toServerSentEvents } from 'rxjs-anthropic/relay';
import { nodeFetch } from 'rxjs-anthropic/node';
import { messageStreamEventSchema } from 'rxjs-anthropic/schemas';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';

const params = { model: 'm', max_tokens: 1, messages: [{ role: 'user' as const, content: 'Hi' }] };
export const text$: Observable<string> = streamMessage(params, { fetch: nodeFetch() }).pipe(textDeltas());
export const message$: Observable<Message> = from(eventsOf(buildMessage({ content: 'Hi' }))).pipe(accumulateMessage());
export const frame$: Observable<string> = from(eventsOf(buildMessage({ content: 'Hi' }))).pipe(toServerSentEvents());
export const verdict = messageStreamEventSchema['~standard'].validate({ type: 'ping' });
export const attempts = (error: unknown): number | undefined => (error instanceof APIError ? error.attempts : undefined);
// @ts-expect-error text is not a number
export const wrong$: Observable<number> = text$;
`;

/** Writes the programs into a folder in which the package is installed. */
export async function writePrograms(folder: string): Promise<void> {
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
  };
  copyFileSync(SMOKE, join(folder, 'smoke.mjs'));
  write('run.mjs', `${IMPORTS}console.log(await smoke(packages, process.argv[2]));\n`);
  write(
    'run.cjs',
    `const packages = { library: require('rxjs-anthropic'), schemas: require('rxjs-anthropic/schemas'), rxjs: require('rxjs') };
import('./smoke.mjs').then(async ({ smoke }) => console.log(await smoke(packages, process.argv[2])));\n`,
  );
  write('browser.mjs', `${IMPORTS}globalThis.smoke = (baseURL) => smoke(packages, baseURL);\n`);
  write(
    'worker.mjs',
    `${IMPORTS}export default {
  fetch: async (request) => {
    try {
      return new Response(await smoke(packages, await request.text()));
    } catch (error) {
      return new Response(String(error.stack), { status: 500 });
    }
  },
};\n`,
  );
  write('consumer.mts', TYPES);
  write('consumer.cts', TYPES);
  write('consumer.ts', TYPES);
  for (const entry of ['browser', 'worker']) {
    await build({
      entryPoints: [join(folder, `${entry}.mjs`)],
      outfile: join(folder, `${entry}.bundle.mjs`),
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      tsconfigRaw: {},
      logLevel: 'error',
    });
  }
}
