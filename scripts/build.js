// Builds dist/: ES modules and CommonJS, one file a module, each with its types; and for Node few files in the place of many.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync('dist', { recursive: true, force: true });
for (const project of ['src/tsconfig.build.json', 'src/tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
}
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');

// Node opens one ES module after the other, which takes longer than all else when the package is imported. Bundlers keep the
// many files, since those are what they leave out most of.
await build({
  entryPoints: ['index', 'schemas/index', 'testing/index'].map((entry) => `dist/esm/${entry}.js`),
  outdir: 'dist/node',
  bundle: true,
  splitting: true, // what the entries share is there once
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
