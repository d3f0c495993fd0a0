import * as fc from 'fast-check';
import { from, Subject, Subscription, VirtualTimeScheduler } from 'rxjs';
import {
  bufferByPunctuation,
  textDeltas,
  type BufferByPunctuationOptions,
  type MessageRestartEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const restart: MessageRestartEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };
const onlyMarks: BufferByPunctuationOptions = { minLength: Infinity };

/** The pieces of a text that arrives in these fragments. */
function cut(fragments: string | readonly string[], options?: BufferByPunctuationOptions): string[] {
  const pieces: string[] = [];
  from(typeof fragments === 'string' ? [fragments] : fragments)
    .pipe(bufferByPunctuation(options))
    .subscribe((piece) => pieces.push(piece));
  return pieces;
}

describe('bufferByPunctuation', () => {
  itKeepsTheOperatorContract<string, string>(() => bufferByPunctuation(), {
    values: ['Hello, wor', 'ld. How', ' are you today? I', ' am', ' fine.'],
    empty: 'completes',
  });

  it(
    'emits a piece in the turn that shows its end, and the rest on completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--b-----c---|   ', { a: 'Hi, I', b: ' am number 3.', c: '14, am I' });
      const subs = '        ^--------------!   ';
      const expected = '    --w--x-----y---(z|)';

      expectObservable(source.pipe(bufferByPunctuation())).toBe(expected, {
        w: 'Hi,',
        x: ' I am number',
        y: ' 3.14,',
        z: ' am I',
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits every piece that one fragment ends',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a----|   ', { a: 'One. Two! Three? Four' });
      const expected = '    --(xyz)(r|)';

      expectObservable(source.pipe(bufferByPunctuation(onlyMarks))).toBe(expected, {
        x: 'One.',
        y: ' Two!',
        z: ' Three?',
        r: ' Four',
      });
    }),
  );

  it(
    'emits what is held before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--#   ', { a: 'Hi, you' });
      const expected = '    --x--(y#)';

      expectObservable(source.pipe(bufferByPunctuation())).toBe(expected, { x: 'Hi,', y: ' you' });
    }),
  );

  it('emits nothing for empty fragments', () => {
    expect(cut(['', 'a', '', ''])).toEqual(['a']);
    expect(cut(['', ''])).toEqual([]);
  });

  describe('marks', () => {
    it.each(['.', ',', ';', ':', '!', '?'])('ends a piece at %s when white space follows', (mark) => {
      for (const space of [' ', '\n', '\r\n', '\t', '\u3000', '\u2003']) {
        expect(cut(`One${mark}${space}two`, onlyMarks)).toEqual([`One${mark}`, `${space}two`]);
      }
    });

    it.each(['.', ',', ';', ':', '!', '?'])('does not end a piece at %s when anything else follows', (mark) => {
      expect(cut(`One${mark}two${mark}\u00a0three${mark}\u2007four${mark}5`, onlyMarks)).toHaveLength(1);
    });

    it.each(['。', '、', '，', '；', '：', '！', '？', '．', '｡', '､', '…', '‥', '؟', '،', '؛', '।', '॥'])(
      'ends a piece at %s whatever follows',
      (mark) => {
        expect(cut(`一二${mark}三四`, onlyMarks)).toEqual([`一二${mark}`, '三四']);
        expect(cut(`ab${mark} cd`, onlyMarks)).toEqual([`ab${mark}`, ' cd']);
      },
    );

    it('ends a piece with what follows a mark, not with the mark', () => {
      const pieces: string[] = [];
      const source = new Subject<string>();
      source.pipe(bufferByPunctuation()).subscribe((piece) => pieces.push(piece));

      source.next('Yes.');
      expect(pieces).toEqual([]);
      source.next(' ');
      expect(pieces).toEqual(['Yes.']);
      source.complete();
      expect(pieces).toEqual(['Yes.', ' ']);
    });

    it.each([
      ['a decimal number', 'It is 3.14 m'],
      ['a thousands separator', 'It is 1,000.5 m'],
      ['a time', 'It is 12:30:45.678 now'],
      ['an abbreviation of single letters', 'Fruit e.g. pears i.e. not z. B. plums'],
      ['initials', 'By J. S. Bach at 10 a.m. and more'],
      ['initials after an opening quote', 'By “J. S. Bach” and „J. S. Bach'],
      ['initials of other scripts', 'Это А. С. Пушкин'],
      ['the number of a list item', '1. First\n2. Second\n**3. Third**\n  4. Fourth'],
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
    ])('does not cut inside %s', (_, text) => {
      expect(cut(text, onlyMarks)).toEqual([text]);
    });

    it('ends a piece at the mark behind a URL, an abbreviation or a number', () => {
      expect(cut('See https://example.com/a?b=c.d&e=f,gh. Then go', onlyMarks)).toEqual([
        'See https://example.com/a?b=c.d&e=f,gh.',
        ' Then go',
      ]);
      expect(cut('Is it https://example.com/?q? Yes', onlyMarks)).toEqual(['Is it https://example.com/?q?', ' Yes']);
      expect(cut('请看https://example.com/a?b=c.d。然后', onlyMarks)).toEqual([
        '请看https://example.com/a?b=c.d。',
        '然后',
      ]);
      expect(cut('Take fruit, e.g., pears. It is 1,000.5, or 31. Yes', onlyMarks)).toEqual([
        'Take fruit,',
        ' e.g.,',
        ' pears.',
        ' It is 1,000.5,',
        ' or 31.',
        ' Yes',
      ]);
    });

    it('ends a piece at the full stop behind a number of one digit that is no number of a list', () => {
      expect(cut('It is 2.5. It is v1.0. It is $5. It is A4. Yes', onlyMarks)).toEqual([
        'It is 2.5.',
        ' It is v1.0.',
        ' It is $5.',
        ' It is A4.',
        ' Yes',
      ]);
    });

    it('ends a piece at a full-width mark that is not inside of a number', () => {
      expect(cut('价格：3元，5件。３．', onlyMarks)).toEqual(['价格：', '3元，', '5件。', '３．']);
      expect(cut('共3。5件', onlyMarks)).toEqual(['共3。', '5件']);
    });

    it('ends a piece at a mark behind half a surrogate pair', () => {
      expect(cut('One\ud83d. Two', onlyMarks)).toEqual(['One\ud83d.', ' Two']);
    });

    it('keeps marks that follow each other together', () => {
      expect(cut('What?! No!!! Wait... so', onlyMarks)).toEqual(['What?!', ' No!!!', ' Wait...', ' so']);
      expect(cut('什么？！不……等等。。。好', onlyMarks)).toEqual(['什么？！', '不……', '等等。。。', '好']);
    });

    it.each(['"', "'", ')', ']', '}', '»', '”', '’', '›', '“', '‘', '«', '‹', '*', '**', '_', '`', '.")', '.”)'])(
      'keeps a closing %s with the mark before it',
      (closer) => {
        expect(cut(`It is so.${closer} Then`, onlyMarks)).toEqual([`It is so.${closer}`, ' Then']);
      },
    );

    it.each(['」', '』', '】', '）', '〉', '》', '〕', '］', '｝', '〗', '｣', '”', '’', '）」', '。」』'])(
      'keeps a closing %s with the mark of Chinese or Japanese before it',
      (closer) => {
        expect(cut(`是的。${closer}然后`, onlyMarks)).toEqual([`是的。${closer}`, '然后']);
      },
    );

    it('leaves an opening quote to the piece that it opens', () => {
      expect(cut('He said: "Hi." And: “Go.” Left', onlyMarks)).toEqual([
        'He said:',
        ' "Hi."',
        ' And:',
        ' “Go.”',
        ' Left',
      ]);
      expect(cut('Er sagte: „Komm.“ Dann: »Geh.« Fort', onlyMarks)).toEqual([
        'Er sagte:',
        ' „Komm.“',
        ' Dann:',
        ' »Geh.«',
        ' Fort',
      ]);
      expect(cut('他说：“你好。”她说：「再见。」然后', onlyMarks)).toEqual([
        '他说：',
        '“你好。”',
        '她说：',
        '「再见。」',
        '然后',
      ]);
    });

    it('lets white space go with what follows it', () => {
      expect(cut('One.\n\nTwo.\r\n  Three.  Four', onlyMarks)).toEqual(['One.', '\n\nTwo.', '\r\n  Three.', '  Four']);
      expect(cut('\n \n', { minLength: 1 })).toEqual(['\n \n']);
    });

    it('knows only the marks that it is given', () => {
      expect(cut('a, b| c。d; e', { marks: '|;', minLength: Infinity })).toEqual(['a, b|', ' c。d;', ' e']);
      expect(cut('a. b, c', { marks: '', minLength: Infinity })).toEqual(['a. b, c']);
      expect(cut('ab—cd—ef', { marks: '—', minLength: Infinity })).toEqual(['ab—', 'cd—', 'ef']);
    });

    it('takes marks of two code units, and leaves their halves alone', () => {
      expect(cut('Hot🔥Cold😀Warm', { marks: '🔥', minLength: Infinity })).toEqual(['Hot🔥', 'Cold😀Warm']);
    });
  });

  describe('minLength', () => {
    it('ends a piece with the first word that reaches it', () => {
      expect(cut('one two three four five')).toEqual(['one two three', ' four five']);
      expect(cut('0123456789 x')).toEqual(['0123456789', ' x']);
      expect(cut('012345678 x y')).toEqual(['012345678 x', ' y']);
    });

    it('takes every word at 1', () => {
      expect(cut('I am  a\nline', { minLength: 1 })).toEqual(['I', ' am', '  a', '\nline']);
    });

    it('waits for the end of a long word', () => {
      expect(cut('https://example.com/a-very-long-path and more')).toEqual([
        'https://example.com/a-very-long-path',
        ' and more',
      ]);
    });

    it('does not end a word at a space that forbids a break', () => {
      expect(cut('1\u00a0000\u202f000\u2007000\ufeff000\u00a0000 m')).toHaveLength(2);
    });

    it('ends Chinese and Japanese words at each character', () => {
      expect(cut('没有标点的中文文本也会被切开', { minLength: 5 })).toEqual(['没有标点的', '中文文本也', '会被切开']);
      expect(cut('ひらがなカタカナと漢字', { minLength: 4 })).toEqual(['ひらがな', 'カタカナ', 'と漢字']);
    });

    it('does not cut Chinese and Japanese before a mark, a closing bracket or the rest of a syllable', () => {
      expect(cut('一二三四。五六', { minLength: 4 })).toEqual(['一二三四。', '五六']);
      expect(cut('「一二三四」五六', { minLength: 5 })).toEqual(['「一二三四」五', '六']);
      expect(cut('コンピューター', { minLength: 4 })).toEqual(['コンピュー', 'ター']);
      expect(cut('いろいろな人々がいらっしゃって', { minLength: 6 })).toEqual([
        'いろいろな人々が',
        'いらっしゃっ',
        'て',
      ]);
      expect(cut('か\u3099き\u3099く\u3099', { minLength: 1 })).toEqual(['か\u3099', 'き\u3099', 'く\u3099']);
    });

    it('does not cut at words if it is Infinity', () => {
      const text = 'so many words and not a single mark '.repeat(20);

      expect(cut(text, onlyMarks)).toEqual([text]);
      expect(cut('没有标点'.repeat(100), onlyMarks)).toHaveLength(1);
    });
  });

  describe('maxLength', () => {
    it('emits text that is as long as it may be', () => {
      expect(cut('0123456789', { ...onlyMarks, maxLength: 4 })).toEqual(['0123', '4567', '89']);
      expect(cut('x'.repeat(5000)).map(({ length }) => length)).toEqual([4096, 904]);
    });

    it('counts from the last cut', () => {
      expect(cut('ab. cdefgh', { ...onlyMarks, maxLength: 4 })).toEqual(['ab.', ' cde', 'fgh']);
    });

    it('does not cut surrogate pairs', () => {
      expect(cut('😀😀😀', { ...onlyMarks, maxLength: 2 })).toEqual(['😀', '😀', '😀']);
      expect(cut('😀😀😀', { ...onlyMarks, maxLength: 3 })).toEqual(['😀', '😀', '😀']);
      expect(cut('a😀😀b', { ...onlyMarks, maxLength: 4 })).toEqual(['a😀', '😀b']);
    });

    it('holds for halves of surrogate pairs too', () => {
      expect(cut('\ud83d'.repeat(7), { ...onlyMarks, maxLength: 3 }).every(({ length }) => length <= 3)).toBe(true);
    });
  });

  describe('maxWaitMs', () => {
    it(
      'emits what has been held so long, from when it began to be held',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a--b------c--|   ', { a: 'one', b: ' two', c: ' three' });
        const expected = '    -------x-------(y|)';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: 'one two',
          y: ' three',
        });
      }),
    );

    it(
      'begins anew after each piece',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a--b--------|', { a: 'one', b: ', two' });
        const expected = '    -----x----y---|';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: 'one,',
          y: ' two',
        });
      }),
    );

    it(
      'does not begin with an empty fragment',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a--b--------|', { a: '', b: 'one' });
        const expected = '    ----------x---|';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, { x: 'one' });
      }),
    );

    it(
      'leaves half a surrogate pair waiting for its other half',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a-------b-------|', { a: 'a\ud83d', b: '\ude00b' });
        const expected = '    -------x-------y--|';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: 'a',
          y: '\ud83d\ude00b',
        });
      }),
    );

    it(
      'emits half a surrogate pair alone when its other half does not come',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a---------|   ', { a: 'a\ud83d' });
        const expected = '    -------x----(y|)';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: 'a',
          y: '\ud83d',
        });
      }),
    );

    it(
      'counts the half that is still held',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a-------b--|   ', { a: 'a\ud83d', b: '\ude00bcd' });
        const expected = '    -------x--y--(z|)';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5, maxLength: 4 }))).toBe(
          expected,
          {
            x: 'a',
            y: '\ud83d\ude00bc',
            z: 'd',
          },
        );
      }),
    );

    it(
      'does not cut before a mark or white space that comes after it',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a-------b--|   ', { a: 'It is', b: ' so. Then' });
        const expected = '    -------x--y--(z|)';

        expectObservable(source.pipe(bufferByPunctuation({ maxWaitMs: 5 }))).toBe(expected, {
          x: 'It is',
          y: ' so.',
          z: ' Then',
        });
      }),
    );

    it(
      'keeps the end of a piece in mind',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a-------b--|   ', { a: '"So be it.', b: '" Then' });
        const expected = '    -------x--y--(z|)';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: '"So be it.',
          y: '"',
          z: ' Then',
        });
      }),
    );

    it(
      'is not there by default',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a 60m -|   ', { a: 'one' });
        const expected = '    --- 60m -(x|)';

        expectObservable(source.pipe(bufferByPunctuation(onlyMarks))).toBe(expected, { x: 'one' });
      }),
    );

    it('goes by the given scheduler', () => {
      const { pieces, push, scheduler } = timed(200);
      push('one');
      scheduler.flush();

      expect(pieces).toEqual(['one']);
      expect(scheduler.now()).toBe(200);
    });

    it.each<[string, (state: ReturnType<typeof timed>) => void]>([
      [
        'the consumer has left',
        ({ subscription }) => {
          subscription.unsubscribe();
        },
      ],
      [
        'the source has completed',
        ({ source }) => {
          source.complete();
        },
      ],
      [
        'the source has failed',
        ({ source }) => {
          source.error(new Error('of the source'));
        },
      ],
      [
        'the message has been withdrawn',
        ({ source }) => {
          source.next(restart);
        },
      ],
    ])('leaves no timer behind when %s', (_, end) => {
      const state = timed(200);
      state.push('one');
      expect(state.scheduler.actions).toHaveLength(1);
      end(state);

      expect(state.scheduler.actions).toEqual([]);
    });

    it('asks for no timer if it is Infinity', () => {
      const schedule = jest.fn(() => Subscription.EMPTY);
      cut(['one', ' two'], { maxWaitMs: Infinity, scheduler: { now: () => 0, schedule } });

      expect(schedule).not.toHaveBeenCalled();
    });

    it('has one timer at a time', () => {
      const { push, scheduler } = timed(200);
      for (let i = 0; i < 50; i += 1) {
        push('one');
        push('one, two');
      }

      expect(scheduler.actions).toHaveLength(1);
    });
  });

  describe('message_restart', () => {
    it(
      'passes, and drops what is held',
      marbles(({ cold, expectObservable }) => {
        const source = cold<string | MessageRestartEvent>(' --a--r--b--|   ', { a: 'Hi, you', r: restart, b: 'Yes' });
        const expected = '                                  --x--r-----(y|)';

        expectObservable(source.pipe(bufferByPunctuation())).toBe(expected, { x: 'Hi,', r: restart, y: 'Yes' });
      }),
    );

    it('leaves nothing behind in what follows', () => {
      const after = 's. Then, 一 is it so？'.split(/(?=s\.)/).concat('\ude00 x。y. Z');
      for (const before of ['Hello', 'A.', '好。', '好', '\ud83d', 'a long text', '3，']) {
        const pieces: unknown[] = [];
        from([before, restart, ...after])
          .pipe(bufferByPunctuation({ minLength: 6, maxLength: 8 }))
          .subscribe((piece) => pieces.push(piece));

        expect(pieces.slice(pieces.indexOf(restart) + 1)).toEqual(cut(after, { minLength: 6, maxLength: 8 }));
      }
    });

    it('comes from textDeltas', () => {
      const text = (value: string): MessageStreamEvent => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: value },
      });
      const pieces: (string | MessageRestartEvent)[] = [];
      from([text('Hi, y'), restart, text('Hi, '), text('you')])
        .pipe(textDeltas({ restarts: true }), bufferByPunctuation())
        .subscribe((piece) => pieces.push(piece));

      expect(pieces).toEqual(['Hi,', restart, 'Hi,', ' you']);
    });
  });

  describe('options', () => {
    it.each<[BufferByPunctuationOptions, string]>([
      [{ minLength: 0 }, 'minLength must be a number of at least 1, got 0'],
      [{ minLength: -1 }, 'minLength must be a number of at least 1, got -1'],
      [{ minLength: NaN }, 'minLength must be a number of at least 1, got NaN'],
      [{ maxLength: 1 }, 'maxLength must be a number of at least 2, got 1'],
      [{ maxLength: NaN }, 'maxLength must be a number of at least 2, got NaN'],
      [{ maxWaitMs: 0 }, 'maxWaitMs must be a number of at least 1, got 0'],
      [{ maxWaitMs: NaN }, 'maxWaitMs must be a number of at least 1, got NaN'],
      [{ maxWaitMs: -Infinity }, 'maxWaitMs must be a number of at least 1, got -Infinity'],
    ])('refuses %p at call time', (options, message) => {
      expect(() => bufferByPunctuation(options)).toThrow(new RangeError(`bufferByPunctuation: ${message}.`));
      expect(() => bufferByPunctuation(options)).toThrow(RangeError);
    });

    it('takes the smallest and the largest', () => {
      expect(cut('ab c', { minLength: 1, maxLength: 2, maxWaitMs: Infinity })).toEqual(['ab', ' c']);
      expect(cut('ab c', { minLength: Infinity, maxLength: Infinity, maxWaitMs: Infinity })).toEqual(['ab c']);
    });
  });

  describe('real prose', () => {
    it('is cut for speech', () => {
      expect(
        cut('The value of π is about 3.14159, i.e., "a bit more than 3". See https://example.com/pi?digits=5. OK?'),
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
      expect(cut('Das Haus, z. B. am See, ist schön. „Wirklich?“ Ja!')).toEqual([
        'Das Haus,',
        ' z. B. am See,',
        ' ist schön.',
        ' „Wirklich?“',
        ' Ja!',
      ]);
      expect(cut('吾輩は猫である。名前はまだ無い。「どこで生れたか」とんと見当がつかぬ。')).toEqual([
        '吾輩は猫である。',
        '名前はまだ無い。',
        '「どこで生れたか」と',
        'んと見当がつかぬ。',
      ]);
      expect(cut('Use **bold.** Then `a.b()`. Or (c). Done.', onlyMarks)).toEqual([
        'Use **bold.**',
        ' Then `a.b()`.',
        ' Or (c).',
        ' Done.',
      ]);
    });
  });

  describe('for any text, in any fragments', () => {
    it('emits pieces that are the text, none of them empty', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = cut(given, chosen);

          expect(pieces.join('')).toBe(given.join(''));
          expect(pieces).not.toContain('');
        }),
        { seed: 1, numRuns: 500 },
      );
    });

    it('cuts in the same places', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          expect(cut(given, chosen)).toEqual(cut(given.join(''), chosen));
          expect(cut(given, chosen)).toEqual(cut(given.join('').split(''), chosen));
        }),
        { seed: 2, numRuns: 500 },
      );
    });

    it('emits no piece that is longer than maxLength, or cuts a surrogate pair', () => {
      fc.assert(
        fc.property(fragments(), options(), (given, chosen) => {
          const pieces = cut(given, chosen);

          expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(chosen.maxLength);
          expect(pieces.filter((piece, i) => cutsPair(piece, pieces[i + 1]))).toEqual([]);
        }),
        { seed: 3, numRuns: 500 },
      );
    });

    it('keeps all of this when time cuts too', () => {
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
          expect(pieces.filter((piece, i) => cutsPair(piece, pieces[i + 1]))).toEqual([]);
        }),
        { seed: 4, numRuns: 500 },
      );
    });
  });
});

