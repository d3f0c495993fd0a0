import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import { JsonTextError } from '../../src/json/jsonTextError.js';
import { parse, codeUnits } from './support/jsonTexts.js';

describe('JsonTextError', () => {
  const errorOf = (fragments: string[]) => parse(fragments).error;

  it('is an Error with its own name', () => {
    const error = errorOf(['[1,]']);

    expect(error).toBeInstanceOf(JsonTextError);
    expect(error).toBeInstanceOf(Error);
    expect(error?.name).toBe('JsonTextError');
  });

  it('names the character, its position, and what could stand there instead', () => {
    expect(errorOf(['{"a":', '1,}'])?.message).toBe(
      'Unexpected \'}\' at position 7, expected a key in double quotes: {"a":1,}',
    );
  });

  it.each([
    ['a number', '[1.x', "Unexpected 'x' at position 3, expected a number, true, false or null"],
    ['a keyword', '[tru ', "Unexpected ' ' at position 4, expected a number, true, false or null"],
    ['a string', '["\\q', "Unexpected 'q' at position 3, expected a character or escape sequence that JSON allows"],
  ])('names what could stand there inside %s', (_, text, message) => {
    expect(errorOf([text])?.message).toBe(`${message}: ${text}`);
    expect(errorOf(codeUnits(text))?.message).toBe(`${message}: ${text}`);
  });

  it('quotes the last 32 code units when there are more', () => {
    const error = errorOf(codeUnits(`["${'x'.repeat(40)}",]`));

    expect(error?.excerpt).toBe(`${'x'.repeat(29)}",]`);
    expect(error?.message).toBe(`Unexpected ']' at position 44, expected a value: …${error?.excerpt}`);
  });

  it('quotes exactly 32 code units without an ellipsis', () => {
    expect(errorOf([`${' '.repeat(31)}]`])?.message).toMatch(/: {32}\]$/);
    expect(errorOf([`${' '.repeat(32)}]`])?.message).toMatch(/: … {31}\]$/);
  });

  it('names an invisible character by its code unit', () => {
    expect(errorOf(['\ufeff{}'])?.message).toContain('Unexpected U+FEFF at position 0, expected a value');
    expect(errorOf(['"\n'])?.message).toContain('Unexpected U+000A at position 1');
  });

  it('names the position after the last character if the text is truncated', () => {
    const error = errorOf(['{"a":', '"x']);

    expect(error?.position).toBe(7);
    expect(error?.message).toBe('Unexpected end of text at position 7, expected more of the value: {"a":"x');
    expect(error?.excerpt).toBe('{"a":"x');
  });

  it.each([
    ['@', "'@'"],
    ['~', "'~'"],
    ['\u007f', 'U+007F'],
    ['é', 'U+00E9'],
  ])('quotes printable ASCII characters only: %j is %s', (char, name) => {
    expect(errorOf([char])?.message).toContain(`Unexpected ${name} at position 0`);
  });

  it('names the limit of nesting', () => {
    const error = errorOf(['[', '['.repeat(999), '[1]']);

    expect(error?.position).toBe(1000);
    expect(error?.message).toMatch(/^More than 1000 nested arrays and objects at position 1000: …\[{32}$/);
  });

  it('names the limit of length', () => {
    const error = errorOf([`"${'x'.repeat(16_777_214)}`, 'yz"']);

    expect(error?.position).toBe(16_777_216);
    expect(error?.message).toMatch(/^The text is longer than 16777216 UTF-16 code units: …x{30}yz$/);
  });
});

describe('IncrementalJsonParser: limits', () => {
  const nested = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);
  const longest = 16_777_216;

  it('accepts 1000 open containers and no more', () => {
    expect(parse([nested(1000)]).status).toBe('complete');
    expect(parse([nested(1001)]).error?.position).toBe(1000);
    expect(parse([nested(999, '{}')]).status).toBe('complete');
    expect(parse([nested(1000, '{}')]).error?.position).toBe(1000);
  });

  it('counts open containers, not all containers', () => {
    expect(parse([nested(998, '[],[],{"a":[]},[{}]')]).status).toBe('complete');
  });

  it('shows every level of the deepest value while it is open', () => {
    const parser = new IncrementalJsonParser();
    for (const bracket of '['.repeat(1000)) {
      parser.push(bracket);
      expect(parser.value).toBeInstanceOf(Array);
    }
    let depth = 0;
    for (let value = parser.value; Array.isArray(value); value = value[0] as unknown) depth++;

    expect(depth).toBe(1000);
  });

  it('accepts a text of the greatest length and no longer', () => {
    expect(parse(['[1]', ' '.repeat(longest - 3)]).status).toBe('complete');
    expect(parse(['[1]', ' '.repeat(longest - 3), '']).status).toBe('complete');
    expect(parse(['[1]', ' '.repeat(longest - 3), ' ']).status).toBe('invalid');
    expect(parse(['[1]', ' '.repeat(longest - 2)]).error?.position).toBe(longest);
  });

  it('keeps what was read before the limit of length', () => {
    expect(parse([' '.repeat(longest - 6), '[1,"abc"]']).value).toEqual([1, 'ab']);
  });

  it('reports an earlier fault rather than the limit of length', () => {
    expect(parse([`[,${' '.repeat(longest)}`]).error?.position).toBe(1);
  });
});
