import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Check } from './check.js';

const source = resolve(import.meta.dirname, '../../examples/angular-chat/src');

/** The only file that may touch streams. */
const STREAMS = 'app/chat/chat.ts';

/** Imports values, not only types, from RxJS or from this package. */
const IMPORTS_STREAMS = /^import (?!type )[^;]*from '(?:rxjs|rxjs-anthropic)[/\w-]*';/m;

export const sourceChecks: readonly Check[] = [
  {
    name: 'the code that touches streams is one file, with fewer than 40 lines of code',
    run: async () => {
      const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
      const touching = files.filter((file) => IMPORTS_STREAMS.test(readFileSync(join(source, file), 'utf8')));
      assert.deepEqual(touching, [STREAMS]);
      const code = readFileSync(join(source, STREAMS), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '');
      const lines = code.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line));
      assert.ok(lines.length < 40, `It has ${lines.length} lines.`);
      await Promise.resolve();
    },
  },
];
