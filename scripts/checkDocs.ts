/**
 * Checks the code and the links of the documentation: `npm run check:docs`. Every `ts` block of the README and of `docs/` is compiled, as
 * one program. A block with a `text output` block after it is run, on its own, with a server that stands in for the API, and
 * has to print what that block says. `-- servers.md` checks only that page.
 *
 * The words after `ts` say what a block is: `class-body` and `function-body` are parts of a class and of an asynchronous
 * function, and `not-checked` is not meant to compile. A comment before a block has the server's replies:
 * `<!-- replies: [{ "content": "Hello" }] -->`.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeBlocksOf } from './docs/codeBlocks.js';
import { modulesOf } from './docs/blockModules.js';
import { compileBlocks, exportsOfPackages } from './docs/compileBlocks.js';
import { linkProblems } from './docs/links.js';
import { outputProblems } from './docs/runBlocks.js';

const ROOT = join(import.meta.dirname, '..');
const only = process.argv[2];

const pages = [
  'README.md',
  'AGENTS.md',
  'examples/README.md',
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
]
  .filter((file) => file.endsWith('.md'))
  .filter((file) => only === undefined || basename(file) === only);

const table = exportsOfPackages(ROOT);
const blocks = pages.map((page) => ({ page, blocks: codeBlocksOf(page) }));
const modules = blocks.flatMap(({ page, blocks: found }) =>
  modulesOf(
    basename(page, '.md'),
    found.filter(({ language, flags }) => language === 'ts' && !flags.includes('not-checked')),
    table,
  ),
);
const problems = [
  ...[...pages, 'llms.txt'].flatMap((page) => linkProblems(ROOT, page)),
  ...compileBlocks(ROOT, modules),
  ...(await outputProblems(
    ROOT,
    modules,
    blocks.flatMap(({ blocks: found }) => found),
  )),
];
for (const problem of problems) console.error(problem);
console.log(`${modules.length} blocks of ${pages.length} pages, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
