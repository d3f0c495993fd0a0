import { join } from 'node:path';
import * as library from 'rxjs-anthropic';
import { bundle as bundleProgram, type Bundle } from '../bundle.js';
import { PROGRAMS } from '../bundleBudgets.js';
import { inDigits, OURS, type Check, type Headline, type Row, type Section } from '../report.js';

const ROOT = join(import.meta.dirname, '..', '..');

const SDK_STREAM = 'official SDK, messages.stream';

/** Programs that have no budget, and what others need for about the same. */
const OTHER_PROGRAMS: Readonly<Record<string, string>> = {
  [SDK_STREAM]: `
    import Anthropic from '@anthropic-ai/sdk';
    const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Say hello.' }] };
    const stream = new Anthropic().messages.stream(params).on('text', (text) => console.log(text));
    console.log((await stream.finalMessage()).stop_reason);`,
  'official SDK, its MessageStream alone': `
    import { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
    const { body } = await fetch('/api/chat', { method: 'POST' });
    MessageStream.fromReadableStream(body).on('text', (text) => console.log(text));`,
  '@ai-sdk/anthropic, doStream': `
    import { createAnthropic } from '@ai-sdk/anthropic';
    const prompt = [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }];
    const { stream } = await createAnthropic()('claude-opus-5-5').doStream({ prompt });
    for await (const part of stream) console.log(part);`,
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

/** What each folder of the package contributes to a bundle. */
const FOLDER_CONTENTS: Readonly<Record<string, string>> = {
  utils: 'unknown values, options, text, timers',
  api: 'rules about blocks and stop reasons',
  errors: 'classes, advice, what can be retried',
  json: 'live JSON of tool inputs',
  protocol: 'fields and order of the events',
  accumulate: 'the Message, its blocks and usage',
  rx: 'what operators are built from',
  source: 'request, response, timeouts, redacted keys',
  operators: 'retries, callbacks, snapshots',
};

export const bundle: Section = {
  title: 'size in the browser, minified and gzipped, without rxjs',
  async run() {
    const budgeted = await bundleAll(Object.fromEntries(PROGRAMS.map(({ name, program }) => [name, program])));
    const others = await bundleAll(OTHER_PROGRAMS);
    const single = await bundleAll(
      Object.fromEntries(
        Object.keys(library)
          .sort()
          .map((name) => [name, exporting(`{ ${name} }`)]),
      ),
    );
    const all = await bundleAll({ 'all of them': exporting('*') });
    const budgets = PROGRAMS.map(({ name, maxBytes }) => ({
      name,
      figure: sizeIn(budgeted, name),
      budget: maxBytes / 1000,
    }));
    const headline = budgets.filter(({ name }) => !name.includes('Angular'));
    return {
      tables: [
        {
          title: 'typical programs',
          rows: [...rowsOf('program', budgeted, `${OURS}, `), ...rowsOf('program', others)],
          plot: {
            column: 'kB',
            unit: 'kB',
            budgets: budgets.map(({ name, budget }) => ({ row: `${OURS}, ${name}`, most: budget })),
          },
        },
        {
          title: 'what the service consists of, by folder, minified',
          rows: folderRows(budgeted.get('a service')),
        },
        { title: 'each export alone', rows: [...rowsOf('export', single), ...rowsOf('export', all)] },
      ],
      checks: budgets.map(({ name, ...rest }): Check => ({ what: `bundle of ${name}`, ...rest, unit: ' kB' })),
      headlines: [
        {
          what: 'bundle, gzipped, without rxjs: reads text / chat screen / conversation / service',
          ours: `${headline.map(({ figure }) => inDigits(figure)).join(' / ')} kB`,
          budget: `${headline.map(({ budget }) => budget).join(' / ')} kB`,
          peer: `${SDK_STREAM} ${inDigits(sizeIn(others, SDK_STREAM))} kB`,
        } satisfies Headline,
      ],
    };
  },
};

function exporting(what: string): string {
  return `export ${what} from 'rxjs-anthropic';`;
}

async function bundleAll(programs: Readonly<Record<string, string>>): Promise<Map<string, Bundle>> {
  const bundles = new Map<string, Bundle>();
  for (const [name, program] of Object.entries(programs))
    bundles.set(name, await bundleProgram(program, { root: ROOT }));
  return bundles;
}

/** The gzipped size of a program, in kB of 1000 bytes. */
function sizeIn(bundles: ReadonlyMap<string, Bundle>, name: string): number {
  return (bundles.get(name)?.bytes ?? NaN) / 1000;
}

function rowsOf(column: string, bundles: ReadonlyMap<string, Bundle>, prefix = ''): Row[] {
  return [...bundles.keys()].map((name) => ({ [column]: `${prefix}${name}`, kB: sizeIn(bundles, name) }));
}

/** How much each folder contributes to a bundle before it is gzipped, in kB of 1000 bytes. Dependencies are folders too. */
function folderRows(bundled: Bundle | undefined): Row[] {
  const sizes = new Map<string, number>();
  for (const [file, bytes] of bundled?.files ?? []) {
    const folder = folderOf(file);
    sizes.set(folder, (sizes.get(folder) ?? 0) + bytes / 1000);
  }
  const largestFirst = [...sizes].sort(([, a], [, b]) => b - a);
  return largestFirst.map(([folder, kB]) => {
    const contents = FOLDER_CONTENTS[folder];
    return { folder: contents === undefined ? folder : `${folder}: ${contents}`, kB };
  });
}

/** `source` for `src/source/redact.ts`; the package's name for a file of a dependency. */
function folderOf(file: string): string {
  if (file === '<stdin>') return 'the program itself';
  const [, own, dependency] = /^src\/([^/]+)\/|node_modules\/([^/]+)\//.exec(file) ?? [];
  return own ?? dependency ?? file;
}
