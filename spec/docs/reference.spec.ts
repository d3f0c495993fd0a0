import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as api from '../../src/index.js';

const reference = readFileSync(join(__dirname, '../../docs/reference.md'), 'utf8');
const headings = [...reference.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
/** Functions begin with a small letter; classes do not. `defineToolset` needs one of the API's own toolsets. */
const functions = Object.keys(api).filter((name) => /^[a-z]/.test(name) && name !== 'defineToolset');

it.each(functions)('docs/reference.md has an example of %s', (name) => {
  expect(headings).toContain(name);
});

it('docs/reference.md has an output for each example', () => {
  expect(reference.match(/^```text output$/gm)).toHaveLength(headings.length);
});
