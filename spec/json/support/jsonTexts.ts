/** Builds JSON texts, and predicts what a parser shows of them without using one. */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { IncrementalJsonParser } from '../../../src/json/incrementalJsonParser.js';

export const runs = (numRuns: number) => ({ seed: 20_250_601, numRuns });

export function parse(fragments: Iterable<string>): IncrementalJsonParser {
  const parser = new IncrementalJsonParser();
  for (const fragment of fragments) parser.push(fragment);
  parser.end();
  return parser;
}

export const codeUnits = (text: string): string[] => Array.from({ length: text.length }, (_, i) => text.charAt(i));

export function splitText(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

export const entriesOf = (value: unknown): [string, unknown][] => (isContainer(value) ? Object.entries(value) : []);

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const places = fc.array(fc.nat(), { maxLength: 12 });

/** Any JSON text: with all white space, all escapes, lone surrogates, all forms of numbers, repeated keys. */
export const { text: anyText } = fc.letrec<{ text: string; value: string }>((tie) => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 });
  const digits = fc.string({ unit: fc.constantFrom(...codeUnits('0123456789')), minLength: 1, maxLength: 3 });
  const exponent = fc
    .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits)
    .map((parts) => parts.join(''));
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(fc.constant('0'), fc.nat().map(String), fc.constant('12345678901234567890')),
      fc.option(
        digits.map((fraction) => `.${fraction}`),
        { nil: '' },
      ),
      fc.option(exponent, { nil: '' }),
    )
    .map((parts) => parts.join(''));
  const hex = fc.constantFrom(...codeUnits('0123456789abcdefABCDEF'));
  const character = fc.oneof(
    fc.constantFrom('a', 'b', ' ', 'é', '\u2028', '\u007f', '\ud83d', '\ude00', '\u{1f600}'),
    fc.constantFrom(...codeUnits('"\\/bfnrt').map((char) => `\\${char}`), '\\ud83d', '\\ude00', '\\uD83D\\uDE00'),
    fc.tuple(hex, hex, hex, hex).map((four) => `\\u${four.join('')}`),
  );
  const string = fc.array(character, { maxLength: 6 }).map((characters) => `"${characters.join('')}"`);
  const key = fc.oneof(string, fc.constantFrom('""', '"a"', '"b"', '"10"', '"9"', '"__proto__"', '"toString"'));
  const list = (item: fc.Arbitrary<string>, [open, close]: readonly [string, string]) =>
    fc
      .tuple(space, fc.array(item, { maxLength: 4 }))
      .map(([inside, items]) => open + (items.length === 0 ? inside : items.join(',')) + close);
  const property = fc.tuple(space, key, space, tie('text')).map(([a, name, b, value]) => `${a}${name}${b}:${value}`);
  return {
    text: fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(string, number, fc.constantFrom('true', 'false', 'null')),
      list(tie('text'), ['[', ']']),
      list(property, ['{', '}']),
    ),
  };
});

/** JSON texts without repeated keys. */
export const plainText = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('', ' ', '\t\n'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

/** JSON texts with some code units put in, left out or replaced. */
export const damagedText = fc
  .tuple(
    anyText,
    fc.array(
      fc.record({
        place: fc.nat(),
        removed: fc.nat(2),
        inserted: fc.string({
          unit: fc.constantFrom(...codeUnits('{}[]":,\\u0019.eE+-tfn\' \n\u0001\u00a0\ufeff')),
          maxLength: 2,
        }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((damaged, { place, removed, inserted }) => {
      const at = place % (damaged.length + 1);
      return damaged.slice(0, at) + inserted + damaged.slice(at + removed);
    }, text),
  );

/** Where the last string of a text begins, whether it is open, and the brackets that are missing at the end. */
function openParts(text: string): { lastString: number; isInString: boolean; brackets: string } {
  const brackets: string[] = [];
  let lastString = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (isInString) {
      if (char === '\\') at++;
      else if (char === '"') isInString = false;
    } else if (char === '"') {
      isInString = true;
      lastString = at;
    } else if (char === '{' || char === '[') brackets.unshift(char === '{' ? '}' : ']');
    else if (char === '}' || char === ']') brackets.shift();
  }
  return { lastString, isInString, brackets: brackets.join('') };
}

/** The value that the beginning of a JSON text shows: what is open is closed, what is uncertain left out. */
export function shownBy(beginning: string): unknown {
  const { lastString, isInString, brackets } = openParts(beginning);
  const before = beginning.slice(0, lastString).trimEnd();
  const isLastStringKey = brackets.startsWith('}') && !before.endsWith(':');
  let text = beginning;
  if (isInString) {
    const known = /^(?:\\u[\da-f]{4}|\\[^u]|[^\\])*/i.exec(beginning.slice(lastString + 1))?.[0] ?? '';
    const characters = known.match(/\\u[\da-f]{4}|\\[^u]|[^\\]/gi) ?? [];
    if (/^(?:[\ud800-\udbff]|\\ud[89ab]..)$/i.test(characters.at(-1) ?? '')) characters.pop();
    text = `${before}"${characters.join('')}"`;
  } else {
    text = text.replace(/[-+.\w]+$/, (token) => (['true', 'false', 'null'].includes(token) ? token : '')).trimEnd();
  }
  if (isLastStringKey && /[":]$/.test(text)) text = before;
  text = text.replace(/,$/, '');
  return text === '' ? undefined : JSON.parse(text + brackets);
}

/** Whether the text is the beginning of a JSON text: tries every way to end a token, then closes what is open around it. */
export function canGoOn(text: string): boolean {
  const { brackets } = openParts(text);
  const tokenEnds = [
    '',
    '0',
    '"',
    'n"',
    '0"',
    '00"',
    '000"',
    '0000"',
    'rue',
    'ue',
    'e',
    'alse',
    'lse',
    'se',
    'ull',
    'll',
    'l',
  ];
  return tokenEnds.some((token) => ['', '0', ':0', '"":0'].some((rest) => isJson(text + token + rest + brackets)));
}

/**
 * Whether `earlier` becomes `later` by growing. A string grows at its end. An array or object gets more items or
 * properties, and one of those it has grows; the others are equal. Any other value is equal.
 */
export function growsInto(earlier: unknown, later: unknown): boolean {
  if (earlier === undefined) return true;
  if (typeof earlier === 'string') return typeof later === 'string' && later.startsWith(earlier);
  if (!isContainer(earlier) || !isContainer(later)) return Object.is(earlier, later);
  if (Array.isArray(earlier) !== Array.isArray(later)) return false;
  const keys = Object.keys(earlier);
  const kept = Object.keys(later).filter((key) => keys.includes(key));
  if (!isDeepStrictEqual(kept, keys)) return false;
  const changed = keys.filter((key) => !isDeepStrictEqual(earlier[key], later[key]));
  return changed.length <= 1 && changed.every((key) => growsInto(earlier[key], later[key]));
}

export function deepFreeze(value: unknown): void {
  if (!isContainer(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}

/** Whether the references of two values differ exactly where their content does. */
export function sharesWhatIsSame(earlier: unknown, later: unknown): boolean {
  if (!isContainer(earlier) || !isContainer(later)) return true;
  if (isDeepStrictEqual(earlier, later)) return earlier === later;
  return earlier !== later && Object.keys(earlier).every((key) => sharesWhatIsSame(earlier[key], later[key]));
}

/** Whether a value and everything in it is frozen. */
export function isDeepFrozen(value: unknown): boolean {
  return (
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen))
  );
}
