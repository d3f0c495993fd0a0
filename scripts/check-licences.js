// Fails if a package that users install with this one has a licence that is not permissive.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

const { dependencies, peerDependencies } = readPackage(new URL('../package.json', import.meta.url));
const checked = new Map();
const waiting = Object.keys({ ...dependencies, ...peerDependencies }).map((name) => [name, import.meta.url]);
for (const [name, from] of waiting) {
  const file = findPackage(name, from);
  if (checked.has(file)) continue;
  const { version, license, dependencies: own = {} } = readPackage(file);
  checked.set(file, `${name} ${version}: ${license}`);
  // `(MIT OR CC0-1.0)` is permissive if one of them is, `MIT AND ISC` if both are.
  const isPermissive = String(license)
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => PERMISSIVE.has(one)));
  if (!isPermissive) {
    console.error(
      `${name} ${version}, which users install, has the licence ${license}. Replace it, or allow it in ${import.meta.filename}.`,
    );
    process.exitCode = 1;
  }
  for (const dependency of Object.keys(own)) waiting.push([dependency, file]);
}
console.log([...checked.values()].sort().join('\n'));

/** Finds the package.json of a package as Node finds the package. Packages need not export it. */
function findPackage(name, from) {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const file = `${folder}/${name}/package.json`;
    if (readPackage(file) !== undefined) return file;
  }
  throw new Error(`${name} is not installed: run npm ci.`);
}

function readPackage(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
