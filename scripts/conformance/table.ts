/** Reads the cases of the conformance kit with several clients, and writes what they make of them to docs/conformance.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { format } from 'prettier';
import {
  isRight,
  readCases,
  responseOf,
  type ConformanceCase,
  type Outcome,
} from '../../spec/conformance/support/cases.js';
import { CLIENTS, type Client } from './clients.js';

const ROOT = join(import.meta.dirname, '../..');
const CASES = 'spec/conformance/cases';

/** How long a client may take for one response, in ms. All bytes are there from the beginning. */
const PATIENCE_MS = 15_000;

type Verdict = Outcome | { readonly hangs: true };

const GROUPS = [
  'Complete streams',
  'Server-sent events',
  'What a newer API may send',
  'Tool input',
  'Truncated streams',
  'Errors',
  'Streams out of order',
  'Other bodies',
];

/**
 * `~`: the response is not an answer, and the client reports one, but without a stop reason. A caller that checks the stop
 * reason can see that something is missing.
 */
type Mark = '✓' | '~' | '✗';

interface Row {
  readonly each: ConformanceCase;
  /** One for each client. */
  readonly verdicts: readonly Verdict[];
}

/** Writes the table. Returns how many cases this package gets wrong. */
export async function writeTable(): Promise<number> {
  const cases = readCases(join(ROOT, CASES));
  const rows: Row[] = [];
  for (const each of cases) {
    const verdicts: Verdict[] = [];
    for (const client of CLIENTS) verdicts.push(await read(client, each));
    rows.push({ each, verdicts });
  }
  for (const [i, { name }] of CLIENTS.entries()) {
    const counts = (['✓', '~', '✗'] as const).map((mark) => `${mark} ${count(rows, i, mark)}`);
    console.log(`${name}: ${counts.join(', ')} of ${cases.length}`);
  }
  writeFileSync(join(ROOT, 'docs/conformance.md'), await format(page(rows), { parser: 'markdown' }));
  return cases.length - count(rows, 0, '✓');
}

function count(rows: readonly Row[], client: number, mark: Mark): number {
  return rows.filter(({ each, verdicts }) => markOf(verdicts[client], each) === mark).length;
}

async function read(client: Client, { response }: ConformanceCase): Promise<Verdict> {
  const ended = new AbortController();
  const patience = sleep(PATIENCE_MS, { hangs: true } as const, { signal: ended.signal });
  patience.catch(() => undefined);
  const { error, warn, log } = console;
  console.error = console.warn = console.log = () => undefined; // some clients print what they throw
  try {
    return await Promise.race([client.read(() => Promise.resolve(responseOf(response))), patience]);
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown.name : 'an object that is not an Error' };
  } finally {
    Object.assign(console, { error, warn, log });
    ended.abort();
  }
}

function markOf(verdict: Verdict | undefined, each: ConformanceCase): Mark {
  if (verdict === undefined || 'hangs' in verdict) return '✗';
  if (isRight(verdict, each)) return '✓';
  const isOpen = 'complete' in verdict && verdict.complete.stopReason === null;
  return isOpen && each.expect.every((expected) => 'error' in expected) ? '~' : '✗';
}

function page(rows: readonly Row[]): string {
  const header = `| case | ${CLIENTS.map(({ name }) => name).join(' | ')} |\n|---|${CLIENTS.map(() => '---|').join('')}`;
  const tables = GROUPS.map((group) => {
    const lines = rows
      .filter(({ each }) => each.group === group)
      .map(({ each, verdicts }) => {
        const cells = verdicts.map((verdict) => cell(verdict, each));
        return `| [${each.title}](../${CASES}/${each.name}.json) | ${cells.join(' | ')} |`;
      });
    return `## ${group}\n\n${header}\n${lines.join('\n')}`;
  });
  const summary = CLIENTS.map(({ name, packages, call }, i) => {
    const counts = (['✓', '~', '✗'] as const).map((mark) => count(rows, i, mark));
    return `| ${[name, packages, call, ...counts].join(' | ')} |`;
  });
  return `# Conformance

What clients make of ${rows.length} responses that the API, a proxy or a lost connection can produce. Each response is a file with its bytes, the outcomes that are right, and the reason:
[the conformance kit](../spec/conformance/README.md). \`npm run conformance -- --table\` reads them with each client, and writes this page.

A client is right if it reports the complete answer, or an error where the answer is incomplete. Any error counts, whatever its class. Where both are reasonable, both are right. Retries are
switched off. Each client is used as its documentation shows for streams, on Node ${process.versions.node.split('.')[0] ?? ''}, with a \`fetch\` that returns the bytes.
The cases come from this package, which is built to pass them all: if one is unfair, its reason is the place to show it.

| client | packages | call | ✓ | ~ | ✗ |
|---|---|---|---|---|---|
${summary.join('\n')}

- **✓** is right: the answer, or the class of the error.
- **~** reports what arrived as the answer, but without a stop reason. A caller that checks the stop reason can see that something is missing.
- **✗** is wrong, with what was reported.

${tables.join('\n\n')}
`;
}

function cell(verdict: Verdict, each: ConformanceCase): string {
  const mark = markOf(verdict, each);
  if ('hangs' in verdict) return `${mark} never ends`;
  if ('error' in verdict) return `${mark} ${verdict.error}`;
  if (mark === '✓') return '✓ answer';
  const { text, tools, stopReason } = verdict.complete;
  const parts = [
    text === '' ? 'no text' : excerpt(text),
    ...tools.map(({ name, input }) => `${name} ${excerpt(JSON.stringify(input))}`),
    ...(stopReason === null ? [] : [stopReason]),
  ];
  return `${mark} ${parts.join(', ')}`;
}

/** Quotes a text, at most its first 30 characters. */
function excerpt(text: string): string {
  const short = Array.from(text).slice(0, 30).join('');
  return `\`${short.replaceAll('|', '\\|').replaceAll('`', "'").replaceAll('\n', '⏎')}${short === text ? '' : '…'}\``;
}
