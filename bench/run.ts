/**
 * Runs the benches: all of them, or the sections that are named, each in a process of its own, so that none finds a heap
 * or code that another has left.
 *
 *     npm run bench                     all sections; writes bench/results and the tables in the READMEs
 *     npm run bench -- decode json      these sections
 *     npm run bench -- --check          exits with 1 if a budget is missed
 *     npm run bench -- --quick          rough figures in a third of the time; writes nothing
 *     npm run bench -- --cpu            counts the processor's time, for a machine that has other work; writes nothing
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { writeHeadlines, writeReport } from './files.js';
import { inDigits, isMet, lineOf, textOf, type Check, type Headline, type Report } from './report.js';
import { sections } from './sections/index.js';

/** What takes longer than this for twice as much is not linear. */
const GROWTH_BUDGET = 2.2;

const { values, positionals } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
  allowPositionals: true,
});
if (values.only === undefined) process.exit(await runAll(positionals));
else process.send?.(await sections[values.only]?.run());

async function runAll(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
  if (unknown.length > 0) {
    console.error(`No section ${unknown.join(', ')}. There are: ${Object.keys(sections).join(', ')}.`);
    return 1;
  }
  const isKept = !values.quick && !values.cpu;
  const begin = performance.now();
  const reports: Report[] = [];
  for (const [name, { title }] of Object.entries(sections)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const sectionBegin = performance.now();
    const report = await runApart(name);
    reports.push(report);
    console.log(`\n## ${name}: ${title} (${seconds(sectionBegin)})`);
    for (const table of report.tables) console.log(textOf(table));
    if (isKept) writeReport(name, title, report);
  }

  const checks = reports.flatMap((report) => [...(report.checks ?? []), ...growthChecks(report)]);
  console.log(`\n## budgets\n\n${checks.map(lineOf).join('\n')}`);
  const headlines = [...reports.flatMap((report) => report.headlines ?? []), ...growthHeadline(reports)];
  if (wanted.length === 0 && isKept) writeHeadlines(headlines);
  const missed = checks.filter((check) => !isMet(check)).length;
  console.log(`\n${checks.length - missed} of ${checks.length} budgets met, in ${seconds(begin)}`);
  return values.check && missed > 0 ? 1 : 0;
}

/** Runs a section in a new process, which inherits the options of this one, and waits for its report. */
async function runApart(name: string): Promise<Report> {
  const child = fork(import.meta.filename, [
    '--only',
    name,
    ...process.argv.filter((option) => option === '--quick' || option === '--cpu'),
  ]);
  const exited = once(child, 'exit');
  let report: Report | undefined;
  child.on('message', (message) => {
    report = message as Report;
    child.disconnect();
  });
  await exited;
  if (report === undefined) throw new Error(`${name} has failed`);
  return report;
}

function growthChecks({ growth = [] }: Report): Check[] {
  return growth.map(({ what, figure }) => ({ what: `growth of ${what}`, figure, budget: GROWTH_BUDGET, unit: ' x' }));
}

/** The worst growth of all, beside the best that a peer has where it has any that can be told. */
function growthHeadline(reports: readonly Report[]): Headline[] {
  const worst = Math.max(...reports.flatMap(({ growth = [] }) => growth.map(({ figure }) => figure)));
  const peer = reports.find(({ peerGrowth }) => peerGrowth !== undefined)?.peerGrowth;
  if (peer === undefined) return [];
  return [
    {
      what: 'growth: time for twice the events, the worst of all',
      ours: `${inDigits(worst)} x`,
      budget: `${GROWTH_BUDGET} x`,
      peer: `${peer.what} ${inDigits(peer.figure)} x`,
    },
  ];
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(0)} s`;
}
