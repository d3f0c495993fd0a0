/** A piece of a marble diagram. */
export interface Token {
  /** `symbol` is an event; `cut` and `error` end the stream early; `time` is copied as it is. */
  readonly kind: 'symbol' | 'time' | 'complete' | 'cut' | 'error';
  readonly text: string;
  /** The position in the diagram, counted from 0, in characters. */
  readonly position: number;
}

const KINDS: Readonly<Record<string, Token['kind']>> = {
  '-': 'time',
  ' ': 'time',
  '(': 'time',
  ')': 'time',
  '^': 'time',
  '|': 'complete',
  '!': 'cut',
  '#': 'error',
};

/** Splits a diagram as RxJS does: each character is a token, except a duration such as ` 10ms `. */
export function readDiagram(diagram: string): Token[] {
  const characters = Array.from(diagram); // code points, as RxJS reads them
  const tokens: Token[] = [];
  for (let position = 0; position < characters.length;) {
    const text = durationAt(characters, position) ?? characters[position] ?? '';
    tokens.push({ kind: text.length > 1 && text.endsWith(' ') ? 'time' : (KINDS[text] ?? 'symbol'), text, position });
    position += Array.from(text).length;
  }
  return tokens;
}

/** Returns a duration with the space after it. RxJS accepts one at the beginning and after a space. */
function durationAt(characters: readonly string[], position: number): string | undefined {
  if (position > 0 && characters[position - 1] !== ' ') return undefined;
  return /^\d+(?:\.\d+)?(?:ms|s|m) /.exec(characters.slice(position).join(''))?.[0];
}
