import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where packages are installed. Git ignores it, so later runs find what earlier ones have downloaded. */
export const FOLDER = join(import.meta.dirname, '../../.runtimes');

/**
 * Installs packages in a folder of their own, unless they are there from an earlier run.
 *
 * @param packages - Each as `name@version`.
 * @returns The path of a file in its `node_modules`.
 */
export function installed(name: string, packages: readonly string[], file = ''): string {
  const folder = join(FOLDER, name);
  const done = join(folder, 'installed');
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...flags, ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(done, packages.join('\n'));
  }
  return join(folder, 'node_modules', file);
}
