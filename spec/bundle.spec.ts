/** What a user's bundle carries, minified and gzipped, without rxjs: the budgets of bench/bundleBudgets.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { EXPORTS, PROGRAMS } from '../bench/bundleBudgets.js';
import * as api from '../src/index.js';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
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

describe('a program', () => {
  it.each(PROGRAMS.map(({ name, ...rest }) => [name, rest] as const))('%s is within its budget', async (_, budget) => {
    const { bytes } = await bundle(budget.program);

    expect(bytes).toBeLessThanOrEqual(budget.maxBytes);
    expect(bytes).toBeGreaterThan(budget.maxBytes * 0.75); // a budget far above the size would not notice growth
  });
});

describe('an export on its own', () => {
  it.each(Object.entries(EXPORTS))('%s is within its budget', async (name, maxBytes) => {
    const { bytes } = await bundle(`export { ${name} } from 'rxjs-anthropic';`);

    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes * 0.75);
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
