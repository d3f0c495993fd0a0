import { concatMap, delay, of } from 'rxjs';
import { bufferByWord } from '../../src/index.js';
import { marbles } from '../support/marbles.js';
import { itBuffersText, splitOpenText, splitText } from './support/buffers.js';
import { withSegmenter } from './support/segments.js';

const splitWords = (text: string, locale = 'en'): string[] => splitText(bufferByWord({ locale }), text);

describe('bufferByWord', () => {
  itBuffersText((options) => bufferByWord({ locale: 'en', ...options }), 'bufferByWord', ['One, ', '“two” ', 'three']);

  it(
    'emits a word when the next one begins, and the rest on completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a---b------c--|   ', { a: 'The ti', b: 'de (no', c: 'on).' });
      const subs = '        ^---------------!   ';
      const expected = '    --x---y---------(z|)';

      expectObservable(source.pipe(bufferByWord({ locale: 'en' }))).toBe(expected, {
        x: 'The ',
        y: 'tide ',
        z: '(noon).',
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'is the source of a text that appears word by word',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' a|                         ', { a: 'One two three.' });
      const expected = '    ----------x---------y---------(z|)';
      const paced = source.pipe(
        bufferByWord({ locale: 'en' }),
        concatMap((word) => of(word).pipe(delay(10))),
      );

      expectObservable(paced).toBe(expected, { x: 'One ', y: 'two ', z: 'three.' });
    }),
  );

  describe('a word', () => {
    it('has the punctuation and the white space around it', () => {
      expect(splitWords('Don\'t wait, it\'s a "fact" (so\u00a0to say) — 3.14!')).toEqual([
        ...["Don't ", 'wait, ', "it's ", 'a ', '"fact" ', '(so\u00a0', 'to ', 'say) ', '— ', '3.14!'],
      ]);
    });

    it('ends between two words without white space', () => {
      expect(splitWords('well-known foo.bar(baz)')).toEqual(['well-', 'known ', 'foo.bar(', 'baz)']);
      expect(splitWords('日本 and Korea한국')).toEqual(['日本 ', 'and ', 'Korea', '한국']);
    });

    it('has all white space after it', () => {
      expect(splitWords('one\n\n    two\t\r\nthree')).toEqual(['one\n\n    ', 'two\t\r\n', 'three']);
    });

    it('has the white space at the start of the text, if it is the first one', () => {
      expect(splitWords(' \n one two')).toEqual([' \n one ', 'two']);
      expect(splitWords(' \n ')).toEqual([' \n ']);
    });

    it('may be punctuation between white space', () => {
      expect(splitWords('- one\n- two 🚢 !')).toEqual(['- ', 'one\n', '- ', 'two ', '🚢 ', '!']);
    });

    it('is held back while it may grow', () => {
      const operator = bufferByWord({ locale: 'en' });

      expect(splitOpenText(operator, 'one')).toEqual([]);
      expect(splitOpenText(operator, 'one', ' ')).toEqual([]);
      expect(splitOpenText(operator, 'one', ' ', '\n')).toEqual([]);
      expect(splitOpenText(operator, 'one', ' ', '\n', 't')).toEqual(['one \n']);
      expect(splitOpenText(operator, '3', '.', '1', '4', ' ', '-')).toEqual(['3.14 ']);
    });
  });

  describe('maxLength', () => {
    it('splits a longer word', () => {
      const operator = bufferByWord({ locale: 'en', maxLength: 4 });

      expect(splitText(operator, 'abcdefghij kl mn')).toEqual(['abcd', 'efgh', 'ij ', 'kl ', 'mn']);
      expect(splitOpenText(operator, 'abcdefghij')).toEqual(['abcd', 'efgh']);
    });

    it('splits no character that fits', () => {
      const operator = bufferByWord({ locale: 'en', maxLength: 8 });

      expect(splitText(operator, '🇩🇪🇫🇷🇮🇹👩‍👩‍👧ne\u0301e\u0301e\u0301e\u0301')).toEqual([
        ...['🇩🇪🇫🇷', '🇮🇹', '👩‍👩‍👧', 'ne\u0301e\u0301e\u0301', 'e\u0301'],
      ]);
    });

    it('is 4096 by default', () => {
      expect(splitWords('x'.repeat(5000)).map(({ length }) => length)).toEqual([4096, 904]);
    });
  });

  describe('a long word', () => {
    it('is emitted with the fragment that shows its end', () => {
      const operator = bufferByWord({ locale: 'en' });

      expect(splitOpenText(operator, ...Array.from('x'.repeat(1000)), '. ', 'y')).toEqual([`${'x'.repeat(1000)}. `]);
      expect(splitOpenText(operator, 'x'.repeat(1000), '-', 'y')).toEqual([`${'x'.repeat(1000)}-`]);
    });

    it('is not split where it is searched again', () => {
      for (const unit of ['１．０', 'א"ב', 'a.b', '3,', 'e\u0301', '😀', '-', ' ', '_a']) {
        const text = unit.repeat(400);

        expect(splitText(bufferByWord({ locale: 'en' }), Array.from(text))).toEqual([text]);
        expect(splitText(bufferByWord({ locale: 'en' }), text)).toEqual([text]);
      }
    });
  });

  describe('options', () => {
    it.each(['x_y', '', 'not a locale'])('throws a RangeError for the locale %j at call time', (locale) => {
      expect(() => bufferByWord({ locale })).toThrow(RangeError);
      expect(() => bufferByWord({ locale })).toThrow(
        `bufferByWord: locale must be a language tag, such as 'en' or 'zh-Hant', got '${locale}'.`,
      );
    });

    it('uses the locale', () => {
      const locales: unknown[] = [];
      class Recorded extends Intl.Segmenter {
        constructor(...[locale, options]: ConstructorParameters<typeof Intl.Segmenter>) {
          if (options?.granularity === 'word') locales.push(locale);
          super(locale, options);
        }
      }
      withSegmenter(Recorded, () => {
        bufferByWord({ locale: 'th' });
      });

      expect(locales).toEqual(['th']);
    });

    it('uses the locale of the runtime by default', () => {
      expect(splitText(bufferByWord(), 'one two')).toEqual(['one ', 'two']);
      expect(splitText(bufferByWord({ locale: undefined, maxLength: undefined }), 'one two')).toEqual(['one ', 'two']);
    });

    it('throws a TypeError at call time if the runtime has no Intl.Segmenter', () => {
      withSegmenter(undefined, () => {
        expect(() => bufferByWord()).toThrow(TypeError);
        expect(() => bufferByWord()).toThrow('bufferByWord: this runtime has no Intl.Segmenter');
      });
    });
  });
});
