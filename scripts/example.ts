/** Runs an example: `npm run example -- NAME`. Without a name, lists the examples. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '../examples/support/closedPipe.js';

const folder = new URL('../examples/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));
const [name, ...args] = process.argv.slice(2);

if (name !== undefined && names.includes(name)) {
  const file = new URL(`${name}.ts`, folder);
  process.argv.splice(1, Infinity, fileURLToPath(file), ...args);
  await import(file.href);
} else {
  if (name !== undefined) {
    console.error(`There is no example named ${name}.`);
    process.exitCode = 1;
  }
  console.log('npm run example -- NAME\n');
  const width = Math.max(...names.map(({ length }) => length));
  for (const each of names) console.log(`  ${each.padEnd(width)}  ${firstComment(each)}`);
}

function firstComment(example: string): string {
  const [line = ''] = readFileSync(new URL(`${example}.ts`, folder), 'utf8').split('\n', 1);
  return line.replace(/^\/\/ /, '');
}
