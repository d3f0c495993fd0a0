/** The table of headlines, from the results of all sections that have been written, whenever that was. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headlinesOf, inDigits, isMet, type Headline, type Report } from './report.js';

/** The most times as long that twice as much may take to count as linear. */
export const GROWTH_BUDGET = 2.2;

/** What `results/SECTION.json` contains. */
interface StoredReport extends Report {
  /** The machine, a comma, and the date. */
  readonly machine: string;
}

/**
 * Formats the headlines of sections.
 *
 * @param folder - Where the results are.
 * @param sections - The sections, in order. Those without results are left out.
 * @param hasGrowth - Whether to add the worst growth of all.
 */
export function headlineTable(folder: string, sections: readonly string[], hasGrowth: boolean): string {
  const reports = sections
    .map((name) => join(folder, `${name}.json`))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as StoredReport);
  const headlines = [...reports.flatMap(markedHeadlines), ...(hasGrowth ? growthHeadline(reports) : [])];
  return `${headlinesOf(headlines)}\n\n${machinesOf(reports)}.`;
}

/** Marks the budgets of a section as missed if one of its checks fails. */
function markedHeadlines({ headlines = [], checks = [] }: Report): Headline[] {
  const isMissed = !checks.every(isMet);
  return headlines.map((headline) => (isMissed ? marked(headline) : headline));
}

function marked(headline: Headline): Headline {
  return headline.budget === '' ? headline : { ...headline, budget: `${headline.budget}: missed` };
}

/** The worst growth of all, compared with that of the best peer, if one was measured. */
function growthHeadline(reports: readonly Report[]): Headline[] {
  const worst = Math.max(...reports.flatMap(({ growth = [] }) => growth.map(({ figure }) => figure)));
  const peer = reports.find(({ peerGrowth }) => peerGrowth !== undefined)?.peerGrowth;
  if (peer === undefined) return [];
  const headline: Headline = {
    what: 'growth: time for twice the events, worst case',
    ours: `${inDigits(worst)} x`,
    budget: `${GROWTH_BUDGET} x`,
    peer: `${peer.what} ${inDigits(peer.figure)} x`,
  };
  return [worst > GROWTH_BUDGET ? marked(headline) : headline];
}

/** The machines, and the first and last day of each. */
function machinesOf(reports: readonly StoredReport[]): string {
  const days = new Map<string, string[]>();
  for (const { machine } of reports) {
    const at = machine.lastIndexOf(', ');
    const [name, day] = [machine.slice(0, at), machine.slice(at + 2)];
    days.set(name, [...(days.get(name) ?? []), day].sort());
  }
  return Array.from(days, ([name, of]) => {
    const [first = '', last = ''] = [of[0], of.at(-1)];
    return `${name}, ${first === last ? last : `${first} to ${last}`}`;
  }).join('; ');
}
