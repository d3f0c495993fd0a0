// Builds dist/: ES modules and CommonJS, one file per module, with types; and for Node, a few bundled files.
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

// Opening many ES modules in sequence is what takes Node longest when it imports the package (`npm run bench -- startup`).
// Bundlers get the many files, so that they can leave out what is not used.
await build({
  entryPoints: [
    'index',
    'schemas/index',
    'relay/index',
    'redis/index',
    'node/index',
    'angular/index',
    'testing/index',
  ].map((entry) => `dist/esm/${entry}.js`),
  outdir: 'dist/node',
  bundle: true,
  splitting: true, // code that the entries share is written once
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
