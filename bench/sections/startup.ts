import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isQuick, Race } from '../measure.js';
import { OURS, type Section } from '../report.js';

const ROOT = join(import.meta.dirname, '..', '..');
const ROUNDS = isQuick ? 3 : 15;
const RXJS = 'rxjs, the peer dependency';

const MODULES: Readonly<Record<string, readonly string[]>> = {
  [RXJS]: ['rxjs'],
  [`${OURS}, with rxjs`]: ['rxjs', 'rxjs-anthropic'],
  'official SDK': ['@anthropic-ai/sdk'],
  '@ai-sdk/anthropic': ['@ai-sdk/anthropic'],
};

export const startup: Section = {
  title: 'time to import, in a fresh process',
  async run() {
    const modules = Object.entries(MODULES);
    const times = new Map<string, number[]>(modules.map(([name]) => [name, []]));
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [name, specifiers] of modules.reverse()) {
        const ms = await importTime(specifiers);
        if (round > 0) times.get(name)?.push(ms); // the first round reads the files from the disk
      }
    }
    const race = new Race(times);
    const rows = Object.keys(MODULES).map((name) => ({
      module: name,
      ms: race.ms(name),
      'x rxjs alone': race.ratio(name, RXJS),
    }));
    return { tables: [{ title: `import(), ${ROUNDS} processes each`, rows, plot: { column: 'ms', unit: 'ms' } }] };
  },
};

/** Measures how long a new process takes to import modules, in ms. */
async function importTime(specifiers: readonly string[]): Promise<number> {
  const imports = specifiers.map((specifier) => `await import('${specifier}');`).join('');
  const program = `const begin = performance.now(); ${imports} console.log(performance.now() - begin);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ROOT,
  });
  return Number(stdout);
}
