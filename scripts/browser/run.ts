/**
 * Drives `examples/angular-chat` in Chromium: `npm run test:browser -- [--no-build] [--pictures] [words of a check]`.
 *
 * - `--no-build` uses what has been built before.
 * - `--pictures` then takes the pictures in `docs/images`.
 *
 * CHROMIUM is the path of the browser, by default /usr/bin/chromium.
 */
import { buildExample } from '../support/angularChat.js';
import { accessChecks } from './access.js';
import { answerChecks } from './answers.js';
import { nativeObservableChecks } from './nativeObservables.js';
import { takePictures } from './pictures.js';
import { sessionChecks } from './sessions.js';
import { sourceChecks } from './source.js';
import { setStage } from './stage.js';

/** Fast enough for the checks, and slow enough to interrupt. */
const PACE_MS = 16;

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const checks = [...sourceChecks, ...answerChecks, ...sessionChecks, ...accessChecks, ...nativeObservableChecks].filter(
  ({ name }) => words.every((word) => name.includes(word)),
);

if (!flags.includes('--no-build')) buildExample();
const stage = await setStage(PACE_MS);
let failed = 0;
for (const { name, run } of checks) {
  const begin = performance.now();
  let failure: unknown;
  stage.faults.length = 0;
  await run(stage).catch((error: unknown) => {
    failure = error;
  });
  await stage.closePages().catch((error: unknown) => {
    failure ??= error;
  });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${failure === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (failure !== undefined) {
    failed += 1;
    console.error(failure);
  }
}
await stage.close();
if (flags.includes('--pictures')) await takePictures();
console.log(`test:browser: ${checks.length - failed} passed, ${failed} failed`);
if (failed > 0 || checks.length === 0) process.exitCode = 1;
