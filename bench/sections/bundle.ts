import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import * as library from 'rxjs-anthropic';
import { inDigits, OURS, type Row, type Section } from '../report.js';

const BUDGET_KB = 12;
const ROOT = join(import.meta.dirname, '..', '..');

const README_EXAMPLE = `${OURS}, the README's example`;
const SDK_STREAM = 'official SDK, messages.stream';

/** Programs that do about the same with each client. */
const PROGRAMS: Readonly<Record<string, string>> = {
  [README_EXAMPLE]: readmeExample(),
  [SDK_STREAM]: `
    import Anthropic from '@anthropic-ai/sdk';
    const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Say hello.' }] };
    const stream = new Anthropic().messages.stream(params).on('text', (text) => console.log(text));
    console.log((await stream.finalMessage()).stop_reason);`,
  '@ai-sdk/anthropic, doStream': `
    import { createAnthropic } from '@ai-sdk/anthropic';
    const prompt = [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }];
    const { stream } = await createAnthropic()('claude-opus-5-5').doStream({ prompt });
    for await (const part of stream) console.log(part);`,
  [`${OURS}, fromResponse() and textDeltas()`]: `
    import { fromResponse, textDeltas } from 'rxjs-anthropic';
    fromResponse((signal) => fetch('/api/chat', { method: 'POST', signal })).pipe(textDeltas()).subscribe(console.log);`,
  [`${OURS}, an agent with runTools()`]: `
    import { defineTool, ofType, retryOnConnectionError, runTools, streamMessage, tapMessage } from 'rxjs-anthropic';
    import { input } from './schema';
    const tool = defineTool({ name: 'get_weather', description: 'The weather.', input, run: ({ city }) => city });
    const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Weather?' }] };
    const request = (turn) => streamMessage(turn).pipe(retryOnConnectionError());
    runTools(params, { tools: [tool], request })
      .pipe(tapMessage({ text: (text) => console.log(text) }), ofType('run_end'))
      .subscribe(({ reason }) => console.log(reason));`,
  'official SDK, an agent with toolRunner': `
    import Anthropic from '@anthropic-ai/sdk';
    import { betaStandardSchemaTool } from '@anthropic-ai/sdk/helpers/beta/standard-schema';
    import { input } from './schema';
    const tool = betaStandardSchemaTool({ name: 'get_weather', inputSchema: input, run: ({ city }) => city });
    const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Weather?' }] };
    const runner = new Anthropic().beta.messages.toolRunner({ ...params, tools: [tool], stream: true });
    for await (const turn of runner) turn.on('text', (text) => console.log(text));`,
};

/** What the README's example is made of: the parts of the package, by the names of their files. The first that fits counts. */
const PARTS: readonly (readonly [part: string, files: RegExp])[] = [
  ['eventsource-parser', /eventsource-parser/],
  ['live JSON of tool inputs', /json|openContainer|toolInputStatus/i],
  ['no key in any error', /redact/],
  ['errors: classes, advice, what can be retried', /errors|isRetryable|unknown/i],
  ['the request: key, headers, address, redirects', /messageRequest|streamMessage|runtime/],
  ['the response: bytes, limits, timeouts', /response|sseDecoder|messageDecoder|rawDecoder|connection|watchdog/],
  ['the events: their fields and their order', /event|messageReader/i],
  ['the Message, its blocks and usage', /accumulate\//],
  ['operators: retries, callbacks, snapshots, refused options', /./],
];

export const bundle: Section = {
  title: 'size in the browser, minified and gzipped, without rxjs',
  async run() {
    const programs = await sizesOf(PROGRAMS);
    const parts = await partsOf(PROGRAMS[README_EXAMPLE] ?? '');
    const names = Object.keys(library).sort();
    const single = await sizesOf(
      Object.fromEntries(names.map((name) => [name, `export { ${name} } from 'rxjs-anthropic';`])),
    );
    const all = await sizesOf({ 'all of them': "export * from 'rxjs-anthropic';" });
    const [ours = NaN, sdk = NaN] = [programs.get(README_EXAMPLE), programs.get(SDK_STREAM)];
    return {
      tables: [
        {
          title: 'typical programs',
          rows: rowsOf('program', programs),
          plot: { column: 'kB', unit: 'kB', budget: { row: README_EXAMPLE, most: BUDGET_KB } },
        },
        { title: "what the README's example is made of, minified", rows: rowsOf('part', parts) },
        { title: 'each export alone', rows: rowsOf('export', new Map([...single, ...all])) },
      ],
      checks: [{ what: "bundle of the README's example", figure: ours, budget: BUDGET_KB, unit: ' kB' }],
      headlines: [
        {
          what: "bundle of the README's first example, gzipped, without rxjs",
          ours: `${inDigits(ours)} kB`,
          budget: `${BUDGET_KB} kB`,
          peer: `${SDK_STREAM} ${inDigits(sdk)} kB`,
        },
      ],
    };
  },
};

/** The sizes of programs, in kB of 1000 bytes. */
async function sizesOf(programs: Readonly<Record<string, string>>): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const [name, contents] of Object.entries(programs)) {
    const { outputFiles } = await bundled(contents);
    sizes.set(name, gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1000);
  }
  return sizes;
}

/** How much of a program's bundle, before it is gzipped, is of each part, in kB of 1000 bytes. */
async function partsOf(program: string): Promise<Map<string, number>> {
  const sizes = new Map(PARTS.map(([part]) => [part, 0]));
  const { metafile } = await bundled(program);
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = PARTS.find(([, files]) => files.test(file))?.[0] ?? '';
      sizes.set(part, (sizes.get(part) ?? 0) + bytesInOutput / 1000);
    }
  }
  return sizes;
}

function bundled(contents: string) {
  return build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['rxjs', './schema'],
    logLevel: 'error',
  });
}

function rowsOf(what: string, sizes: ReadonlyMap<string, number>): Row[] {
  return [...sizes].map(([name, kB]) => ({ [what]: name, kB }));
}

/** The first program of the README. */
function readmeExample(): string {
  const [, program] = /^```ts\n([^]*?)^```/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  if (program === undefined) throw new Error('The README has no example.');
  return program;
}
