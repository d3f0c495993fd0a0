import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import { parse, codeUnits, entriesOf, isJson } from './support/jsonTexts.js';

describe('IncrementalJsonParser: texts that JSON.parse accepts', () => {
  it.each([
    '0',
    '-0',
    '12',
    '1.5E-7',
    '1e400',
    '-1e400',
    '1e-400',
    '12345678901234567890',
    '0.1e+1',
    'true',
    'false',
    'null',
    '""',
    ' \t\r\n{} \t\r\n',
    '[ ]',
    '[[],{},[{}]]',
    '{"":{"":[]}}',
    '{"a":1,"b":2,"a":3}',
    '{"a":{"x":1},"a":[2]}',
    '{"a":0,"a":-0}',
    '{"b":1,"10":2,"a":3,"9":4,"b":5}',
    '{"__proto__":1}',
    '{"__proto__":{"polluted":true},"a":1}',
    '{"a":1,"__proto__":[],"__proto__":{"b":"c"}}',
    '{"constructor":1,"toString":"x","hasOwnProperty":null}',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\u0000"',
    '"\u007f\u2028\u2029"',
    '"\\ud83d\\ude00\\ud83d\\ude00\\ude00\\ud83d"',
  ])('have the same value: %j', (text) => {
    const expected: unknown = JSON.parse(text);
    for (const fragments of [[text], codeUnits(text)]) {
      const parser = parse(fragments);
      expect(parser.status).toBe('complete');
      expect(parser.value).toStrictEqual(expected);
      expect(entriesOf(parser.value)).toStrictEqual(entriesOf(expected));
    }
  });

  it('sets no prototype and pollutes none', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{"__proto__":{"polluted":"ye');
    const open = parser.value;
    parser.push('s"}}');

    for (const value of [open, parser.value]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(entriesOf(value).map(([key]) => key)).toEqual(['__proto__']);
      expect(value).not.toHaveProperty('polluted');
    }
    expect({}).not.toHaveProperty('polluted');
  });

  it('calls no setter of Object.prototype', () => {
    const set = jest.fn();
    Object.defineProperty(Object.prototype, 'trap', { set, configurable: true });
    try {
      expect(entriesOf(parse(['{"trap":1}']).value)).toEqual([['trap', 1]]);
      expect(set).not.toHaveBeenCalled();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap');
    }
  });
});

describe('IncrementalJsonParser: texts that are not JSON', () => {
  it.each([
    ['a leading zero', '[01]', 2],
    ['a point without a fraction', '[1.]', 3],
    ['a point without an integer', '[.5]', 1],
    ['a plus sign', '[+1]', 1],
    ['a minus sign alone', '[-]', 2],
    ['an exponent without digits', '[1e]', 3],
    ['a sign without digits', '[1e+]', 4],
    ['two exponents', '[1e1e1]', 4],
    ['a number that runs into letters', '12x', 2],
    ['a broken keyword', 'tru!', 3],
    ['a keyword in capitals', 'True', 0],
    ['a keyword that runs on', 'nulll', 4],
    ['NaN', 'NaN', 0],
    ['a comma before the end of an array', '[1,]', 3],
    ['a comma before the end of an object', '{"a":1,}', 7],
    ['a comma at the start', '[,1]', 1],
    ['a missing comma', '[1 2]', 3],
    ['a missing colon', '{"a" 1}', 5],
    ['a missing value', '{"a":}', 5],
    ['a key without quotes', '{a:1}', 1],
    ['a number as key', '{1:1}', 1],
    ['the wrong closing bracket of an array', '[1}', 2],
    ['the wrong closing bracket of an object', '{"a":1]', 6],
    ['a closing bracket first', ']', 0],
    ['a line feed in a string', '"a\nb"', 2],
    ['the last control character in a string', '"a\u001f"', 2],
    ['a null character in a string', '"\u0000"', 1],
    ['single quotes', "'a'", 0],
    ['an unknown escape', '"\\x41"', 2],
    ['an escape that is not hexadecimal', '"\\u12G4"', 5],
    ['a byte order mark', '\ufeff1', 0],
    ['a non-breaking space', '[\u00a01]', 1],
    ['a form feed', '\f1', 0],
    ['a comment', '[1/**/]', 2],
    ['a second value', '{} {}', 3],
    ['a comma after the value', '1,', 1],
  ])('are invalid at %s', (_, text, position) => {
    const parser = parse([text]);

    expect(isJson(text)).toBe(false);
    expect(parser.status).toBe('invalid');
    expect(parser.error?.position).toBe(position);
  });

  it.each(['', ' ', '{', '[1', '[1,', '{"a"', '{"a":1', '"a', '"\\', '"\\u00', '-', '1.', '1e', '1e+', 'nul'])(
    'are truncated when they are %j',
    (text) => {
      const parser = new IncrementalJsonParser();
      parser.push(text);
      expect(parser.status).toBe('partial');
      expect(parser.error).toBeUndefined();

      parser.end();
      expect(parser.status).toBe('truncated');
      expect(parser.error?.position).toBe(text.length);
    },
  );
});

describe('IncrementalJsonParser: states', () => {
  it('is complete as soon as the last bracket closes, and stays so with white space', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{}');
    expect(parser.status).toBe('complete');

    parser.push(' \n');
    expect(parser.status).toBe('complete');
  });

  it('is invalid when text follows the value, which stays', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{"a":1}');
    const complete = parser.value;
    parser.push(' x');

    expect(parser.status).toBe('invalid');
    expect(parser.value).toBe(complete);
  });

  it('ignores text after an error', () => {
    const parser = parse(['[1,]', '2]', 'x']);

    expect(parser.status).toBe('invalid');
    expect(parser.error?.position).toBe(3);
    expect(parser.value).toEqual([1]);
  });

  it('ignores text after the end, and a second end', () => {
    const parser = parse(['12']);
    parser.push('3');
    parser.end();

    expect(parser.status).toBe('complete');
    expect(parser.value).toBe(12);
  });
});
