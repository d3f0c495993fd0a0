/** docs/architecture.md is true: every file that it names exists, and every function, class and interface stands in the file beside it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** Paths in backticks: from the root of the project, or from `src`. */
const files = [...new Set([...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.ts)`/g)].map(([, path]) => path ?? ''))];

/** A name in backticks with the file that declares it in parentheses: `name` (`folder/file.ts`). */
const declarations = [...text.matchAll(/`(\w+)`\s+\(`([\w/.-]+\.ts)`\)/g)].map(([, name = '', file = '']) => [
  name,
  file,
]);

function pathOf(file: string): string {
  return [file, join('src', file)].map((path) => join(ROOT, path)).find((path) => existsSync(path)) ?? '';
}

it.each(files.filter((file) => !file.includes('NAME')))('%s exists', (file) => {
  expect(pathOf(file)).not.toBe('');
});

it.each(declarations)('%s stands in %s', (name, file) => {
  expect(readFileSync(pathOf(file), 'utf8')).toMatch(new RegExp(`\\b(function|class|const|interface) ${name}\\b`));
});

it('names files and declarations at all', () => {
  expect(files.length).toBeGreaterThan(30);
  expect(declarations.length).toBeGreaterThan(8);
});

it('has a row for each folder of src', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const rows = [...text.matchAll(/^\| `([\w-]+)\/` \|/gm)].map(([, folder]) => folder);

  expect(rows.sort()).toEqual(folders.map(({ name }) => name).sort());
});
