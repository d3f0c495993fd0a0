import { JsonTextError } from '../../src/json/jsonTextError.js';
import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import { firstFault } from './support/firstFault.js';
import { codeUnits, isJson, parse } from './support/jsonTexts.js';

/**
 * For each beginning of a text: what closes it, and what an error message says after "expected". The beginnings cover each
 * state of the grammar at each kind of place: at the root, in an array, in an object.
 */
const states: readonly (readonly [beginning: string, closings: readonly string[], description: string])[] = [
  ['', ['1'], 'a value'],
  ['[', [']', '1]'], "a value or ']'"],
  ['[1,', ['1]'], 'a value'],
  ['[1,[', [']]', '1]]'], "a value or ']'"],
  ['{"a":[', [']}', '1]}'], "a value or ']'"],
  ['{', ['}', '"a":1}'], "a key in double quotes or '}'"],
  ['[{', ['}]', '"a":1}]'], "a key in double quotes or '}'"],
  ['{"a":1,', ['"a":1}'], 'a key in double quotes'],
  ['{"a"', [':1}'], "':'"],
  ['[{"a"', [':1}]'], "':'"],
  ['{"a":', ['1}'], 'a value'],
  ['[1 ', [']', ',1]'], "',' or ']'"],
  ['[[]', [']', ',1]'], "',' or ']'"],
  ['[{}', [']', ',1]'], "',' or ']'"],
  ['["a"', [']', ',1]'], "',' or ']'"],
  ['[true', [']', ',1]'], "',' or ']'"],
  ['{"a":1 ', ['}', ',"a":1}'], "',' or '}'"],
  ['{"a":[]', ['}', ',"a":1}'], "',' or '}'"],
  ['{"a":{}', ['}', ',"a":1}'], "',' or '}'"],
  ['1 ', [''], 'end of text'],
  ['[]', [''], 'end of text'],
  ['{}', [''], 'end of text'],
  ['"a"', [''], 'end of text'],
  ['null', [''], 'end of text'],
];

/** Endings of a token or container that one more character may have begun. */
const tokenEnds = ['', '"', '":1', '":1}', '1', 'rue', 'alse', 'ull', ']', '}', '"a":1', '1}', '"a":1}', '1]'];

const everyCharacter = [
  ...codeUnits('{}[],:"-+.019aeEtfnu\\/\'_ \t\n\r\u0000\u000b\u000c\u001f\u007f\u00a0\u2028\ufeff'),
];

/** Whether some ending makes JSON.parse accept the text: the closings after the end of what its last character began. */
function canContinue(text: string, closings: readonly string[]): boolean {
  // After a comma, a colon or a bracket, another state follows, so the closings of all states are tried.
  const all = [...closings, ...states.flatMap(([, others]) => others), ''];
  return tokenEnds.some((tokenEnd) => all.some((closing) => isJson(text + tokenEnd + closing)));
}

describe('IncrementalJsonParser: each character in each state', () => {
  const pairs = states.flatMap(([beginning, closings, description]) =>
    everyCharacter.map((char) => ({ beginning, char, closings, description })),
  );

  it.each(states)('accepts after %j exactly the characters that can follow', (beginning, closings) => {
    const accepted = everyCharacter.filter((char) => {
      const parser = new IncrementalJsonParser();
      parser.push(beginning + char);
      return parser.status !== 'invalid';
    });

    expect(accepted).toEqual(everyCharacter.filter((char) => canContinue(beginning + char, closings)));
  });

  it.each(states)('describes what can follow %j', (beginning, _, description) => {
    const error = parse([`${beginning}\u0000`]).error;

    expect(error).toBeInstanceOf(JsonTextError);
    expect(error?.message).toBe(
      `Unexpected U+0000 at position ${beginning.length}, expected ${description}: ${beginning}\u0000`,
    );
  });

  it('reports every character that it rejects at its own position, with the same description', () => {
    const wrong = pairs.filter(({ beginning, char, description }) => {
      const parser = new IncrementalJsonParser();
      parser.push(beginning);
      parser.push(char);
      const { error } = parser;
      return (
        error !== undefined &&
        !(error.position === beginning.length && error.message.includes(`, expected ${description}: `))
      );
    });

    expect(wrong).toEqual([]);
  });
});

describe('IncrementalJsonParser: every short text', () => {
  const alphabet = codeUnits('{}[],:"a1 -.et\\');

  /** Every text that can be continued by a character, and all of its continuations, up to a length. */
  function* textsFrom(beginning: string, length: number): Generator<string> {
    for (const char of alphabet) {
      const text = beginning + char;
      yield text;
      if (length > 1 && judge(text) !== 'invalid') yield* textsFrom(text, length - 1);
    }
  }

  it('is complete exactly if JSON.parse accepts it, and invalid at the first character that cannot follow', () => {
    const texts = [...textsFrom('', 5)];
    const wrong = texts.filter((text) => {
      const parser = new IncrementalJsonParser();
      parser.push(text);
      parser.end();
      const expected = judge(text);
      return parser.status !== expected || parser.error?.position !== positionOf(text, expected);
    });

    expect(texts.length).toBeGreaterThan(50_000);
    expect(wrong).toEqual([]);
  });

  function judge(text: string): 'complete' | 'truncated' | 'invalid' {
    if (isJson(text)) return 'complete';
    return firstFault(text) === text.length ? 'truncated' : 'invalid';
  }

  function positionOf(text: string, status: 'complete' | 'truncated' | 'invalid'): number | undefined {
    return status === 'complete' ? undefined : firstFault(text);
  }
});
