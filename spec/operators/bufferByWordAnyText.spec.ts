import * as fc from 'fast-check';
import { bufferByWord } from '../../src/index.js';
import { fragmentsOf, itSplitsAnyText, splitCharacters, splitOpenText, splitText } from './support/buffers.js';
import { UNITS, wordsOf } from './support/segments.js';

const UNSPACED = ['中文', '我们', '东京', 'スカイ', 'ー', 'は', 'ไทย', 'ประเทศ', 'ລາວ', '、', '。', '？', 'が\u3099'];

const create = (options: { readonly maxLength?: number } = {}) => bufferByWord({ locale: 'en', ...options });

describe('bufferByWord: any text', () => {
  itSplitsAnyText(create, UNITS, 1);

  describe('with scripts without spaces', () => {
    itSplitsAnyText(create, [...UNITS, ...UNSPACED, ...UNSPACED], 2);
  });

  it('emits the words of Intl.Segmenter', () => {
    fc.assert(
      fc.property(fragmentsOf(UNITS), (fragments) => {
        expect(splitText(create(), fragments)).toEqual(wordsOf(fragments.join('')));
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it('emits a word before the next one is complete', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('one', 'two', 'é', '3.14', '한국'), { minLength: 2 }), (words) => {
        const pieces = splitOpenText(create(), ...Array.from(words.join(' ')));

        expect(pieces).toEqual(words.slice(0, -1).map((word) => `${word} `));
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('splits no character that fits', () => {
    const units = [...UNITS, ...UNSPACED].filter((unit) => !/^[\ud800-\udfff]$/.test(unit));
    fc.assert(
      fc.property(fragmentsOf(units), fc.constantFrom(60, 4096), (fragments, maxLength) => {
        expect(splitCharacters(splitText(create({ maxLength }), fragments))).toEqual([]);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