/** Text that is pushed by hand, on a clock of its own. */
function timed(maxWaitMs: number, options: BufferByPunctuationOptions = onlyMarks) {
  const scheduler = new VirtualTimeScheduler();
  const source = new Subject<string | MessageRestartEvent>();
  const pieces: string[] = [];
  const subscription = source.pipe(bufferByPunctuation({ ...options, maxWaitMs, scheduler })).subscribe({
    next: (piece) => {
      if (typeof piece === 'string') pieces.push(piece);
    },
    error: () => undefined,
  });
  const push = (text: string): void => {
    source.next(text);
  };
  return { scheduler, source, pieces, subscription, push };
}

/** Characters around which cuts are decided, and any other. */
function character(): fc.Arbitrary<string> {
  const chosen = Array.from('.,:!? \n\u00a0aaBs135。，．：…」）”“„"\')*中文のーッ々３😀');
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...chosen, '\ud83d', '\ude00', '👨‍👩‍👧') },
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
}

function fragment(): fc.Arbitrary<string> {
  return fc.string({ unit: character(), maxLength: 12 });
}

/** A text, cut anywhere, also inside of surrogate pairs. */
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

function cutsPair(piece: string, next = ''): boolean {
  return /[\ud800-\udbff]$/.test(piece) && /^[\udc00-\udfff]/.test(next);
}
