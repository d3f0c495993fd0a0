/** Independent oracles for the operators that split text with `Intl.Segmenter`: they know the entire text. */

const SPACE = /^\p{White_Space}+$/u;
const NOT_SPACE = /\P{White_Space}/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

function segmentsOf(text: string, granularity: 'word' | 'sentence', locale: string): string[] {
  return [...new Intl.Segmenter(locale, { granularity }).segment(text)].map(({ segment }) => segment);
}

/** Joins segments to pieces. A piece starts with each segment for which `isStart` holds. */
function join(segments: readonly string[], isStart: (segment: string, piece: string, last: string) => boolean) {
  const pieces: string[] = [];
  let last = '';
  for (const segment of segments) {
    const piece = pieces.at(-1);
    if (piece === undefined || isStart(segment, piece, last)) pieces.push(segment);
    else pieces[pieces.length - 1] = piece + segment;
    last = segment;
  }
  return pieces;
}

export function wordsOf(text: string, locale = 'en'): string[] {
  return join(
    segmentsOf(text, 'word', locale),
    (segment, piece, last) =>
      (SPACE.test(last) && !SPACE.test(segment) && NOT_SPACE.test(piece)) ||
      (LETTER_OR_DIGIT.test(segment) && LETTER_OR_DIGIT.test(piece)),
  );
}

export function sentencesOf(text: string, locale = 'en'): string[] {
  return join(segmentsOf(text, 'sentence', locale), (segment, piece) => !SPACE.test(segment) && NOT_SPACE.test(piece));
}

/** Characters that decide where a word or a sentence ends, in scripts with spaces. */
export const UNITS = [
  ...['a', 'Bc', 'tide', 'x1', '3', '14', '3.14', 'é', 'e\u0301', 'שלום', 'א"ב', 'عربي', '안녕', 'क्षि', '１．０'],
  ...[' ', ' ', '  ', '\n', '\r\n', '\r', '\t', '\u00a0', '\u202f', '\u2028'],
  ...['.', '. ', '? ', '.\n', ',', '!', '…', ':', ';', "'", '"', '’', '“', '”', '(', ')', '-', '_', '—', '#', '*', '·'],
  ...['e.g.', 'U.S.', 'Dr. ', '. 12 ', '.) '],
  ...['👩‍👩‍👧', '👋🏽', '🇩🇪', '🇫🇷', '1️⃣', '\u0308', '\ufe0f', '\u200d', '\u200b', '\ud83d', '\ude00'],
];

/** Runs a function while the runtime has another `Intl.Segmenter`, or none. */
export function withSegmenter(replacement: typeof Intl.Segmenter | undefined, run: () => void): void {
  const { Segmenter } = Intl;
  try {
    if (replacement === undefined) Reflect.deleteProperty(Intl, 'Segmenter');
    else Reflect.set(Intl, 'Segmenter', replacement);
    run();
  } finally {
    Reflect.set(Intl, 'Segmenter', Segmenter);
  }
}
