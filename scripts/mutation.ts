/**
 * Runs the mutation tester over folders of `src`, and prints what survives: `npm run mutation -- json rx`. Without names, over
 * all folders below. A folder takes from 5 to 40 minutes, so this is not part of the checks. MUTATION_CONCURRENCY sets the
 * number of workers, which is 2 by default.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

/** The specs that have to find the mutants of each folder, by how their paths in `spec` begin: its own, and those of what is built directly on it. */
const SPECS: Readonly<Record<string, readonly string[]>> = {
  json: ['json/', ...operators('partialJson', 'toolInput', 'structuredOutput', 'outputElements')],
  protocol: ['protocol/', 'schemas/', 'source/messageReader'],
  accumulate: ['accumulate/', ...operators('accumulateMessage', 'continue', 'usage')],
  rx: ['rx/', 'source/timeout', ...operators('idleTimeout', 'accumulateMessage', 'usage', 'textDeltas')],
  operators: ['operators/'],
};

function operators(...names: string[]): string[] {
  return names.map((name) => `operators/${name}`);
}

const stryker = join(
  dirname(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json')),
  'bin/stryker.js',
);
const specFiles = readdirSync(join(import.meta.dirname, '../spec'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(sep, '/'))
  .filter((file) => file.endsWith('.spec.ts'))
  .sort();

const named = process.argv.slice(2);
const unknown = named.filter((folder) => SPECS[folder] === undefined);
if (unknown.length > 0) {
  throw new Error(
    `There are no specs listed for ${unknown.join(', ')}. The folders are: ${Object.keys(SPECS).join(', ')}.`,
  );
}

for (const [folder, prefixes] of Object.entries(SPECS)) {
  if (named.length > 0 && !named.includes(folder)) continue;
  console.log(`\nmutation: src/${folder}`);
  const specs = specFiles.filter((file) => prefixes.some((prefix) => file.startsWith(prefix)));
  const env = { ...process.env, MUTATION_FOLDER: folder, MUTATION_SPECS: specs.join(' ') };
  const { status } = spawnSync(process.execPath, [stryker, 'run', 'scripts/mutation/stryker.config.js'], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
