/** What `bufferByPunctuation` takes every UTF-16 code unit for. */
import { onlyMarks, piecesOf } from './support/pieces.js';

describe('bufferByPunctuation: every code unit', () => {
  it('takes for white space exactly the code units at which a line may break', () => {
    const split = codeUnits().filter((unit) => piecesOf(`One.${unit}two`, onlyMarks)[0] === 'One.');

    expect(split.join('')).toBe(
      '\t\n\v\f\r \u0085\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u200b\u2028\u2029\u205f\u3000',
    );
  });

  it('takes for a Chinese or Japanese character exactly Hiragana, Katakana and Han', () => {
    const split = codeUnits().filter((unit) => piecesOf(`${unit}x`, { minLength: 1, marks: '' }).length === 2);
    const expected = codeUnits().filter((unit) => {
      return /^[々\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]$/.test(unit) && /\p{L}/u.test(unit);
    });

    expect(split.join('')).toBe(expected.join(''));
  });
});

/** All UTF-16 code units, lone surrogates too. */
function codeUnits(): string[] {
  return Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
}
