/** Writes the results to `bench/results`, and between the markers in the two READMEs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { svgOf } from './plot.js';
import { headlinesOf, markdownOf, type Headline, type Report } from './report.js';

const RESULTS = join(import.meta.dirname, 'results');
const README = join(import.meta.dirname, 'README.md');
const ROOT_README = join(import.meta.dirname, '..', 'README.md');

/** The machine and the date, without which no figure means anything. */
function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown';
  const date = new Date().toISOString().slice(0, 10);
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores (${model.trim()}), ${date}`;
}

/** Writes the figures, picture and tables of a section. */
export function writeReport(name: string, title: string, report: Report): void {
  mkdirSync(RESULTS, { recursive: true });
  const json = JSON.stringify({ machine: machine(), ...report }, (_, value: unknown) => inFewDigits(value), 2);
  writeFileSync(join(RESULTS, `${name}.json`), `${json}\n`);
  const isDrawn = report.tables.some(({ plot }) => plot !== undefined);
  if (isDrawn) writeFileSync(join(RESULTS, `${name}.svg`), svgOf(title, report.tables));
  const picture = isDrawn ? [`![${title}](results/${name}.svg)`] : [];
  replace(README, name, [...report.tables.map(markdownOf), ...picture, `${machine()}.`].join('\n\n'));
}

/** Writes the table of headlines in both READMEs. */
export function writeHeadlines(headlines: readonly Headline[]): void {
  const table = `${headlinesOf(headlines)}\n\n${machine()}.`;
  replace(README, 'headline', table);
  replace(ROOT_README, 'headline', table);
}

/** Replaces the text between two markers of a file. Leaves a file without these markers unchanged. */
function replace(file: string, name: string, text: string): void {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const content = readFileSync(file, 'utf8');
  const [from, to] = [content.indexOf(begin), content.indexOf(end)];
  if (from === -1 || to < from) return;
  writeFileSync(file, `${content.slice(0, from + begin.length)}\n\n${text}\n\n${content.slice(to)}`);
}

function inFewDigits(value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(5)) : value;
}
