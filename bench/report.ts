/** The results of a section, and how they are formatted. */
import type { Summary } from './measure.js';

/** A figure that was extrapolated from another, not measured. */
interface Estimate {
  readonly about: number;
}

/** A text, a figure, or the median of several figures with the quartiles around it. */
type Cell = string | number | Summary | Estimate;

/** The cells of a row by the names of their columns. All rows of a table have the columns of its first row. */
export type Row = Readonly<Record<string, Cell>>;

export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
  /** The column to draw, and the rows that have a budget. A table without a plot is not drawn. */
  readonly plot?: {
    readonly column: string;
    readonly unit: string;
    readonly budgets?: readonly { readonly row: string; readonly most: number }[];
  };
  /** Columns to draw as bars that are made of the rows, and the row with their total. */
  readonly stack?: { readonly columns: readonly string[]; readonly total: string; readonly unit: string };
}

/** A figure that must not exceed its budget. */
export interface Check {
  readonly what: string;
  readonly figure: number;
  readonly budget: number;
  /** Printed after the figure, including the space before it. */
  readonly unit: string;
}

/** How many times as long it takes to process twice as much. */
export interface Growth {
  readonly what: string;
  readonly figure: number;
}

/** A row of the table at the top of the README. */
export interface Headline {
  readonly what: string;
  readonly ours: string;
  /** The most that the figure may be; '' if it has no budget. */
  readonly budget: string;
  readonly peer: string;
}

export interface Report {
  readonly tables: readonly Table[];
  readonly checks?: readonly Check[];
  readonly headlines?: readonly Headline[];
  readonly growth?: readonly Growth[];
  /** The growth of the best peer, if one was measured. */
  readonly peerGrowth?: Growth;
}

export interface Section {
  readonly title: string;
  /** What this machine needs and does not have, as a sentence; undefined if the section can run. Default: nothing. */
  readonly missing?: () => string | undefined;
  readonly run: () => Promise<Report>;
}

/** The package's name. Rows whose first cell begins with it are the package's own. */
export const OURS = 'rxjs-anthropic';

/** Formats a figure with about three digits. */
export function inDigits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Returns whether a check passes. A missing figure (NaN) does not. */
export function isMet({ figure, budget }: Check): boolean {
  return figure <= budget;
}

/** Formats a check as one line. */
export function lineOf(check: Check): string {
  const { what, figure, budget, unit } = check;
  return `${isMet(check) ? 'met   ' : 'MISSED'}  ${what}: ${inDigits(figure)}${unit}, budget ${budget}${unit}`;
}

/** Formats a table with aligned columns, for the terminal. */
export function textOf({ title, rows }: Table): string {
  const lines = [columnsOf(rows), ...rows.map(cellsOf)];
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0))) ?? [];
  const aligned = lines.map((cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   '),
  );
  return `\n${title}\n${aligned.join('\n')}`;
}

/** Formats a table as Markdown. */
export function markdownOf({ title, rows }: Table): string {
  const [first = '', ...others] = columnsOf(rows);
  const lines = [[first, ...others], ['---', ...others.map(() => '--:')], ...rows.map(cellsOf)];
  return `**${title}**\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`;
}

/** Formats the headlines as a Markdown table. */
export function headlinesOf(headlines: readonly Headline[]): string {
  const lines = headlines.map(({ what, ours, budget, peer }) => `| ${what} | **${ours}** | ${budget} | ${peer} |`);
  return ['| | rxjs-anthropic | budget | best peer |', '|---|--:|--:|---|', ...lines].join('\n');
}

function columnsOf(rows: readonly Row[]): string[] {
  return Object.keys(rows[0] ?? {});
}

function cellsOf(row: Row): string[] {
  return Object.values(row).map((cell) => {
    if (typeof cell === 'string') return cell;
    if (typeof cell === 'number') return inDigits(cell);
    if ('about' in cell) return `~${inDigits(cell.about)}`;
    if (cell.low === cell.high) return inDigits(cell.median);
    return `${inDigits(cell.median)} (${inDigits(cell.low)}–${inDigits(cell.high)})`;
  });
}
