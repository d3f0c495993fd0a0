/** Writes the results to `bench/results`, and between the markers in the two READMEs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { svgOf } from './plot.js';
import { stackSvgOf } from './stack.js';
import { headlineTable } from './headlines.js';
import { markdownOf, type Report } from './report.js';

const RESULTS = join(import.meta.dirname, 'results');
const README = join(import.meta.dirname, 'README.md');
const ROOT_README = join(import.meta.dirname, '..', 'README.md');
/** The sections whose headlines are in the project's README. */
const ROOT_SECTIONS = ['sockets', 'gateway', 'decode', 'json', 'fairness', 'bundle'];

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
  const drawn = drawingOf(title, report);
  if (drawn !== undefined) writeFileSync(join(RESULTS, `${name}.svg`), drawn);
  const picture = drawn === undefined ? [] : [`![${title}](results/${name}.svg)`];
  replace(README, name, [...report.tables.map(markdownOf), ...picture, `${machine()}.`].join('\n\n'));
}

function drawingOf(title: string, { tables }: Report): string | undefined {
  const stacked = tables.find(({ stack }) => stack !== undefined);
  if (stacked !== undefined) return stackSvgOf(title, stacked);
  return tables.some(({ plot }) => plot !== undefined) ? svgOf(title, tables) : undefined;
}

/**
 * Writes the headlines of all results into the README of the bench, and some into the project's.
 *
 * @param sections - The names of all sections, in order.
 */
export function writeHeadlines(sections: readonly string[]): void {
  replace(README, 'headline', headlineTable(RESULTS, sections, true));
  replace(ROOT_README, 'headline', headlineTable(RESULTS, ROOT_SECTIONS, false));
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
