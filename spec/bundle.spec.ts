/** Checks what a user's bundle contains, and its size against the budgets of `bench/bundleBudgets.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, type Bundle } from '../bench/bundle.js';
import {
  ADAPTER_EXPORTS,
  ANGULAR_EXPORTS,
  CORE_EXPORTS,
  EXPORTS,
  PROGRAMS,
  RELAY_EXPORTS,
} from '../bench/bundleBudgets.js';
import * as api from '../src/index.js';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const bundleSource = (program: string): Promise<Bundle> => bundle(program, { root });

const names = Object.keys(api).sort();
const fileOf = new Map(
  [...read('src/index.ts').matchAll(/export \{([^}]*)\} from '(.*?)'/g)].flatMap(([, list = '', file = '']) =>
    list.split(',').map((name) => [name.trim().replace(/^.* as /, ''), file] as const),
  ),
);

describe('a program', () => {
  it.each(PROGRAMS.map(({ name, ...rest }) => [name, rest] as const))('%s is within its budget', async (_, budget) => {
    const { bytes } = await bundleSource(budget.program);

    expect(bytes).toBeLessThanOrEqual(budget.maxBytes);
    expect(bytes).toBeGreaterThan(budget.maxBytes * 0.75); // a budget far above the size would hide growth
  });
});

describe('an export on its own', () => {
  it.each(Object.entries(EXPORTS))('%s is within its budget', async (name, maxBytes) => {
    const { bytes } = await bundleSource(`export { ${name} } from 'rxjs-anthropic';`);

    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes * 0.75);
  });

  const operators = names.filter((name) => fileOf.get(name)?.startsWith('./operators/'));

  it.each(operators)('%s contains nothing of Zod, the SSE parser or the tools', async (name) => {
    const { files } = await bundleSource(`export { ${name} } from 'rxjs-anthropic';`);

    expect([...files.keys()]).toContain(`src/operators/${name === 'idleMessageState' ? 'messageState' : name}.ts`);
    expect([...files.keys()].filter((file) => /zod|eventsource-parser|^src\/(tools|bridge)\//.test(file))).toEqual([]);
  });

  it('no export of the main entry contains Zod, which only the entry `rxjs-anthropic/schemas` imports', async () => {
    const { files } = await bundleSource("export * from 'rxjs-anthropic';");

    expect([...files.keys()].filter((file) => file.includes('zod'))).toEqual([]);
    expect([...files.keys()]).toContain('src/source/sseDecoder.ts');
  });
});

describe('an export of rxjs-anthropic/angular on its own', () => {
  it.each(Object.entries(ANGULAR_EXPORTS))('%s is within its budget', async (name, { base, maxBytes }) => {
    const { bytes } = await bundleSource(`export { ${name} } from 'rxjs-anthropic/angular';`);
    const { bytes: baseBytes } = await bundleSource(
      base === undefined ? '' : `export { ${base} } from 'rxjs-anthropic';`,
    );

    expect(bytes - baseBytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes - baseBytes).toBeGreaterThan(maxBytes * 0.75);
  });
});

describe('an export of rxjs-anthropic/relay on its own', () => {
  it.each(Object.entries(RELAY_EXPORTS))('%s is within its budget', async (name, maxBytes) => {
    const { bytes, files } = await bundleSource(`export { ${name} } from 'rxjs-anthropic/relay';`);

    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes * 0.75);
    expect([...files.keys()].filter((file) => /zod|eventsource-parser|^src\/(tools|operators)\//.test(file))).toEqual(
      [],
    );
  });

  it('is not part of the main entry', async () => {
    const { files } = await bundleSource("export * from 'rxjs-anthropic';");

    expect([...files.keys()].filter((file) => file.startsWith('src/relay/'))).toEqual([]);
  });
});

describe('an export of rxjs-anthropic/core on its own', () => {
  /** With rxjs in the bundle, if anything imports it. */
  const bundleAll = (program: string): Promise<Bundle> => bundle(program, { root, external: [] });

  it.each(Object.entries(CORE_EXPORTS))('%s is within its budget', async (name, maxBytes) => {
    const { bytes } = await bundleAll(`export { ${name} } from 'rxjs-anthropic/core';`);

    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes * 0.75);
  });

  it('contains nothing of rxjs or any other package, and nothing that uses rxjs', async () => {
    const { files } = await bundleAll("export * from 'rxjs-anthropic/core';");
    const { files: filesOfMain } = await bundleAll("export * from 'rxjs-anthropic';");
    const foreign = (names: Iterable<string>): readonly string[] =>
      [...names].filter((file) => /node_modules|^src\/(rx|bridge|operators|tools|conversation)\//.test(file));

    expect(foreign(files.keys())).toEqual([]);
    expect([...files.keys()]).toContain('src/core/messageAccumulator.ts');
    expect(foreign(filesOfMain.keys()).some((file) => file.includes('node_modules/rxjs/'))).toBe(true);
  });

  it('is not part of the main entry', async () => {
    const { files } = await bundleSource("export * from 'rxjs-anthropic';");

    expect([...files.keys()].filter((file) => file.startsWith('src/core/'))).toEqual([]);
  });
});

describe.each(Object.entries(ADAPTER_EXPORTS))('an export of rxjs-anthropic/%s on its own', (entry, budgets) => {
  it.each(Object.entries(budgets))('%s is within its budget', async (name, maxBytes) => {
    const { bytes, files } = await bundleSource(`export { ${name} } from 'rxjs-anthropic/${entry}';`);

    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes * 0.75);
    expect([...files.keys()].filter((file) => /zod|node_modules\/(?!eventsource-parser)/.test(file))).toEqual([]);
  });

  it.each(["export * from 'rxjs-anthropic';", "export * from 'rxjs-anthropic/relay';"])(
    'is not part of %s',
    async (program) => {
      const { files } = await bundleSource(program);

      expect([...files.keys()].filter((file) => file.startsWith(`src/${entry}/`))).toEqual([]);
    },
  );
});
