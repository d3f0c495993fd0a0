/**
 * Runs the mutation tester over parts of `src`, and prints what survives: `npm run mutation -- json operators/retry`. Without
 * names, over all parts below; `operators` stands for all its parts. A part takes from 2 to 20 minutes, so this is not part of
 * the checks. MUTATION_CONCURRENCY sets the number of workers, which is 2 by default.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

/** Files of `src`, and the specs that have to find their mutants: their own, and those of what is built directly on them. */
interface Part {
  /** How the paths in `src` begin. */
  readonly sources: readonly string[];
  /** How the paths in `spec` begin. */
  readonly specs: readonly string[];
}

const PIECES = operators('bufferByLine', 'bufferByPunctuation', 'bufferBySentence', 'bufferByWord');
const PACE = operators('smoothText', 'coalesce', 'auditFrame', 'idleTimeout');
const JSON_OPERATORS = operators('toolInput', 'toolUses', 'partialJson', 'structuredOutput', 'outputElements');
const TEXT = operators('textDeltas', 'thinkingDeltas', 'inputJsonDeltas', 'finalText', 'citations', 'contentBlocks');
const MESSAGE = operators('accumulateMessage', 'finalMessage', 'ofType', 'tap', 'totalUsage', 'trackUsage', 'usage');

const PARTS: Readonly<Record<string, Part>> = {
  json: { sources: ['json/'], specs: ['json/', ...JSON_OPERATORS] },
  protocol: { sources: ['protocol/'], specs: ['protocol/', 'schemas/', 'source/messageReader'] },
  accumulate: {
    sources: ['accumulate/'],
    specs: [
      ...['accumulate/', 'core/', 'source/messageBody', 'resilience/seams'],
      ...operators('accumulateMessage', 'continue', 'coalesce', 'shareMessage', 'toolInput', 'totalUsage', 'usage'),
    ],
  },
  rx: {
    sources: ['rx/'],
    specs: ['rx/', 'source/timeout', ...operators('idleTimeout', 'accumulateMessage', 'usage', 'textDeltas')],
  },
  'operators/markdown': {
    sources: operators('bufferByMarkdownBlock', 'internal/markdown/'),
    specs: operators('bufferByMarkdownBlock'),
  },
  'operators/pieces': {
    sources: [
      ...PIECES,
      ...internal(
        'segments/',
        'bufferText',
        'characters',
        'findCharacter',
        'fullStops',
        'lineBuffer',
        'piece',
        'punct',
      ),
    ],
    specs: PIECES,
  },
  'operators/pace': { sources: [...PACE, ...internal('smooth/', 'coalescing')], specs: PACE },
  'operators/retry': {
    sources: operators('retry', 'continue', 'internal/retry/'),
    specs: operators('retry', 'continue', 'internal/retry/'),
  },
  'operators/state': {
    sources: operators('messageState', 'internal/state/'),
    specs: operators('messageState', 'internal/state/'),
  },
  'operators/share': {
    sources: operators('shareMessage', 'abortOn', 'internal/share/'),
    specs: operators('shareMessage', 'abortOn'),
  },
  'operators/json': {
    sources: [...JSON_OPERATORS, ...internal('openToolCall', 'readingOutput', 'validOutput')],
    specs: JSON_OPERATORS,
  },
  'operators/text': {
    sources: [...TEXT, ...MESSAGE, ...internal('selectText', 'surrogateJoiner', 'text')],
    specs: [...TEXT, ...MESSAGE],
  },
};

function operators(...names: string[]): string[] {
  return names.map((name) => `operators/${name}`);
}

function internal(...names: string[]): string[] {
  return names.map((name) => `operators/internal/${name}`);
}

/** The TypeScript files of a folder whose paths begin in one of the given ways. */
function filesOf(folder: 'src' | 'spec', prefixes: readonly string[]): string[] {
  return readdirSync(join(import.meta.dirname, '..', folder), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => file.endsWith(folder === 'src' ? '.ts' : '.spec.ts'))
    .filter((file) => prefixes.some((prefix) => file.startsWith(prefix)))
    .sort();
}

const stryker = join(
  dirname(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json')),
  'bin/stryker.js',
);
const names = process.argv.slice(2);
const isNamed = (part: string): boolean => names.some((name) => part === name || part.startsWith(`${name}/`));
const unknown = names.filter(
  (name) => !Object.keys(PARTS).some((part) => part === name || part.startsWith(`${name}/`)),
);
if (unknown.length > 0) {
  throw new Error(`There is no part named ${unknown.join(' or ')}. The parts are: ${Object.keys(PARTS).join(', ')}.`);
}

for (const [part, { sources, specs }] of Object.entries(PARTS)) {
  if (names.length > 0 && !isNamed(part)) continue;
  console.log(`\nmutation: ${part}`);
  const env = {
    ...process.env,
    MUTATION_PART: part,
    MUTATION_SOURCES: filesOf('src', sources).join(' '),
    MUTATION_SPECS: filesOf('spec', specs).join(' '),
  };
  const { status } = spawnSync(process.execPath, [stryker, 'run', 'scripts/mutation/stryker.config.js'], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
