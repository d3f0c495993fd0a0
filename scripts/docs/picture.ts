import type { DiagramRow } from './diagram.js';

/** A row of a picture, with the words that are drawn instead of its letters. */
export interface PictureRow extends DiagramRow {
  readonly words: Readonly<Record<string, string>>;
}

/** A marble diagram that is drawn as a picture: a file of `docs/marbles`. */
export interface Picture {
  readonly sources: readonly PictureRow[];
  /** The operator as it is called. */
  readonly operator: string;
  readonly results: readonly PictureRow[];
}

/** Reads the text of a picture, which is in the language of Swirly. */
export function parsePicture(text: string): Picture {
  const [sources, results]: [PictureRow[], PictureRow[]] = [[], []];
  let operator = '';
  for (const part of text.trim().split(/\n\n+/)) {
    if (part.startsWith('> ')) operator = part.slice(2);
    else (operator === '' ? sources : results).push(parseRow(part));
  }
  return { sources, operator, results };
}

function parseRow(part: string): PictureRow {
  const [marbles = '', ...lines] = part.split('\n');
  const label = lines.flatMap((line) => /^title = (.*)$/.exec(line)?.[1] ?? []).join('');
  const words = lines.flatMap((line) => {
    const [, letter, word] = /^(\w) := (.*)$/.exec(line) ?? [];
    return letter === undefined || word === undefined ? [] : [[letter, word]];
  });
  return { label, marbles, words: Object.fromEntries(words) as PictureRow['words'] };
}
