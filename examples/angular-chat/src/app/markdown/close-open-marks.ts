/** The end of a link that is being written: `[text`, `[text](https://exam`. */
const OPEN_LINK = /\[([^\]\n]*)(?:\](?:\([^)\n]*)?)?$/;

/** A mark that has just been opened, with nothing in it yet. */
const EMPTY_MARK = /(?:^|\s)(?:\*{1,3}|~~|`)$/;

/** Closes the marks that are open at the end of a text which is being written, so that its last words do not flicker. */
export function closeOpenMarks(text: string): string {
  const isInCode = count(text, /`/g) % 2 === 1;
  if (isInCode && !text.endsWith('`')) return `${text}\``;
  const shown = text.replace(OPEN_LINK, '$1').replace(EMPTY_MARK, '');
  const prose = shown.replace(/`[^`]*`/g, '');
  const end = /\s*$/.exec(shown)?.[0] ?? '';
  const isBold = count(prose, /\*\*/g) % 2 === 1;
  const isItalic = count(prose.replace(/\*\*/g, '').replace(/^\s*\* /gm, ''), /\*/g) % 2 === 1;
  return `${shown.slice(0, shown.length - end.length)}${isItalic ? '*' : ''}${isBold ? '**' : ''}${end}`;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
