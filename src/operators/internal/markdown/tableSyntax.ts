const DELIMITER_ROW = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/;

/** Whether two lines start a table: a row, and a delimiter row with as many cells. */
export function startsTable(row: string, delimiterRow: string): boolean {
  return DELIMITER_ROW.test(delimiterRow) && countCells(row) === countCells(delimiterRow);
}

function countCells(row: string): number {
  const text = row.trim();
  let pipes = 0;
  let isAfterPipe = false;
  for (let i = text.startsWith('|') ? 1 : 0; i < text.length; i += 1) {
    isAfterPipe = text.charAt(i) === '|' && text.charAt(i - 1) !== '\\';
    if (isAfterPipe) pipes += 1;
  }
  return isAfterPipe ? pipes : pipes + 1;
}
