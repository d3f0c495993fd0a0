/**
 * Runs all sections of the bench, or those that are named. Each runs in its own process, so that no section starts with the
 * heap or the optimized code of another.
 *
 *     npm run bench                     all sections; writes bench/results and the tables in the READMEs
 *     npm run bench -- decode json      these sections
 *     npm run bench -- --check          exits with 1 if a budget is missed
 *     npm run bench -- --quick          rough figures in a third of the time; writes nothing
 *     npm run bench -- --cpu            measures CPU time, for a busy machine; writes nothing
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { writeHeadlines, writeReport } from './files.js';
import { inDigits, isMet, lineOf, textOf, type Check, type Headline, type Report } from './report.js';
import { sections } from './sections/index.js';

/** The most times as long that twice as much may take to count as linear. */
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
    console.error(`Unknown section: ${unknown.join(', ')}. The sections are ${Object.keys(sections).join(', ')}.`);
    return 1;
  }
  const shouldWrite = !values.quick && !values.cpu;
  const begin = performance.now();
  const reports: Report[] = [];
  for (const [name, { title, missing }] of Object.entries(sections)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const reason = missing?.();
    if (reason !== undefined) {
      console.log(`\n## ${name}: skipped. ${reason}`);
      continue;
    }
    const sectionBegin = performance.now();
    const report = await runInOwnProcess(name);
    reports.push(report);
    console.log(`\n## ${name}: ${title} (${seconds(sectionBegin)})`);
    for (const table of report.tables) console.log(textOf(table));
    if (shouldWrite) writeReport(name, title, report);
  }

  const checks = reports.flatMap((report) => [...(report.checks ?? []), ...growthChecks(report)]);
  console.log(`\n## budgets\n\n${checks.map(lineOf).join('\n')}`);
  const headlines = [...reports.flatMap((report) => report.headlines ?? []), ...growthHeadline(reports)];
  if (wanted.length === 0 && shouldWrite) writeHeadlines(headlines);
  const missed = checks.filter((check) => !isMet(check)).length;
  console.log(`\n${checks.length - missed} of ${checks.length} budgets met, in ${seconds(begin)}`);
  return values.check && missed > 0 ? 1 : 0;
}

/** Runs a section in a new process with the options of this one, and waits for its report. */
async function runInOwnProcess(name: string): Promise<Report> {
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
  if (report === undefined) throw new Error(`The section ${name} failed.`);
  return report;
}

function growthChecks({ growth = [] }: Report): Check[] {
  return growth.map(({ what, figure }) => ({ what: `growth of ${what}`, figure, budget: GROWTH_BUDGET, unit: ' x' }));
}

/** The worst growth of all, compared with that of the best peer, if one was measured. */
function growthHeadline(reports: readonly Report[]): Headline[] {
  const worst = Math.max(...reports.flatMap(({ growth = [] }) => growth.map(({ figure }) => figure)));
  const peer = reports.find(({ peerGrowth }) => peerGrowth !== undefined)?.peerGrowth;
  if (peer === undefined) return [];
  return [
    {
      what: 'growth: time for twice the events, worst case',
      ours: `${inDigits(worst)} x`,
      budget: `${GROWTH_BUDGET} x`,
      peer: `${peer.what} ${inDigits(peer.figure)} x`,
    },
  ];
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(0)} s`;
}
