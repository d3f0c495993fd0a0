/** A row of a marble diagram: what a stream emits, column by column. */
export interface DiagramRow {
  readonly label: string;
  /** As in RxJS's marbles, with one column per character. Begins with spaces if the row begins later. */
  readonly marbles: string;
}

/** A marble diagram, as the docstrings of operators have it. */
export interface Diagram {
  /** The rows before the operator. */
  readonly sources: readonly DiagramRow[];
  /** The operator as it is called; `''` if no line has it. */
  readonly operator: string;
  /** The rows after it. */
  readonly results: readonly DiagramRow[];
  /** What the letters mean, as the docstring says it. */
  readonly legend: readonly string[];
}

const MARBLES = /^[-\w#|()!]*[-#|(][-\w#|()!]*$/;

/**
 * Reads a marble diagram.
 *
 * @returns Undefined if the text is another kind of drawing: it has no row, or a row with anything but marbles.
 */
export function parseDiagram(text: string): Diagram | undefined {
  const lines = text.split('\n').map((line) => ({ line, row: readRow(line) }));
  const starts = lines.flatMap(({ row }) => (row === undefined ? [] : [row.start]));
  if (starts.length < 2 || lines.some(({ row }) => row !== undefined && /[A-Z]{3}/.test(row.marbles))) return undefined;
  const first = Math.min(...starts);

  const [sources, results, legend]: [DiagramRow[], DiagramRow[], string[]] = [[], [], []];
  let operator = '';
  for (const { line, row } of lines) {
    if (row !== undefined) {
      const marbles = ' '.repeat(row.start - first) + row.marbles;
      (operator === '' ? sources : results).push({ label: row.label, marbles });
      if (row.legend !== '') legend.push(row.legend);
    } else if (operator === '' && isCall(line)) {
      const [call = '', note = ''] = line.trim().split(/\s{3,}/);
      operator = call;
      if (note !== '') legend.push(note);
    } else if (line.trim() !== '') {
      legend.push(line.trim());
    }
  }
  return { sources, operator, results, legend };
}

interface Row extends DiagramRow {
  readonly start: number;
  readonly legend: string;
}

function readRow(line: string): Row | undefined {
  const match = /^(\S.*?)(\s{2,})(\S+)(?:\s+(.*))?$/.exec(line);
  if (match === null) return undefined;
  const [, label = '', gap = '', marbles = '', legend = ''] = match;
  if (!MARBLES.test(marbles)) return undefined;
  return { label, marbles, start: label.length + gap.length, legend: legend.trim() };
}

function isCall(line: string): boolean {
  return /^\w+\(.*\)(\s{3,}.*)?$/.test(line.trim());
}
