import * as fc from 'fast-check';
import { bufferByLine } from '../../src/index.js';
import { fragmentsOf, itSplitsAnyText, splitCharacters, splitText } from './support/buffers.js';

const UNITS = ['a', 'line', ' ', '\n', '\n', '\r', '\r\n', '\u2028', '😀', '\ud83d', '\ude00', 'e\u0301', '👩‍👩‍👧', '🇩🇪'];

describe('bufferByLine: any text', () => {
  itSplitsAnyText(bufferByLine, UNITS, 1);

  it('emits the lines that a regular expression finds', () => {
    fc.assert(
      fc.property(fragmentsOf(UNITS), (fragments) => {
        const lines = fragments.join('').match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];

        expect(splitText(bufferByLine(), fragments)).toEqual(lines);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('splits no character that fits', () => {
    fc.assert(
      fc.property(fragmentsOf(UNITS.filter((unit) => unit.length !== 1)), (fragments) => {
        expect(splitCharacters(splitText(bufferByLine({ maxLength: 60 }), fragments))).toEqual([]);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
