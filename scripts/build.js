/*
 * Builds dist/ from the entries in package.json: ES modules, the same files as CommonJS, and types for both.
 *
 * Each entry is one file, and what entries share is in `shared/`, so that a class exists once however it is imported. Few files
 * because Node takes longer to open many ES modules than to run what is in them (`npm run bench -- startup`).
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { ENTRIES, REPLACED } from './entries.js';
import { pureInitializers } from './pureInitializers.js';

async function buildESM() {
  const { outputFiles } = await build({
    entryPoints: [...ENTRIES, ...REPLACED].map((entry) => `src/${entry}.ts`),
    outdir: 'dist/esm',
    chunkNames: 'shared/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    packages: 'external',
    external: ['node:*'],
    sourcemap: true, // with the sources, since the package does not contain `src`
    plugins: [pureInitializers, keepReplaced],
    logLevel: 'warning',
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    // esbuild also imports files of which nothing is used, for the order of side effects, and there are none.
    writeFileSync(path, text.replaceAll(/^import "\.[^"]*";$/gm, ''));
  }
}

/** Leaves the modules that `browser` in package.json replaces in files of their own. */
const keepReplaced = {
  name: 'keep-replaced',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const isReplaced = REPLACED.some((module) => resolve(resolveDir, path) === resolve('src', `${module}.js`));
      return isReplaced ? { path, external: true } : undefined;
    });
  },
};

async function buildCommonJS() {
  await build({
    entryPoints: ['dist/esm/**/*.js'],
    outdir: 'dist/cjs',
    outbase: 'dist/esm',
    format: 'cjs',
    platform: 'node', // lists the exports for `import` of a CommonJS module
    target: 'es2022',
    logLevel: 'warning',
  });
  writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
}

async function buildTypes() {
  const declarations = mkdtempSync(join(tmpdir(), 'rxjs-anthropic-types-'));
  try {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const options = ['-p', 'src/tsconfig.build.json', '--outDir', declarations];
    execFileSync(process.execPath, [tsc, ...options], { stdio: 'inherit' });
    const bundled = await rollup({
      input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(declarations, `${entry}.d.ts`)])),
      external: (id) => !id.startsWith('.') && !id.startsWith('/'),
      plugins: [dts()],
      onLog: (level, log, report) => {
        // Some types have no name outside. Programs use those that are built on them, such as `MessageCreateParams`.
        if (!log.message.includes('with no public re-export')) report(level, log);
      },
    });
    await bundled.write({
      dir: 'dist/esm',
      format: 'es',
      entryFileNames: '[name].d.ts',
      chunkFileNames: 'shared/[hash].d.ts',
    });
    cpSync('dist/esm', 'dist/cjs', {
      recursive: true,
      filter: (path) => !/\.(js|map)$/.test(path),
    });
  } finally {
    rmSync(declarations, { recursive: true, force: true });
  }
}

process.chdir(resolve(import.meta.dirname, '..'));
rmSync('dist', { recursive: true, force: true });
await buildESM();
await buildCommonJS();
await buildTypes();
