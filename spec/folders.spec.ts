/** Tests the lint rule for the folder order of `src` with planted imports, and that the order is complete. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** Runs a module with Node in the project's folder. Returns the JSON that it prints. */
function evaluate(program: string): unknown {
  const args = ['--input-type=module', '--eval', program];
  return JSON.parse(spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }).stdout);
}

const refused = [
  ['src/utils/text.ts', `import { runTools } from '../tools/runTools.js';`, 'src/utils imports only from'],
  ['src/json/jsonTextError.ts', `export { transform } from '../rx/transform.js';`, 'src/json imports only from'],
  [
    'src/operators/internal/retry/continuation.ts',
    `import '../../../tools/runTools.js';`,
    'src/operators imports only from',
  ],
  ['src/operators/usage.ts', `import type { Tool } from '../tools/defineTool.js';`, 'src/operators imports only from'],
  ['src/tools/runTools.ts', `import { usage } from '../index.js';`, 'Import the file that declares it'],
  ['src/source/redact.ts', `import { readFileSync } from 'node:fs';`, 'also runs in browsers'],
] as const;

const accepted = [
  ['src/tools/runTools.ts', `import { transform } from '../rx/transform.js';`],
  ['src/operators/internal/retry/continuation.ts', `import { transform } from '../../../rx/transform.js';`],
  ['src/utils/text.ts', `import { MAX_TIMER_MS } from './timers.js';`],
] as const;

/** The messages of the rule for each planted import, in the order of the lists above. */
let messages: string[][];

beforeAll(() => {
  const cases = [...refused, ...accepted].map(([file, code]) => ({ file, code }));
  messages = evaluate(`
    import { ESLint } from 'eslint';
    const eslint = new ESLint();
    const found = [];
    for (const { file, code } of ${JSON.stringify(cases)}) {
      const [result] = await eslint.lintText(code, { filePath: file }); // as if it were the content of the file
      found.push(result.messages.filter((each) => each.ruleId === 'no-restricted-imports').map((each) => each.message));
    }
    console.log(JSON.stringify(found));
  `) as string[][];
});

it.each(refused.map((each, index) => [...each, index] as const))(
  'in %s, lint refuses %s',
  (_file, _code, message, index) => {
    expect(messages[index]).toEqual([expect.stringContaining(message)]);
  },
);

it.each(accepted.map((each, index) => [...each, index + refused.length] as const))(
  'in %s, lint accepts %s',
  (_file, _code, index) => {
    expect(messages[index]).toEqual([]);
  },
);

it('index.ts is the only module at the root of src', () => {
  const files = readdirSync(join(ROOT, 'src')).filter((name) => /\.[cm]?[jt]s$/.test(name));

  expect(files).toEqual(['index.ts']);
});

it('every folder of src has a place in the order', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const listed = evaluate(
    "import { FOLDERS } from './scripts/folders.js'; console.log(JSON.stringify(FOLDERS))",
  ) as string[];

  expect(folders.map(({ name }) => name).sort()).toEqual(listed.sort());
});
