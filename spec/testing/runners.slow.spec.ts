/** The same test of a pipeline, in examples/testing, with each test runner and in each imitation of a browser. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const bin = (path: string) => join(root, 'node_modules', path);

/** Runs a program with Node in the project's folder. Resolves to its exit status and everything it printed. */
function run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, NODE_OPTIONS: undefined };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

const vitest = [bin('vitest/vitest.mjs'), 'run', '--root', 'examples/testing'] as const;

it.each<[string, readonly string[], RegExp]>([
  ['Jest', [bin('jest/bin/jest.js'), '-c', 'examples/testing/jest.config.cjs'], /Tests: +3 passed, 3 total/],
  ['Vitest', vitest, /Tests +3 passed \(3\)/],
  ['Vitest in happy-dom', [...vitest, '--environment', 'happy-dom'], /Tests +3 passed \(3\)/],
  ['Vitest in jsdom', [...vitest, '--environment', 'jsdom'], /Tests +3 passed \(3\)/],
  ['node:test', ['--import', 'tsx', '--test', 'examples/testing/captions.node.spec.ts'], /pass 3\n/],
])('%s runs the tests of a pipeline', async (_, args, summary) => {
  const { code, output } = await run(...args);

  expect(output).toMatch(summary);
  expect(code).toBe(0);
});
