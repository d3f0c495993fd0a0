/** Draws a table as an SVG with one bar per column, made of its rows, and their figures below. It fits a phone. */
import type { Summary } from './measure.js';
import { escaped, round } from './plot.js';
import { inDigits, type Row, type Table } from './report.js';

const [WIDTH, MARGIN, BAR, LINE] = [440, 16, 26, 24];
/** Width of a column of figures. */
const COLUMN = 74;

/** The colours of the rows, in light and in dark. The first is what this package does not do. */
const COLORS = [
  ['#9aa4ae', '#6e7681'],
  ['#1f9bcf', '#39b5e6'],
  ['#0969da', '#2f81f7'],
  ['#8250df', '#a371f7'],
  ['#bf3989', '#db61a2'],
  ['#1a7f37', '#3fb950'],
] as const;

const STYLE = [
  '.card { fill: #ffffff; stroke: #d0d7de; }',
  'text { fill: #1f2328; font-size: 14px; }',
  '.title { font-size: 15px; font-weight: 600; }',
  '.total { font-weight: 600; }',
  '.quiet { fill: #59636e; font-size: 13px; }',
  ...COLORS.map(([light], i) => `.step${i} { fill: ${light}; }`),
  '@media (prefers-color-scheme: dark) {',
  '.card { fill: #0d1117; stroke: #3d444d; }',
  'text { fill: #e6edf3; }',
  '.quiet { fill: #9198a1; }',
  ...COLORS.map(([, dark], i) => `.step${i} { fill: ${dark}; }`),
  '}',
].join('\n');

/** Draws a table that has a `stack`. */
export function stackSvgOf(title: string, { rows, stack }: Table): string {
  const { columns = [], total = '', unit = '' } = stack ?? {};
  const steps = rows.filter((row) => labelOf(row) !== total);
  const last = rows.find((row) => labelOf(row) === total) ?? {};
  const most = Math.max(...columns.map((column) => steps.reduce((sum, row) => sum + lengthOf(row, column), 0)));
  const parts = [
    ...linesOf(title).map((line, i) => text(MARGIN, 30 + i * 20, line, 'title')),
    text(MARGIN, 34 + linesOf(title).length * 20, unit, 'quiet'),
  ];
  let y = 46 + linesOf(title).length * 20;
  for (const column of columns) {
    parts.push(text(MARGIN, y + 16, column), text(WIDTH - MARGIN, y + 16, figureOf(last, column), 'total', 'end'));
    parts.push(...barOf(steps, column, y + 24, (WIDTH - 2 * MARGIN) / most));
    y += 24 + BAR + 12;
  }
  y += 10;
  const cells = (row: Row, style?: string): string[] =>
    columns.map((column, i) =>
      text(WIDTH - MARGIN - (columns.length - 1 - i) * COLUMN, y + 15, figureOf(row, column), style, 'end'),
    );
  const heads = columns.map((column, i) =>
    text(WIDTH - MARGIN - (columns.length - 1 - i) * COLUMN, y + 12, column.replace('over ', ''), 'quiet', 'end'),
  );
  parts.push(...heads);
  y += LINE;
  for (const [i, row] of steps.entries()) {
    parts.push(`<rect class="step${i % COLORS.length}" x="${MARGIN}" y="${y + 4}" width="12" height="12" rx="2"/>`);
    parts.push(text(MARGIN + 20, y + 15, labelOf(row)), ...cells(row));
    y += LINE;
  }
  parts.push(text(MARGIN + 20, y + 15, total, 'total'), ...cells(last, 'total'));
  const height = y + LINE + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="ui-sans-serif, system-ui, sans-serif">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${parts.join('\n')}
</svg>
`;
}

/** The parts of one bar. */
function barOf(steps: readonly Row[], column: string, y: number, scale: number): string[] {
  let x = MARGIN;
  return steps.map((row, i) => {
    const width = lengthOf(row, column) * scale;
    const part = `<rect class="step${i % COLORS.length}" x="${round(x)}" y="${y}" width="${round(width)}" height="${BAR}"/>`;
    x += width;
    return part;
  });
}

function labelOf(row: Row): string {
  const [label] = Object.values(row);
  return typeof label === 'string' ? label : '';
}

/** The median, or 0 if it is negative: a difference between two measurements can be. */
function lengthOf(row: Row, column: string): number {
  return Math.max((row[column] as Summary | undefined)?.median ?? 0, 0);
}

function figureOf(row: Row, column: string): string {
  return inDigits((row[column] as Summary | undefined)?.median ?? NaN);
}

/** Splits a title into lines that fit. */
function linesOf(title: string): string[] {
  return title.match(/.{1,46}(?:\s|$)/g)?.map((line) => line.trim()) ?? [];
}

function text(x: number, y: number, content: string, style = '', anchor = 'start'): string {
  return `<text x="${x}" y="${y}" class="${style}" text-anchor="${anchor}">${escaped(content)}</text>`;
}
