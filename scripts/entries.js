import { readFileSync } from 'node:fs';

const { exports, browser } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The entries of the package, from `exports` in package.json, by their paths in `src`: `index`, `relay/index`, … */
export const ENTRIES = Object.keys(exports)
  .filter((name) => name !== './package.json')
  .map((name) => (name === '.' ? 'index' : `${name.slice(2)}/index`));

/** The modules that `browser` in package.json replaces, and their replacements, by their paths in `src`. */
export const REPLACED = [...new Set(Object.entries(browser).flat())]
  .filter((path) => path.startsWith('./dist/esm/'))
  .map((path) => path.slice('./dist/esm/'.length, -'.js'.length));
