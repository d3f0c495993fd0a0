import { Subject } from 'rxjs';
import { bufferByPunctuation } from '../../src/index.js';
import { onlyMarks, piecesOf } from './support/pieces.js';

describe('bufferByPunctuation: marks and words', () => {
  describe('marks', () => {
    it.each(['.', ',', ';', ':', '!', '?'])('ends a piece at %s when white space follows', (mark) => {
      for (const space of [' ', '\n', '\r\n', '\t', '\u3000', '\u2003']) {
        expect(piecesOf(`One${mark}${space}two`, onlyMarks)).toEqual([`One${mark}`, `${space}two`]);
      }
    });

    it.each(['.', ',', ';', ':', '!', '?'])('does not end a piece at %s when anything else follows', (mark) => {
      expect(piecesOf(`One${mark}two${mark}\u00a0three${mark}\u2007four${mark}5`, onlyMarks)).toHaveLength(1);
    });

    it.each(['。', '、', '，', '；', '：', '！', '？', '．', '｡', '､', '…', '‥', '؟', '،', '؛', '।', '॥'])(
      'ends a piece at %s whatever follows',
      (mark) => {
        expect(piecesOf(`一二${mark}三四`, onlyMarks)).toEqual([`一二${mark}`, '三四']);
        expect(piecesOf(`ab${mark} cd`, onlyMarks)).toEqual([`ab${mark}`, ' cd']);
      },
    );

    it('ends a piece when the character after the white space arrives, not with the mark', () => {
      const pieces: string[] = [];
      const source = new Subject<string>();
      source.pipe(bufferByPunctuation()).subscribe((piece) => pieces.push(piece));

      source.next('Yes.');
      expect(pieces).toEqual([]);
      source.next(' ');
      expect(pieces).toEqual([]);
      source.next('N');
      expect(pieces).toEqual(['Yes.']);
      source.complete();
      expect(pieces).toEqual(['Yes.', ' N']);
    });

    it.each([
      ['a decimal number', 'It is 3.14 m'],
      ['a thousands separator', 'It is 1,000.5 m'],
      ['a time', 'It is 12:30:45.678 now'],
      ['an abbreviation of single letters', 'Fruit e.g. pears i.e. not z. B. plums'],
      ['initials', 'By J. S. Bach at 10 a.m. and more'],
      ['initials after an opening quote', 'By “J. S. Bach” and „J. S. Bach'],
      ['initials of other scripts', 'Это А. С. Пушкин'],
      ['a date', 'Am 3. Oktober'],
      ['a file name', 'Open src/index.test.ts now'],
      ['a version', 'Use v1.2.3-rc.4 now'],
      ['an e-mail address', 'Ask a.b@example.com now'],
      ['a URL', 'See https://user:pass@example.com:8080/a.b/c,d;e?f=g.h&i=j,k!l?m#n:o now'],
      ['an IPv6 address', 'See http://[::1]:80/a now'],
      ['code', 'Call a?.b(c,d);e::f!.g now'],
      ['an emoji', 'So 👨‍👩‍👧 it 🇩🇪 is'],
      ['a full-width decimal number', '３．１４メートル'],
      ['a full-width thousands separator', '１，０００円'],
      ['a time with a full-width colon', '下午3：30开始'],
    ])('does not split %s', (_, text) => {
      expect(piecesOf(text, onlyMarks)).toEqual([text]);
    });

    it('ends a piece at a mark after a URL, an abbreviation or a number', () => {
      expect(piecesOf('See https://example.com/a?b=c.d&e=f,gh. Then go', onlyMarks)).toEqual([
        'See https://example.com/a?b=c.d&e=f,gh.',
        ' Then go',
      ]);
      expect(piecesOf('Is it https://example.com/?q? Yes', onlyMarks)).toEqual([
        'Is it https://example.com/?q?',
        ' Yes',
      ]);
      expect(piecesOf('请看https://example.com/a?b=c.d。然后', onlyMarks)).toEqual([
        '请看https://example.com/a?b=c.d。',
        '然后',
      ]);
      expect(piecesOf('Take fruit, e.g., pears. It is 1,000.5, or 310. Yes', onlyMarks)).toEqual([
        'Take fruit,',
        ' e.g.,',
        ' pears.',
        ' It is 1,000.5,',
        ' or 310.',
        ' Yes',
      ]);
    });

    it('ends a piece at the full stop after a one-digit number that does not number a list item', () => {
      expect(piecesOf('It is 2.5. It is v1.0. It is $5. It is A4. Yes', onlyMarks)).toEqual([
        'It is 2.5.',
        ' It is v1.0.',
        ' It is $5.',
        ' It is A4.',
        ' Yes',
      ]);
    });

    it('ends a piece at a full-width mark that is not inside a number', () => {
      expect(piecesOf('价格：3元，5件。３．', onlyMarks)).toEqual(['价格：', '3元，', '5件。', '３．']);
      expect(piecesOf('共3。5件', onlyMarks)).toEqual(['共3。', '5件']);
    });

    it('ends a piece at a mark after half a surrogate pair', () => {
      expect(piecesOf('One\ud83d. Two', onlyMarks)).toEqual(['One\ud83d.', ' Two']);
    });

    it('keeps consecutive marks together', () => {
      expect(piecesOf('What?! No!!! Wait... so', onlyMarks)).toEqual(['What?!', ' No!!!', ' Wait...', ' so']);
      expect(piecesOf('什么？！不……等等。。。好', onlyMarks)).toEqual(['什么？！', '不……', '等等。。。', '好']);
    });

    it.each(['"', "'", ')', ']', '}', '»', '”', '’', '›', '“', '‘', '«', '‹', '*', '**', '_', '`', '.")', '.”)'])(
      'keeps a closing %s with the mark before it',
      (closer) => {
        expect(piecesOf(`It is so.${closer} Then`, onlyMarks)).toEqual([`It is so.${closer}`, ' Then']);
      },
    );

    it.each(['」', '』', '】', '）', '〉', '》', '〕', '］', '｝', '〗', '｣', '”', '’', '）」', '。」』'])(
      'keeps a closing %s with the Chinese or Japanese mark before it',
      (closer) => {
        expect(piecesOf(`是的。${closer}然后`, onlyMarks)).toEqual([`是的。${closer}`, '然后']);
      },
    );

    it('keeps an opening quote with the text that it opens', () => {
      expect(piecesOf('He said: "Hi." And: “Go.” Left', onlyMarks)).toEqual([
        'He said:',
        ' "Hi."',
        ' And:',
        ' “Go.”',
        ' Left',
      ]);
      expect(piecesOf('Er sagte: „Komm.“ Dann: »Geh.« Fort', onlyMarks)).toEqual([
        'Er sagte:',
        ' „Komm.“',
        ' Dann:',
        ' »Geh.«',
        ' Fort',
      ]);
      expect(piecesOf('他说：“你好。”她说：「再见。」然后', onlyMarks)).toEqual([
        '他说：',
        '“你好。”',
        '她说：',
        '「再见。」',
        '然后',
      ]);
    });

    it('keeps white space with the text after it', () => {
      expect(piecesOf('One.\n\nTwo.\r\n  Three.  Four', onlyMarks)).toEqual([
        'One.',
        '\n\nTwo.',
        '\r\n  Three.',
        '  Four',
      ]);
      expect(piecesOf('\n \n', { minLength: 1 })).toEqual(['\n \n']);
    });

    it('ends pieces only at the given marks', () => {
      expect(piecesOf('a, b| c。d; e', { marks: '|;', minLength: Infinity })).toEqual(['a, b|', ' c。d;', ' e']);
      expect(piecesOf('a. b, c', { marks: '', minLength: Infinity })).toEqual(['a. b, c']);
      expect(piecesOf('ab—cd—ef', { marks: '—', minLength: Infinity })).toEqual(['ab—', 'cd—', 'ef']);
    });

    it('accepts marks of two code units, and does not match half of one', () => {
      expect(piecesOf('Hot🔥Cold😀Warm', { marks: '🔥', minLength: Infinity })).toEqual(['Hot🔥', 'Cold😀Warm']);
    });

    it('recognizes marks of two code units only by a high and a low surrogate', () => {
      const marks = '\u{10000}\u{103ff}\u{10400}\uffff';

      expect(piecesOf('a\u{10000}b\u{103ff}c\ud800\ue000d\ud800\udbffe', { marks, minLength: Infinity })).toEqual([
        'a\u{10000}',
        'b\u{103ff}',
        'c\ud800\ue000d\ud800\udbffe',
      ]);
    });

    it('needs white space after a mark only if the mark is an ASCII character', () => {
      expect(piecesOf('a\x7fb\x80c', { marks: '\x7f\x80', minLength: Infinity })).toEqual(['a\x7fb\x80', 'c']);
    });

    it.each('．，：'.split(''))('does not split a number at %s, only between digits', (mark) => {
      const isWhole = (text: string) => piecesOf(text, onlyMarks).length === 1;
      const digits = '0123456789０１２３４５６７８９'.split('');
      const others = '/:／：a'.split('');

      expect(digits.every((digit) => isWhole(`${digit}${mark}5`) && isWhole(`5${mark}${digit}`))).toBe(true);
      expect(others.filter((other) => isWhole(`a${other}${mark}5`))).toEqual([]);
      expect(isWhole(`a5${mark}/`)).toBe(false);
      expect(isWhole(`a5${mark}a`)).toBe(false);
    });
  });

  describe('minLength', () => {
    it('ends a piece after the first word that reaches it', () => {
      expect(piecesOf('one two three four five')).toEqual(['one two three', ' four five']);
      expect(piecesOf('0123456789 x')).toEqual(['0123456789', ' x']);
      expect(piecesOf('012345678 x y')).toEqual(['012345678 x', ' y']);
    });

    it('ends a piece after every word if it is 1', () => {
      expect(piecesOf('I am  a\nline', { minLength: 1 })).toEqual(['I', ' am', '  a', '\nline']);
    });

    it('waits for the end of a long word', () => {
      expect(piecesOf('https://example.com/a-very-long-path and more')).toEqual([
        'https://example.com/a-very-long-path',
        ' and more',
      ]);
    });

    it('does not end a word at a no-break space', () => {
      expect(piecesOf('1\u00a0000\u202f000\u2007000\ufeff000\u00a0000 m')).toHaveLength(2);
    });

    it('ends a Chinese or Japanese word at each character', () => {
      expect(piecesOf('没有标点的中文文本也会被切开', { minLength: 5 })).toEqual([
        '没有标点的',
        '中文文本也',
        '会被切开',
      ]);
      expect(piecesOf('ひらがなカタカナと漢字', { minLength: 4 })).toEqual(['ひらがな', 'カタカナ', 'と漢字']);
    });

    it('does not split Chinese or Japanese before a mark, a closing bracket or the rest of a syllable', () => {
      expect(piecesOf('一二三四。五六', { minLength: 4 })).toEqual(['一二三四。', '五六']);
      expect(piecesOf('「一二三四」五六', { minLength: 5 })).toEqual(['「一二三四」五', '六']);
      expect(piecesOf('コンピューター', { minLength: 4 })).toEqual(['コンピュー', 'ター']);
      expect(piecesOf('いろいろな人々がいらっしゃって', { minLength: 6 })).toEqual([
        'いろいろな人々',
        'がいらっしゃっ',
        'て',
      ]);
      expect(piecesOf('か\u3099き\u3099く\u3099', { minLength: 1 })).toEqual(['か\u3099', 'き\u3099', 'く\u3099']);
    });

    it('does not end pieces at words if it is Infinity', () => {
      const text = 'so many words and not a single mark '.repeat(20);

      expect(piecesOf(text, onlyMarks)).toEqual([text]);
      expect(piecesOf('没有标点'.repeat(100), onlyMarks)).toHaveLength(1);
    });
  });

  describe('real prose', () => {
    it('is split for speech', () => {
      expect(
        piecesOf(
          'The value of π is about 3.14159, i.e., "a bit more than 3". See https://example.com/pi?digits=5. OK?',
        ),
      ).toEqual([
        'The value of',
        ' π is about',
        ' 3.14159,',
        ' i.e.,',
        ' "a bit more',
        ' than 3".',
        ' See https://example.com/pi?digits=5.',
        ' OK?',
      ]);
      expect(piecesOf('Das Haus, z. B. am See, ist schön. „Wirklich?“ Ja!')).toEqual([
        'Das Haus,',
        ' z. B. am See,',
        ' ist schön.',
        ' „Wirklich?“',
        ' Ja!',
      ]);
      expect(piecesOf('吾輩は猫である。名前はまだ無い。「どこで生れたか」とんと見当がつかぬ。')).toEqual([
        '吾輩は猫である。',
        '名前はまだ無い。',
        '「どこで生れたか」と',
        'んと見当がつかぬ。',
      ]);
      expect(piecesOf('Use **bold.** Then `a.b()`. Or (c). Done.', onlyMarks)).toEqual([
        'Use **bold.**',
        ' Then `a.b()`.',
        ' Or (c).',
        ' Done.',
      ]);
    });
  });
});
