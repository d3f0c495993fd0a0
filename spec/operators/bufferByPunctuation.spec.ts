import { from } from 'rxjs';
import {
  bufferByPunctuation,
  textDeltas,
  type BufferByPunctuationOptions,
  type MessageRestartEvent,
} from '../../src/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { onlyMarks, piecesOf } from './support/pieces.js';

describe('bufferByPunctuation', () => {
  itKeepsTheOperatorContract<string, string>(() => bufferByPunctuation(), {
    values: ['Hello, wor', 'ld. How', ' are you today? I', ' am', ' fine.'],
    empty: 'completes',
  });

  it(
    'emits a piece with the fragment that shows its end, and the rest on completion',
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
    'emits the text held back before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--#   ', { a: 'Hi, you' });
      const expected = '    --x--(y#)';

      expectObservable(source.pipe(bufferByPunctuation())).toBe(expected, { x: 'Hi,', y: ' you' });
    }),
  );

  it('emits nothing for empty fragments', () => {
    expect(piecesOf(['', 'a', '', ''])).toEqual(['a']);
    expect(piecesOf(['', ''])).toEqual([]);
  });

  describe('maxLength', () => {
    it('emits text once it has this length', () => {
      expect(piecesOf('0123456789', { ...onlyMarks, maxLength: 4 })).toEqual(['0123', '4567', '89']);
      expect(piecesOf('x'.repeat(5000)).map(({ length }) => length)).toEqual([4096, 904]);
    });

    it('counts from the end of the last piece', () => {
      expect(piecesOf('ab. cdefgh', { ...onlyMarks, maxLength: 4 })).toEqual(['ab.', ' cde', 'fgh']);
    });

    it('does not split surrogate pairs', () => {
      expect(piecesOf('😀😀😀', { ...onlyMarks, maxLength: 2 })).toEqual(['😀', '😀', '😀']);
      expect(piecesOf('😀😀😀', { ...onlyMarks, maxLength: 3 })).toEqual(['😀', '😀', '😀']);
      expect(piecesOf('a😀😀b', { ...onlyMarks, maxLength: 4 })).toEqual(['a😀', '😀b']);
    });

    it('applies to lone surrogates too', () => {
      expect(piecesOf('\ud83d'.repeat(7), { ...onlyMarks, maxLength: 3 }).every(({ length }) => length <= 3)).toBe(
        true,
      );
    });
  });

  describe('message_restart', () => {
    it(
      'is emitted, and drops the text held back',
      marbles(({ cold, expectObservable }) => {
        const source = cold<string | MessageRestartEvent>(' --a--r--b--|   ', { a: 'Hi, you', r: restart(), b: 'Yes' });
        const expected = '                                  --x--r-----(y|)';

        expectObservable(source.pipe(bufferByPunctuation())).toBe(expected, { x: 'Hi,', r: restart(), y: 'Yes' });
      }),
    );

    it('has no effect on the text after it', () => {
      const after = 's. Then, 一 is it so？'.split(/(?=s\.)/).concat('\ude00 x。y. Z');
      for (const before of ['Hello', 'A.', '好。', '好', '\ud83d', 'a long text', '3，']) {
        const pieces: unknown[] = [];
        const event = restart();
        from([before, event, ...after])
          .pipe(bufferByPunctuation({ minLength: 6, maxLength: 8 }))
          .subscribe((piece) => pieces.push(piece));

        expect(pieces.slice(pieces.indexOf(event) + 1)).toEqual(piecesOf(after, { minLength: 6, maxLength: 8 }));
      }
    });

    it('is accepted from textDeltas', () => {
      const pieces: (string | MessageRestartEvent)[] = [];
      from([textDelta('Hi, y'), restart(), textDelta('Hi, '), textDelta('you')])
        .pipe(textDeltas({ restarts: true }), bufferByPunctuation())
        .subscribe((piece) => pieces.push(piece));

      expect(pieces).toEqual(['Hi,', restart(), 'Hi,', ' you']);
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
    ])('throws a RangeError for %p at call time', (options, message) => {
      expect(() => bufferByPunctuation(options)).toThrow(new RangeError(`bufferByPunctuation: ${message}.`));
      expect(() => bufferByPunctuation(options)).toThrow(RangeError);
    });

    it('accepts the smallest and the largest numbers', () => {
      expect(piecesOf('ab c', { minLength: 1, maxLength: 2, maxWaitMs: Infinity })).toEqual(['ab', ' c']);
      expect(piecesOf('ab c', { minLength: Infinity, maxLength: Infinity, maxWaitMs: Infinity })).toEqual(['ab c']);
    });
  });
});
