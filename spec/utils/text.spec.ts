import fc from 'fast-check';
import { createAppender, excerpt, isHighSurrogate } from '../../src/utils/text.js';

describe('createAppender', () => {
  it('returns the same text as +=', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 3000 }), { maxLength: 50 }), (pieces) => {
        const append = createAppender();
        let text = '';
        for (const piece of pieces) {
          const before = text;
          text = append(text, piece);

          expect(text).toBe(before + piece);
        }
        expect(text).toBe(pieces.join(''));
      }),
    );
  });

  it('continues any text', () => {
    const append = createAppender();

    expect(append('Once', ' upon')).toBe('Once upon');
    expect(append('Once', ' more')).toBe('Once more');
    expect(append('', 'anew')).toBe('anew');
    expect(append('anew', '')).toBe('anew');
  });

  it('preserves a surrogate pair that arrives in halves', () => {
    const append = createAppender();
    const half = append('x'.repeat(5000), '\ud83d');

    expect(append(half, '\ude80')).toBe(`${'x'.repeat(5000)}🚀`);
  });
});

it('isHighSurrogate is true for the first half of a surrogate pair', () => {
  expect([0xd7ff, 0xd800, 0xdbff, 0xdc00].map(isHighSurrogate)).toEqual([false, true, true, false]);
});

it('excerpt returns the first 200 UTF-16 code units, with an ellipsis if there are more', () => {
  expect(excerpt('x'.repeat(200))).toBe('x'.repeat(200));
  expect(excerpt('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
});
