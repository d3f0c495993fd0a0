/**
 * What a user's bundle carries, minified and gzipped, without rxjs: `bundleBudgets` in package.json says how many bytes
 * each export alone, and the README's first example, may have. A budget is raised on purpose or not at all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import * as api from '../src/index.js';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { bundleBudgets: budgets } = JSON.parse(read('package.json')) as { bundleBudgets: Record<string, number> };

interface Bundle {
  readonly bytes: number;
  /** The files that it has something of. */
  readonly files: readonly string[];
}

async function bundle(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    alias: { 'rxjs-anthropic': './src/index.ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['rxjs'],
    absWorkingDir: root,
    tsconfigRaw: {},
  });
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    bytes: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length,
    files: files.map(([file]) => file),
  };
}

const names = Object.keys(api).sort();
const fileOf = new Map(
  [...read('src/index.ts').matchAll(/export \{([^}]*)\} from '(.*?)'/g)].flatMap(([, list = '', file = '']) =>
    list.split(',').map((name) => [name.trim().replace(/^.* as /, ''), file] as const),
  ),
);
const example = /^```ts\n([^]*?)^```/m.exec(read('README.md'))?.[1] ?? '';

it('has a budget for each export, and for the example', () => {
  expect(Object.keys(budgets).sort()).toEqual(['example', ...names].sort());
});

it('the example is within its budget', async () => {
  expect(example).toContain('streamMessage');
  expect((await bundle(example)).bytes).toBeLessThanOrEqual(budgets['example'] ?? NaN);
});

describe('an export alone', () => {
  it.each(names)('%s is within its budget', async (name) => {
    const { bytes } = await bundle(`export { ${name} } from 'rxjs-anthropic';`);

    expect(bytes).toBeLessThanOrEqual(budgets[name] ?? NaN);
    expect(bytes).toBeGreaterThan((budgets[name] ?? NaN) * 0.8); // or the budget says nothing
  });

  const operators = names.filter((name) => fileOf.get(name)?.startsWith('./operators/'));

  it.each(operators)('%s has nothing of Zod, the SSE parser or the tools', async (name) => {
    const { files } = await bundle(`export { ${name} } from 'rxjs-anthropic';`);

    expect(files).toContain(`src/operators/${name === 'idleMessageState' ? 'messageState' : name}.ts`);
    expect(files.filter((file) => /zod|eventsource-parser|^src\/(tools|bridge)\//.test(file))).toEqual([]);
  });

  it('nothing has Zod, which stands in the entry of the schemas', async () => {
    const { files } = await bundle("export * from 'rxjs-anthropic';");

    expect(files.filter((file) => file.includes('zod'))).toEqual([]);
    expect(files).toContain('src/source/sseDecoder.ts');
  });
});
