/** Draws docs/images/demo.svg: what `npm start` prints, piece by piece, at the times at which it was printed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { escapeHtml } from './site/marbleSvg.js';

const COLUMNS = 84;
const [CHARACTER, LINE, MARGIN, BAR] = [8.4, 21, 20, 36];

/** A piece of text of one line. */
interface Piece {
  readonly text: string;
  readonly column: number;
  readonly line: number;
  readonly ms: number;
}

const startedAt = performance.now();
const demo = spawn(process.execPath, ['--import', 'tsx', 'examples/demo.ts'], {
  env: { PATH: process.env['PATH'], NO_COLOR: '1' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const chunks: { readonly text: string; readonly ms: number }[] = [];
demo.stdout.setEncoding('utf8').on('data', (text: string) => {
  chunks.push({ text, ms: performance.now() - startedAt });
});
await once(demo, 'close');

const pieces: Piece[] = [];
let [column, line] = [0, 0];
const printed = chunks.map(({ text }) => text).join('');
for (const { 0: word, index } of printed.matchAll(/\n|[^\S\n]+|[^\s,]+,*|,+/g)) {
  // A word that does not fit begins a new line.
  if (word === '\n' || column + word.length > COLUMNS) [column, line] = [0, line + 1];
  if (word === '\n' || (column === 0 && word === ' ')) continue;
  for (const { text, ms } of partsOf(word, index)) {
    if (text.trim() !== '') pieces.push({ text, column, line, ms });
    column += widthOf(text);
  }
}

/** The parts of a word that were printed at different times. */
function partsOf(word: string, index: number): readonly { readonly text: string; readonly ms: number }[] {
  let start = 0;
  return chunks.flatMap(({ text, ms }) => {
    const [from, to] = [Math.max(index, start), Math.min(index + word.length, start + text.length)];
    start += text.length;
    return from < to ? [{ text: printed.slice(from, to), ms: ms - (chunks[0]?.ms ?? 0) }] : [];
  });
}

const width = Math.round(COLUMNS * CHARACTER + 2 * MARGIN);
const height = BAR + (line + 1) * LINE + MARGIN;
const shown = pieces.map(({ text, column: at, line: row, ms }) => {
  const [x, y] = [(MARGIN + at * CHARACTER).toFixed(1), BAR + (row + 1) * LINE];
  return `<text x="${x}" y="${y}" style="animation-delay:${(ms / 1000 + 0.5).toFixed(2)}s">${escapeHtml(text)}</text>`;
});

writeFileSync(
  new URL('../docs/images/demo.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>npm start: an answer and a tool call appear as the model writes them</title>
<style>
text { font: 14px ui-monospace, 'Cascadia Code', Menlo, Consolas, monospace; fill: #e8e4da; animation: appear 1ms both; }
.bar { animation: none; fill: #a09c92; }
@keyframes appear { from { opacity: 0 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { text { animation: none; } }
</style>
<rect width="${width}" height="${height}" rx="12" fill="#201f1c"/>
<circle cx="20" cy="18" r="5" fill="#5d5a53"/><circle cx="38" cy="18" r="5" fill="#5d5a53"/><circle cx="56" cy="18" r="5" fill="#5d5a53"/>
<text class="bar" x="${width / 2 - 36}" y="23">npm start</text>
${shown.join('\n')}
</svg>
`,
);
console.log(`docs/images/demo.svg: ${pieces.length} pieces, ${line + 1} lines`);

/** The number of columns that a terminal needs: two for an emoji. */
function widthOf(text: string): number {
  const emoji = text.match(/\p{Extended_Pictographic}/gu)?.length ?? 0;
  return Array.from(text.replace(/[\u{fe0f}\u{200d}]/gu, '')).length + emoji;
}
