import * as fc from 'fast-check';
import { bufferBySentence } from '../../src/index.js';
import { fragmentsOf, itSplitsAnyText, splitCharacters, splitText } from './support/buffers.js';
import { sentencesOf, UNITS } from './support/segments.js';

const MORE_UNITS = [...UNITS, '中文', '。', '？', 'ไทย', 'नमस्ते', '।', 'Τι', '; '];

const create = (options: { readonly maxLength?: number } = {}) => bufferBySentence({ locale: 'en', ...options });

describe('bufferBySentence: any text', () => {
  itSplitsAnyText(create, MORE_UNITS, 1);

  it.each(['en', 'el', 'ja'])('emits the sentences of Intl.Segmenter: %s', (locale) => {
    fc.assert(
      fc.property(fragmentsOf(MORE_UNITS), (fragments) => {
        expect(splitText(bufferBySentence({ locale }), fragments)).toEqual(sentencesOf(fragments.join(''), locale));
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('does so with parts that are repeated, so that the text is settled', () => {
    const part = fc
      .tuple(fc.constantFrom(...MORE_UNITS), fc.constantFrom(1, 1, 1, 150))
      .map(([unit, count]) => unit.repeat(count));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), fc.integer({ min: 1, max: 300 }), (parts, length) => {
        const text = parts.join('');
        const fragments = text.match(new RegExp(`[^]{1,${length}}`, 'g')) ?? [];
        const operator = bufferBySentence({ locale: 'en', maxLength: Infinity });

        expect(splitText(operator, fragments)).toEqual(sentencesOf(text));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('splits no character that fits', () => {
    fc.assert(
      fc.property(fragmentsOf(MORE_UNITS), fc.constantFrom(60, 4096), (fragments, maxLength) => {
        expect(splitCharacters(splitText(create({ maxLength }), fragments))).toEqual([]);
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});
