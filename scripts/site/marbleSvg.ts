/** Draws marble diagrams, in the colours of the page. */
import type { Diagram, DiagramRow } from '../docs/diagram.js';

const COLUMN = 14;
const ROW = 58;
const LEFT = 14;
const RADIUS = 12;
/** The line of a row, from its top. */
const LINE = 34;
const HUES = 10;

interface Mark {
  readonly letter: string;
  readonly x: number;
  /** The position in a group: values at the same time are drawn below each other. */
  readonly level: number;
}

export function marbleSvg({ sources, operator, results }: Diagram): string {
  const rows = [...sources, ...results];
  const width = LEFT * 2 + Math.max(...rows.map(({ marbles }) => marbles.length)) * COLUMN + RADIUS;
  const letters = [...new Set(rows.flatMap(({ marbles }) => marbles.match(/\w/g) ?? []))];
  let y = 0;
  const parts: string[] = [];
  const draw = (row: DiagramRow) => {
    const { svg, height } = drawRow(row, y, letters);
    parts.push(svg);
    y += height;
  };
  sources.forEach(draw);
  if (operator !== '') {
    parts.push(
      `<rect class="operator" x="1" y="${y + 4}" width="${width - 2}" height="34" rx="8"/>`,
      `<text class="call" x="${width / 2}" y="${y + 26}">${escapeHtml(operator)}</text>`,
    );
    y += 46;
  }
  results.forEach(draw);
  const label = `Marble diagram of ${operator}`;
  return `<svg class="marbles" role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" style="min-width: ${Math.round(width * 0.7)}px">${parts.join('')}</svg>`;
}

function drawRow(
  { label, marbles }: DiagramRow,
  top: number,
  letters: readonly string[],
): { svg: string; height: number } {
  const marks = marksOf(marbles);
  const deepest = Math.max(0, ...marks.map(({ level }) => level));
  const y = top + LINE;
  const [first, last] = [marbles.search(/\S/), marbles.length - 1];
  const lastX = Math.max(...marks.map(({ x }) => x), 0);
  const isOpen = !/[|#!]/.test(marbles);
  const end = isOpen ? LEFT + (last + 1) * COLUMN : lastX;
  const svg = [
    `<text class="label" x="${LEFT}" y="${top + 14}">${escapeHtml(label)}</text>`,
    `<line class="time" x1="${LEFT + first * COLUMN}" y1="${y}" x2="${end}" y2="${y}"/>`,
    ...(isOpen ? [`<path class="time" d="M${end - 5} ${y - 4}L${end} ${y}L${end - 5} ${y + 4}"/>`] : []),
    ...marks.map((mark) => drawMark(mark, y, deepest, letters)),
  ];
  return { svg: svg.join(''), height: ROW + deepest * (RADIUS * 2 + 2) };
}

function marksOf(marbles: string): readonly Mark[] {
  const marks: Mark[] = [];
  let group: { x: number; level: number } | undefined;
  Array.from(marbles).forEach((letter, column) => {
    const x = LEFT + column * COLUMN;
    if (letter === '(') group = { x, level: 0 };
    else if (letter === ')') group = undefined;
    else if (/[\w|#!]/.test(letter)) {
      const isEnd = /[|#!]/.test(letter);
      marks.push({ letter, x: group?.x ?? x, level: isEnd ? 0 : (group?.level ?? 0) });
      if (group !== undefined && !isEnd) group.level++;
    }
  });
  // The end is drawn first, so that a value at the same time is in front of it.
  return [...marks.filter(({ letter }) => /[|#!]/.test(letter)), ...marks.filter(({ letter }) => /\w/.test(letter))];
}

function drawMark({ letter, x, level }: Mark, y: number, deepest: number, letters: readonly string[]): string {
  if (letter === '|') return `<line class="end" x1="${x}" y1="${y - 18}" x2="${x}" y2="${y + 18 + deepest * 26}"/>`;
  if (letter === '#' || letter === '!') {
    return `<path class="${letter === '#' ? 'error' : 'end'}" d="M${x - 8} ${y - 8}L${x + 8} ${y + 8}M${x + 8} ${y - 8}L${x - 8} ${y + 8}"/>`;
  }
  const centre = y + level * (RADIUS * 2 + 2);
  const hue = letters.indexOf(letter) % HUES;
  return `<circle class="hue${hue}" cx="${x}" cy="${centre}" r="${RADIUS}"/><text class="letter" x="${x}" y="${centre + 5}">${letter}</text>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
