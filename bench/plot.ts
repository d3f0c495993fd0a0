/** Draws tables as an SVG: a group of horizontal bars per table, on one logarithmic scale. */
import type { Summary } from './measure.js';
import { inDigits, OURS, type Row, type Table } from './report.js';

const WIDTH = 900;
const LABELS = 340;
const VALUES = 90;
const ROW = 20;
const GROUP = 34;
// Medium tones, legible on white and on black.
const TEXT = '#768390';
const OWN = '#2f81f7';
const OTHERS = '#8b949e';
const FLOOR = '#3fb950';
const BUDGET = '#d4761c';

interface Bar {
  readonly label: string;
  readonly value: Summary;
  readonly budget: number | undefined;
}

interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** Draws the tables that have a plot. */
export function svgOf(title: string, tables: readonly Table[]): string {
  const groups = tables.flatMap(groupOf);
  const values = groups.flatMap(({ bars }) =>
    bars.flatMap(({ value, budget }) => [value.low, value.high, budget ?? value.high]),
  );
  const unit = tables.find(({ plot }) => plot !== undefined)?.plot?.unit ?? '';
  const isRatio = unit === 'x floor';
  const least = Math.min(...values, isRatio ? 1 : Infinity) / (isRatio ? 1.15 : 2);
  const x = scale(least, Math.max(...values));
  const [parts, height] = [[] as string[], { now: 44 }];
  parts.push(text(12, 24, title, 'font-size="15" font-weight="600"'));
  const top = height.now;
  const body = groups.flatMap((group) => drawGroup(group, height, x));
  const bottom = height.now + 6;
  for (const tick of ticksOf(least, Math.max(...values))) {
    const isFloor = isRatio && tick === 1;
    const style = isFloor ? `stroke="${FLOOR}" stroke-width="1.5"` : `stroke="${TEXT}" stroke-opacity="0.25"`;
    parts.push(line(x(tick), top, x(tick), bottom, style));
    parts.push(text(x(tick), bottom + 14, inShort(tick), 'text-anchor="middle"'));
  }
  parts.push(...body, text(12, bottom + 14, `${unit}, logarithmic${isRatio ? '; green: the floor' : ''}`));
  if (groups.some(({ bars }) => bars.some(({ budget }) => budget !== undefined))) {
    parts.push(text(12, bottom + 30, 'orange: the budget'));
  }
  const size = bottom + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${size}" width="${WIDTH}" height="${size}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function groupOf({ title, rows, plot }: Table): Group[] {
  if (plot === undefined) return [];
  const bars = rows.flatMap((row): Bar[] => {
    const value = summaryIn(row, plot.column);
    const [label] = Object.values(row);
    if (typeof label !== 'string') return [];
    const budget = plot.budgets?.find(({ row: budgeted }) => budgeted === label)?.most;
    return value === undefined ? [] : [{ label, value, budget }];
  });
  return [{ title: `${title} (${plot.column})`, bars }];
}

function summaryIn(row: Row, column: string): Summary | undefined {
  const cell = row[column];
  if (typeof cell === 'number') return cell > 0 ? { low: cell, median: cell, high: cell } : undefined;
  if (typeof cell !== 'object') return undefined;
  if ('about' in cell) return { low: cell.about, median: cell.about, high: cell.about };
  if (!(cell.median > 0)) return undefined;
  return { ...cell, low: Math.max(cell.low, cell.median / 4) }; // a difference can be negative, which a logarithmic scale cannot show
}

function drawGroup({ title, bars }: Group, height: { now: number }, x: (value: number) => number): string[] {
  height.now += GROUP;
  return [
    text(12, height.now - 8, title, 'font-weight="600"'),
    ...bars.flatMap(({ label, value, budget }) => {
      const y = height.now;
      height.now += ROW;
      const middle = y + ROW / 2;
      const color = label.startsWith(OURS) ? OWN : OTHERS;
      const end = Math.max(x(value.high), budget === undefined ? 0 : x(budget));
      return [
        text(LABELS - 8, middle + 4, label, 'text-anchor="end"'),
        `<rect x="${LABELS}" y="${y + 3}" width="${round(Math.max(x(value.median) - LABELS, 1))}" height="${ROW - 6}" fill="${color}"/>`,
        line(x(value.low), middle, x(value.high), middle, `stroke="${TEXT}" stroke-width="2"`),
        ...(budget === undefined
          ? []
          : [line(x(budget), y, x(budget), y + ROW, `stroke="${BUDGET}" stroke-width="3"`)]),
        text(end + 6, middle + 4, inDigits(value.median)),
      ];
    }),
  ];
}

function scale(least: number, most: number): (value: number) => number {
  const length = Math.log(most / least);
  return (value) => LABELS + ((WIDTH - LABELS - VALUES) * Math.log(Math.max(value, least) / least)) / length;
}

/** The ticks 1, 2, 5, 10 … on the scale; 1, 10, 100 … if it spans more than three powers of ten. */
function ticksOf(least: number, most: number): number[] {
  const steps = most / least > 1000 ? [1] : [1, 2, 5];
  const powers = Array.from({ length: 24 }, (_, i) => 10 ** (i - 9));
  return powers.flatMap((power) => steps.map((step) => step * power)).filter((tick) => tick >= least && tick <= most);
}

function inShort(value: number): string {
  return value >= 1 ? value.toLocaleString('en-US') : String(Number(value.toPrecision(1)));
}

function text(x: number, y: number, content: string, style = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${TEXT}" ${style}>${escaped(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${style}/>`;
}

/** Rounds a length. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Escapes text for an SVG. */
export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
