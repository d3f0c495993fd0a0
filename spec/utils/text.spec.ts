import fc from 'fast-check';
import { createAppender } from '../../src/utils/text.js';

describe('appending', () => {
  it('makes the text that its pieces make', () => {
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

  it('goes on from any text', () => {
    const append = createAppender();

    expect(append('Once', ' upon')).toBe('Once upon');
    expect(append('Once', ' more')).toBe('Once more');
    expect(append('', 'anew')).toBe('anew');
    expect(append('anew', '')).toBe('anew');
  });

  it('keeps halves of a surrogate pair that come apart', () => {
    const append = createAppender();
    const half = append('x'.repeat(5000), '\ud83d');

    expect(append(half, '\ude80')).toBe(`${'x'.repeat(5000)}🚀`);
  });
});
