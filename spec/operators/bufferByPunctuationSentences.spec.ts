import { onlyMarks, piecesOf } from './support/pieces.js';

/** Expects the pieces that are separated by bars, whatever the fragments. */
function expectPieces(piecesWithBars: string): void {
  const pieces = piecesWithBars.split('|');
  const text = pieces.join('');

  expect(piecesOf(text, onlyMarks)).toEqual(pieces);
  expect(piecesOf(text.split(''), onlyMarks)).toEqual(pieces);
}

describe('bufferByPunctuation: sentences', () => {
  describe('line breaks', () => {
    it.each([
      ['a heading', '# Intro|\n\nThis is it.'],
      ['list items', '- one|\n- two|\r\n- three'],
      ['numbered list items', '1. First|\n2. Second|\n**3. Third**|\n  4. Fourth'],
      ['an abbreviation at the end of a line', 'By Dr.|\nNo. 5'],
      ['a number at the end of a line', 'In all 12.|\nThen'],
      ['every kind of line break', 'a|\vb|\fc|\rd|\u0085e|\u2028f|\u2029g'],
      ['white space before it', 'One  \u00a0|\n  Two'.replace('  \u00a0|', '|  \u00a0')],
      ['code', '```js|\nfoo()|\n```\nDone'],
    ])('end %s', (_, pieces) => {
      expectPieces(pieces);
    });

    it('end pieces whatever the marks are', () => {
      expect(piecesOf('# Intro\n\nThis. Is it', { marks: '.!?\n', minLength: Infinity })).toEqual([
        '# Intro',
        '\n\nThis.',
        ' Is it',
      ]);
      expect(piecesOf('a\nb', { marks: '', minLength: Infinity })).toEqual(['a', '\nb']);
    });

    it('do not end a piece without a letter or a digit', () => {
      expectPieces('---\n\n***\nText|\n\n');
      expectPieces('| a |'.replaceAll('|', '!') + '|\n!---!\n! 1 !');
    });
  });

  it('ends pieces at white space that is among the marks', () => {
    expect(piecesOf('a b\tc d', { marks: '\t', minLength: Infinity })).toEqual(['a b', '\tc d']);
    expect(piecesOf('a b\u00a0c', { marks: ' \u00a0', minLength: Infinity })).toEqual(['a', ' b', '\u00a0c']);
  });

  it('ends pieces at the marks of every script in Unicode', () => {
    const marks = Array.from({ length: 0x110000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((character) => /\p{Sentence_Terminal}/u.test(character));

    expect(marks.length).toBeGreaterThan(100);
    expect(marks.filter((mark) => piecesOf(`ab${mark} Cd`, onlyMarks)[0] !== `ab${mark}`)).toEqual([]);
  });

  it.each([
    ['Urdu', 'یہ ہے۔| اور، وہ'.replace('، ', '،| ')],
    ['Burmese', 'ဟုတ်တယ်။| ဒီ၊| ဟို'],
    ['Khmer', 'បាទ។| ទេ៕| ក'],
    ['Armenian', 'Այո։| Ոչ'],
    ['Ethiopic', 'አዎ።| አይ፣| እ፤| ኧ፧| ሰላም፡ሰላም'],
    ['Hindi, with a space before the mark', 'हाँ ।| नहीं ॥| ठीक'],
    ['Tibetan', 'ཀ།| ཁ'],
    ['Mongolian', 'ᠠ᠃| ᠡ'],
    ['Chakma, beyond the Basic Multilingual Plane', '𑄇𑅁| 𑄈'],
    ['Korean, with one syllable', '네.| 응.| 그래'],
    ['emphatic', 'What⁉| No‼| Yes'],
  ])('ends sentences in %s', (_, pieces) => {
    expectPieces(pieces);
  });

  it('does not split numbers in Arabic and Persian', () => {
    expectPieces('۳،۵ و ۴؛| ب');
  });

  describe('white space before a mark', () => {
    it.each([' ', '\u00a0', '\u202f'])('keeps French marks with their sentence (%j)', (space) => {
      for (const mark of ['?', '!', ';', ':', '?!', '…', '? !']) {
        expectPieces(`Vraiment${space}${mark}| Oui`);
        expect(piecesOf(`Vraiment-oui${space}${mark} Oui`)[0]).toBe(`Vraiment-oui${space}${mark}`);
      }
      expectPieces(`Alors…${space}?| Etc.${space}!| Oui`);
      expectPieces(`C’est l’«${space}Oui${space}»${space}?| Non`);
      expectPieces(`Il dit${space}:| «${space}Oui.${space}»| Puis «${space}Quoi${space}?${space}»| Et`);
    });

    it('keeps closing brackets with their sentence', () => {
      expectPieces('( Oui. )| Non');
    });

    it('does not mistake an opening quote for a closing one', () => {
      expectPieces('Er sagte:| »Geh.«| Fort.| »Nein.«| Oder');
      expectPieces('Hän sanoi:| ”Mene.”| ”Tule.”| Nyt');
      expectPieces('« Oui. »| Dann:| »Nein.«| Oder');
    });

    it('does not mistake the start of a name for a mark', () => {
      expectPieces('Use it.| .NET is| \n'.replace('| \n', ''));
    });
  });

  describe('abbreviations', () => {
    it.each([
      'Ask Dr. Smith and Prof. Dr. Meier, '.trimEnd(),
      'See z. B. the note',
      'Fruit, e.g. pears'.replace(',', ''),
      'Mr. and Mrs. Jones vs. Mt. Everest, '.trimEnd(),
      'Sra. García y Sr. Pérez',
      'M. et Mme. Dupont',
      'etwa bzw. ca. drei inkl. zwei',
      'No. 5 in Fig. 3 on pp. 12 of Nr. 8',
      'plums, etc. and more'.replace(',', ''),
      'Ludwig XIV. von Frankreich',
      'Dr. med. dent. im 19. Jh. v. Chr. war',
      'Use (Dr. Who)',
    ])('do not end a piece: %s', (text) => {
      expectPieces(text);
    });

    it('end a piece if what follows shows that a sentence has ended', () => {
      expectPieces('Plums etc.| Then No.| Not now.| Part III.| Then');
      expectPieces('Plums etc.!| Or “etc.”| Then');
    });

    it('do not end a piece at the end of a word either', () => {
      expect(piecesOf('I have asked Dr. Smith')).toEqual(['I have asked', ' Dr. Smith']);
      expect(piecesOf('0123456789 Dr. Smith 2')).toEqual(['0123456789', ' Dr. Smith', ' 2']);
      expect(piecesOf('Everyone-Dr. Smith')).toEqual(['Everyone-Dr. Smith']);
    });

    it('do not include the end of a contraction', () => {
      expectPieces("I can't.| It's.| You’d.| Go");
    });
  });

  describe('numbers', () => {
    it.each([
      'am 12. Oktober',
      '10. Tenth',
      '100. Hundredth',
      '(3. Teil)',
      'den 3./4. Mai',
      '10-12. Mai',
      '1990. január',
    ])('do not end a piece where they count: %s', (text) => {
      expectPieces(text);
    });

    it('end a piece if they have at least three digits and no lower-case letter follows', () => {
      expectPieces('It was 1999.| Then 100.| “Yes”');
      expectPieces('It was 1999. then');
    });

    it('end a piece if they do not stand alone', () => {
      expectPieces('It is 2.5.| It is $12.| It is A4.| Yes');
    });

    it('do not end a piece after a full-width full stop that counts', () => {
      expectPieces('１．最初|\n１２．次');
    });
  });

  describe('combining characters', () => {
    it.each([
      ['a variation selector of an ideograph', '葛\u{e0100}'],
      ['an accent', 'か\u3099'],
      ['an accent on an ideograph', '好\u0301\u0302'],
      ['a rare ideograph', '𠮷\u{e0101}'],
    ])('keep %s with its character', (_, character) => {
      expect(piecesOf(`${character}城`, { minLength: 1 })).toEqual([character, '城']);
      expect(piecesOf(`${character}城`.split(''), { minLength: 1 })).toEqual([character, '城']);
    });

    it.each([
      ['a variation selector of a mark', '好。\ufe00|然后'],
      ['the end of a change of the writing direction', '\u2067مرحبا؟\u2069| نعم'],
      ['a variation selector of an ASCII mark', 'Yes!\ufe0f| No'],
    ])('keep %s with it', (_, pieces) => {
      expectPieces(pieces);
    });

    it.each(['👍🏽', '❤\ufe0f', '👩\u200d🚀', '🏴\u{e0067}\u{e0062}\u{e007f}'])(
      'keep %s whole if it is a mark',
      (emoji) => {
        const [marks = ''] = Array.from(emoji);

        expect(piecesOf(`Hi${emoji}Yes`, { marks, minLength: Infinity })).toEqual([`Hi${emoji}`, 'Yes']);
      },
    );

    it('stay with their character at maxLength, if there is room', () => {
      expect(piecesOf('abce\u0301x', { ...onlyMarks, maxLength: 4 })).toEqual(['abc', 'e\u0301x']);
      expect(piecesOf('ab葛\u{e0100}', { ...onlyMarks, maxLength: 4 })).toEqual(['ab', '葛\u{e0100}']);
      expect(piecesOf(`a${'\u0301'.repeat(5)}`, { ...onlyMarks, maxLength: 3 })).toEqual([
        'a\u0301\u0301',
        '\u0301\u0301\u0301',
      ]);
    });
  });

  describe('pieces without a letter or a digit', () => {
    it.each([
      ['dots', 'Wait… …| so.| ... Then'],
      ['an emoji', 'Hi!| 👍 Yes!| ❤\ufe0f No'],
      ['a dash', 'No.| — Yes.| - So'],
      ['marks at the start', '¿?! … Sí.| No'],
    ])('are not emitted: %s', (_, pieces) => {
      expectPieces(pieces);
    });

    it('are emitted at the end of the text, and at maxLength', () => {
      expect(piecesOf('…')).toEqual(['…']);
      expect(piecesOf('Hi. …', onlyMarks)).toEqual(['Hi. …']);
      expect(piecesOf('Hi.\n…', onlyMarks)).toEqual(['Hi.', '\n…']);
      expect(piecesOf('-----', { maxLength: 2 })).toEqual(['--', '--', '-']);
    });
  });
});
