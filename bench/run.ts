/**
 * Runs all sections of the bench, or those that are named. Each runs in its own process, so that no section starts with the
 * heap or the optimized code of another.
 *
 *     npm run bench                     all sections; writes bench/results and the tables in the READMEs
 *     npm run bench -- decode json      these sections
 *     npm run bench -- --check          exits with 1 if a budget is missed
 *     npm run bench -- --quick          rough figures in a third of the time; writes nothing
 *     npm run bench -- --cpu            measures CPU time, for a busy machine; writes nothing
 *     npm run bench -- sockets --only node,sdk     these candidates, in the sections gateway, sockets and path; writes nothing
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { writeHeadlines, writeReport } from './files.js';
import { GROWTH_BUDGET } from './headlines.js';
import { isMet, lineOf, textOf, type Check, type Report } from './report.js';
import { sections } from './sections/index.js';

const { values, positionals } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    section: { type: 'string' }, // what this process runs, if it is one that the bench has started
  },
  allowPositionals: true,
});
if (values.section === undefined) process.exit(await runAll(positionals));
else process.send?.(await sections[values.section]?.run());

async function runAll(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
  if (unknown.length > 0) {
    console.error(`Unknown section: ${unknown.join(', ')}. The sections are ${Object.keys(sections).join(', ')}.`);
    return 1;
  }
  const shouldWrite = !values.quick && !values.cpu && values.only === undefined;
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
  if (shouldWrite) writeHeadlines(Object.keys(sections));
  const missed = checks.filter((check) => !isMet(check)).length;
  console.log(`\n${checks.length - missed} of ${checks.length} budgets met, in ${seconds(begin)}`);
  return values.check && missed > 0 ? 1 : 0;
}

/** Runs a section in a new process with the options of this one, and waits for its report. */
async function runInOwnProcess(name: string): Promise<Report> {
  const { quick, cpu, only } = values;
  const child = fork(import.meta.filename, [
    '--section',
    name,
    ...(quick ? ['--quick'] : []),
    ...(cpu ? ['--cpu'] : []),
    ...(only === undefined ? [] : ['--only', only]),
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

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(0)} s`;
}
