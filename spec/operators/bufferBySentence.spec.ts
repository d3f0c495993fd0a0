import { bufferBySentence } from '../../src/index.js';
import { marbles } from '../support/marbles.js';
import { itBuffersText, splitOpenText, splitText } from './support/buffers.js';
import { withSegmenter } from './support/segments.js';

const splitSentences = (text: string, locale = 'en'): string[] => splitText(bufferBySentence({ locale }), text);

describe('bufferBySentence', () => {
  itBuffersText((options) => bufferBySentence({ locale: 'en', ...options }), 'bufferBySentence', [
    'It is 5. ',
    '“Really?” ',
    'Yes',
  ]);

  it(
    'emits a sentence when the next one begins, and the rest on completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a----b------c--|   ', { a: 'It is 5. Or', b: ' 6? Yes', c: '!' });
      const subs = '        ^----------------!   ';
      const expected = '    --x----y---------(z|)';

      expectObservable(source.pipe(bufferBySentence({ locale: 'en' }))).toBe(expected, {
        x: 'It is 5. ',
        y: 'Or 6? ',
        z: 'Yes!',
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  describe('a sentence', () => {
    it.each([
      ['“Really?” she asked. It rose 3.5 m, e.g. in May. Then', ['“Really?” ', 'she asked. ', 'It rose 3.5 m, e.g. in May. ', 'Then']], // prettier-ignore
      ['你好。再见！”他说。', ['你好。', '再见！”', '他说。']],
      ['नमस्ते। आप', ['नमस्ते। ', 'आप']],
      ['Dr. Li left.', ['Dr. ', 'Li left.']],
      ['Wait... what?! No (really.) No', ['Wait... what?! ', 'No (really.) ', 'No']],
    ])('ends where Intl.Segmenter says: %j', (text, sentences) => {
      expect(splitSentences(text)).toEqual(sentences);
    });

    it('ends with a line break, so that headings and items are sentences', () => {
      expect(splitSentences('# Tides\n\n- one\r\n- two\n')).toEqual(['# Tides\n\n', '- one\r\n', '- two\n']);
    });

    it('has the blank lines after it, and at the start of the text', () => {
      expect(splitSentences(' \n\n One. \n \n\n  Two.\n')).toEqual([' \n\n One. \n \n\n', '  Two.\n']);
      expect(splitSentences(' \n ')).toEqual([' \n ']);
    });

    it('is held back until a letter or a mark decides', () => {
      const operator = bufferBySentence({ locale: 'en' });

      expect(splitOpenText(operator, 'It is No.', ' 5', ' "')).toEqual([]);
      expect(splitOpenText(operator, 'It is No.', ' 5', ' "', 'o')).toEqual([]);
      expect(splitOpenText(operator, 'It is No.', ' 5', ' "', 'O')).toEqual(['It is No. ']);
      expect(splitOpenText(operator, 'It is No.', ' 5', '?')).toEqual(['It is No. ']);
      expect(splitText(operator, 'It is No. 5')).toEqual(['It is No. ', '5']);
    });

    it('needs no letter after a line break', () => {
      expect(splitOpenText(bufferBySentence({ locale: 'en' }), 'One\n', '\n', '-')).toEqual(['One\n\n']);
    });
  });

  describe('maxLength', () => {
    it('splits a longer sentence', () => {
      const operator = bufferBySentence({ locale: 'en', maxLength: 8 });

      expect(splitText(operator, 'abcdefghij. Kl. Mn')).toEqual(['abcdefgh', 'ij. ', 'Kl. ', 'Mn']);
      expect(splitOpenText(operator, 'abcdefghij. K')).toEqual(['abcdefgh', 'ij. ']);
    });

    it('splits no character that fits', () => {
      const operator = bufferBySentence({ locale: 'en', maxLength: 8 });

      expect(splitText(operator, '🇩🇪🇫🇷🇮🇹👩‍👩‍👧e\u0301')).toEqual(['🇩🇪🇫🇷', '🇮🇹', '👩‍👩‍👧', 'e\u0301']);
    });

    it('is 4096 by default', () => {
      expect(splitSentences('x'.repeat(5000)).map(({ length }) => length)).toEqual([4096, 904]);
    });
  });

  it('splits a long sentence only where it ends, however it arrives', () => {
    for (const unit of ['U.S.', '3.', 'a.b', 'e\u0301', '😀', 'a '] as const) {
      const text = `${unit.repeat(300)}. B`;
      const fragments = Array.from(text);

      expect(splitText(bufferBySentence({ locale: 'en' }), fragments)).toEqual([text.slice(0, -1), 'B']);
    }
  });

  describe('options', () => {
    it.each(['x_y', '', 'not a locale'])('throws a RangeError for the locale %j at call time', (locale) => {
      expect(() => bufferBySentence({ locale })).toThrow(RangeError);
      expect(() => bufferBySentence({ locale })).toThrow(
        `bufferBySentence: locale must be a language tag, such as 'en' or 'zh-Hant', got '${locale}'.`,
      );
    });

    it('uses the locale', () => {
      expect(splitSentences('Τι; Ναι.', 'el')).toEqual(['Τι; ', 'Ναι.']);
      expect(splitSentences('Τι; Ναι.', 'el-CY')).toEqual(['Τι; ', 'Ναι.']);
      expect(splitSentences('Τι; Ναι.', 'en')).toEqual(['Τι; Ναι.']);
      expect(splitSentences('Hi. 12; apples', 'en')).toEqual(['Hi. 12; apples']);
    });

    it('throws a TypeError at call time if the runtime has no Intl.Segmenter', () => {
      withSegmenter(undefined, () => {
        expect(() => bufferBySentence()).toThrow(TypeError);
        expect(() => bufferBySentence()).toThrow('bufferBySentence: this runtime has no Intl.Segmenter');
      });
    });
  });
});
