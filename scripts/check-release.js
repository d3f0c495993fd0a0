// Fails unless a tag, package.json and the changelog name the same version: node scripts/check-release.js v1.2.3
import { readFileSync } from 'node:fs';

const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const [tag] = process.argv.slice(2);
const { version, repository } = JSON.parse(read('package.json'));

const faults = [
  tag !== `v${version}` && `The tag is ${tag}, but package.json has version ${version}. Use npm version.`,
  !read('CHANGELOG.md').includes(`\n## ${version} `) &&
    `CHANGELOG.md has no section "## ${version} (date)". Rename "## Unreleased" to it, and add a new, empty one.`,
  repository.url.includes('/OWNER/') && 'package.json has a placeholder instead of the owner of the repository: OWNER.',
].filter(Boolean);

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
