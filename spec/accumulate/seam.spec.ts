import * as fc from 'fast-check';
import { Seam } from '../../src/accumulate/seam.js';

/** Returns the text after a continuation in pieces has been added. */
function joined(before: string, pieces: readonly string[]): string {
  const seam = new Seam(before);
  return before + pieces.map((piece) => seam.add(piece)).join('') + seam.end();
}

describe('Seam', () => {
  it.each([
    ['no white space', 'Hel', ['lo'], 'Hello'],
    ['white space before only', 'Hello ', ['world'], 'Hello world'],
    ['white space after only', 'Hello', [' world'], 'Hello world'],
    ['the same before and after', 'Hello ', [' world'], 'Hello world'],
    ['more after', 'Hello\n', ['\n\nworld'], 'Hello\n\nworld'],
    ['more before', 'Hello\n\n', ['\nworld'], 'Hello\n\nworld'],
    ['a break after a space', 'Hello. ', [' \nworld'], 'Hello. \nworld'],
    ['other white space after', 'Hello ', ['\n\nworld'], 'Hello \n\nworld'],
    ['the indentation of a new line', 'a:\n', ['  - b'], 'a:\n  - b'],
    ['a line and its indentation again', 'a:\n', ['\n  - b'], 'a:\n  - b'],
    ['white space in pieces', 'Hello \n', [' ', '\n', 'world'], 'Hello \nworld'],
    ['nothing but white space', 'Hello ', [' ', '\n'], 'Hello \n'],
    ['nothing', 'Hello ', [], 'Hello '],
    ['empty pieces', 'Hello ', ['', ' ', '', 'world'], 'Hello world'],
    ['nothing before', '', ['  world'], '  world'],
    [
      'half a surrogate pair that is repeated as a complete character',
      'Hi \ud83d',
      ['\ud83d\udc4b!'],
      'Hi \ud83d\udc4b!',
    ],
    ['half a surrogate pair that is followed by the other half', 'Hi \ud83d', ['\udc4b!'], 'Hi \ud83d\udc4b!'],
    ['white space later on', 'Hello ', ['world ', ' of'], 'Hello world  of'],
  ])('joins %s', (_, before, pieces, text) => {
    expect(joined(before, pieces)).toBe(text);
  });

  it('holds back leading white space until other text arrives, and nothing after that', () => {
    const seam = new Seam('a ');

    expect(['', ' ', '\n', 'b', ' ', 'c'].map((piece) => seam.add(piece))).toEqual(['', '', '', '\nb', ' ', 'c']);
    expect(seam.end()).toBe('');
  });

  it('lets the next block repeat the rest of the white space', () => {
    const seam = new Seam('Hello \n');

    expect([seam.add(' '), seam.endBlock(), seam.add('\nworld'), seam.end()]).toEqual(['', '', 'world', '']);
  });

  it('returns the white space of a block that is not a repetition', () => {
    const seam = new Seam('Hello ');

    expect([seam.add('\n'), seam.endBlock(), seam.add(' world')]).toEqual(['', '\n', ' world']);
  });

  it('compares at most 200 code units of white space', () => {
    expect(joined(`a${' '.repeat(300)}`, [`${' '.repeat(300)}b`])).toBe(`a${' '.repeat(400)}b`);
  });

  it('restores a text that was split anywhere, whether the white space at the seam is repeated or not', () => {
    const piece = fc.stringMatching(/^[a ]{0,4}$/);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(30), fc.boolean(), (words, at, again) => {
        const text = `x${words.join('')}x`;
        const before = text.slice(0, 1 + (at % text.length));
        const rest = text.slice(again ? before.trimEnd().length : before.length);
        fc.pre(again || !(/\s$/.test(before) && /^\s/.test(rest))); // ambiguous: a repetition cannot be told from more white space
        expect(joined(before, Array.from(rest))).toBe(text);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
