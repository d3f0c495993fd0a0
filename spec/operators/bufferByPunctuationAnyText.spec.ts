import * as fc from 'fast-check';
import { piecesOf, timed } from './support/pieces.js';

describe('bufferByPunctuation: properties', () => {
  describe('for any text, in any fragments', () => {
    it('emits pieces that hold a letter or a digit, except the last one and those of maxLength', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = piecesOf(given, { ...chosen, maxLength: Infinity }).slice(0, -1);

          expect(pieces.filter((piece) => !/[\p{L}\p{N}]/u.test(piece))).toEqual([]);
        }),
        { seed: 5, numRuns: 500 },
      );
    });

    it('splits no combining mark and no variation selector from its character', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = piecesOf(given, { ...chosen, maxLength: Infinity }).slice(1);

          expect(pieces.filter((piece) => /^(?:\p{M}|\p{Emoji_Modifier}|\u200d)/u.test(piece))).toEqual([]);
        }),
        { seed: 6, numRuns: 500 },
      );
    });

    it('ends a piece before each line break that follows a letter or a digit', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = piecesOf(given, chosen);

          expect(pieces.filter((piece) => /[\p{L}\p{N}].*[\n\r\u2028\u2029]/su.test(piece))).toEqual([]);
        }),
        { seed: 7, numRuns: 500 },
      );
    });

    it('emits pieces that join to the text, none of them empty', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = piecesOf(given, chosen);

          expect(pieces.join('')).toBe(given.join(''));
          expect(pieces).not.toContain('');
        }),
        { seed: 1, numRuns: 500 },
      );
    });

    it('ends the pieces in the same places', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          expect(piecesOf(given, chosen)).toEqual(piecesOf(given.join(''), chosen));
          expect(piecesOf(given, chosen)).toEqual(piecesOf(given.join('').split(''), chosen));
        }),
        { seed: 2, numRuns: 500 },
      );
    });

    it('emits no piece longer than maxLength, and splits no surrogate pair', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = piecesOf(given, chosen);

          expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(chosen.maxLength);
          expect(pieces.filter((piece, i) => splitsPair(piece, pieces[i + 1]))).toEqual([]);
        }),
        { seed: 3, numRuns: 500 },
      );
    });

    it('does the same with maxWaitMs', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(9), fragment())), options(), (given, chosen) => {
          const { pieces, push, source, scheduler } = timed(5, chosen);
          let time = 0;
          for (const [pause, text] of given) {
            time += pause;
            scheduler.schedule(() => {
              push(text);
            }, time);
          }
          scheduler.schedule(() => {
            source.complete();
          }, time);
          scheduler.flush();

          expect(pieces.join('')).toBe(given.map(([, text]) => text).join(''));
          expect(pieces).not.toContain('');
          expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(chosen.maxLength);
          expect(pieces.filter((piece, i) => splitsPair(piece, pieces[i + 1]))).toEqual([]);
        }),
        { seed: 4, numRuns: 500 },
      );
    });
  });
});

/** Characters that decide where a piece ends, and any others. */
function character(): fc.Arbitrary<string> {
  const chosen = Array.from(
    '.,:!? \n\u00a0\u2028aaBs135。，．：…۔」）”“„«»"\')*中文のーッ々３😀\u0301\ufe0f\u{e0100}\u200d🏽',
  );
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...chosen, '\ud83d', '\ude00', '👨‍👩‍👧', 'Dr.', 'etc.', ' 12. ') },
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
}

function fragment(): fc.Arbitrary<string> {
  return fc.string({ unit: character(), maxLength: 12 });
}

/** A text that is split anywhere, even inside surrogate pairs. */
function fragments(): fc.Arbitrary<string[]> {
  return fc
    .tuple(fc.string({ unit: character(), maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 8 }))
    .map(([text, places]) => {
      const ends = [0, ...places, text.length].map((place) => Math.min(place, text.length)).sort((a, b) => a - b);
      return ends.slice(1).map((end, i) => text.slice(ends[i], end));
    });
}

function options(): fc.Arbitrary<{ minLength: number; maxLength: number }> {
  return fc.record({
    minLength: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(Infinity)),
    maxLength: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.constant(4096)),
  });
}

function splitsPair(piece: string, next = ''): boolean {
  return /[\ud800-\udbff]$/.test(piece) && /^[\udc00-\udfff]/.test(next);
}
