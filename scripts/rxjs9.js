/*
 * Tries what docs/other-observables.md says about RxJS 9, with the packed package and the newest version 9: `node scripts/rxjs9.js`, after
 * `npm run build`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Runs beside both versions. Prints one line per row of the table, and fails if one does not hold. */
const BESIDE = `import assert from 'node:assert/strict';
import * as rxjs from 'rxjs';
import { ColdObservable } from 'rxjs-9';
import { map } from 'rxjs-9/map';
import { fromNativeObservable, fromResponse, textDeltas, toNativeObservable } from 'rxjs-anthropic';
import { buildMessage, eventsOf, sseOf } from 'rxjs-anthropic/testing';

const headers = { 'content-type': 'text/event-stream' };
const body = sseOf(eventsOf(buildMessage({ content: 'Hello' })));
const text$ = fromResponse(() => new Response(body, { headers })).pipe(textDeltas());
assert.deepEqual(await toNativeObservable(text$, Observable)[map]((text) => text.toUpperCase()).toArray(), ['HELLO']);

let stops = 0;
const consumer = new AbortController();
const forever$ = new rxjs.Observable(() => () => (stops += 1));
toNativeObservable(forever$, Observable)[map]((value) => value).subscribe({}, { signal: consumer.signal });
consumer.abort();
assert.equal(stops, 1);
console.log('toNativeObservable: values and cancellation');

for (const Native of [Observable, ColdObservable]) {
  const seen = [];
  const native = new Native((subscriber) => {
    subscriber.addTeardown(() => seen.push('stopped'));
    subscriber.next('value');
  });
  fromNativeObservable(native).subscribe((value) => seen.push(value)).unsubscribe();
  assert.deepEqual(seen, ['value', 'stopped']);
  assert.throws(() => rxjs.from(native), TypeError);
}
console.log('fromNativeObservable: values and cancellation; from: throws');
assert.throws(() => Observable.from(rxjs.of(1)), TypeError);
console.log('Observable.from: throws');
`;

const INSTEAD = `import assert from 'node:assert/strict';
await assert.rejects(import('rxjs-anthropic'), SyntaxError);
console.log('instead of RxJS 7: does not load');
`;

const folder = mkdtempSync(join(tmpdir(), 'rxjs9-'));
try {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: resolve(import.meta.dirname, '..'),
  });
  const [tarball] = readdirSync(folder);
  run('beside', BESIDE, [join(folder, tarball), 'rxjs@7', 'rxjs-9@npm:rxjs@^9.0.0-beta.0']);
  run('instead', INSTEAD, [join(folder, tarball), 'rxjs@^9.0.0-beta.0']);
} finally {
  rmSync(folder, { recursive: true });
}

/** Installs packages into a folder of its own, and runs a program there. */
function run(name, program, packages) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), '{ "private": true, "type": "module" }');
  writeFileSync(join(cwd, 'program.js'), program);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'];
  execFileSync('npm', ['install', ...flags, ...packages], { cwd, stdio: 'inherit' });
  execFileSync(process.execPath, ['program.js'], { cwd, stdio: 'inherit' });
}
