/**
 * Checks the code and the links of the documentation: `npm run check:docs`. Every `ts` block of the README and of `docs/`, and every
 * `@example` of a docstring, is compiled, as one program. A block with a `text output` block after it is run, on its own, with a
 * server that stands in for the API, and has to print what that block says. `-- servers.md` checks only that page, and
 * `-- abortOn.ts` only the examples of that file.
 *
 * The words after `ts` say what a block is: `class-body` and `function-body` are parts of a class and of an asynchronous
 * function. A comment before a block has the server's replies:
 * `<!-- replies: [{ "content": "Hello" }] -->`.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeBlocksOf } from './docs/codeBlocks.js';
import { modulesOf } from './docs/blockModules.js';
import { compileBlocks, exportsOfPackages, importTable } from './docs/compileBlocks.js';
import { exampleBlocksOf } from './docs/exampleBlocks.js';
import { linkProblems } from './docs/links.js';
import { outputProblems } from './docs/runBlocks.js';

const ROOT = join(import.meta.dirname, '..');
const only = process.argv[2];

const isWanted = (file: string) => only === undefined || basename(file) === only;

const pages = [
  'README.md',
  'AGENTS.md',
  'examples/README.md',
  'examples/nest-gateway/README.md',
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
].filter((file) => file.endsWith('.md') && isWanted(file));
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.ts') && isWanted(file));

const exported = exportsOfPackages(ROOT);
const blocks = pages.map((page) => ({ page, blocks: codeBlocksOf(page) }));
const pageModules = blocks.flatMap(({ page, blocks: found }) =>
  modulesOf(
    nameOf(page),
    found.filter(({ language }) => language === 'ts'),
    importTable(exported),
  ),
);
const exampleModules = sources.flatMap((file) => {
  const entry = `rxjs-anthropic/${file.split('/')[1] ?? ''}`;
  return modulesOf(nameOf(file), exampleBlocksOf(file), importTable(exported, entry));
});

const problems = [
  ...[...pages, 'llms.txt'].flatMap((page) => linkProblems(ROOT, page)),
  ...compileBlocks(ROOT, [...pageModules, ...exampleModules]),
  ...(await outputProblems(
    ROOT,
    pageModules,
    blocks.flatMap(({ blocks: found }) => found),
  )),
];
for (const problem of problems) console.error(problem);
console.log(
  `${pageModules.length} blocks of ${pages.length} pages, ${exampleModules.length} examples of docstrings, ${problems.length} problems`,
);
if (problems.length > 0) process.exitCode = 1;

/** A name for the modules of a file, which no other file has. */
function nameOf(file: string): string {
  return file.replace(/\.\w+$/, '').replaceAll('/', '-');
}
