import { Subscription } from 'rxjs';
import { bufferByPunctuation } from '../../src/index.js';
import { restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { onlyMarks, piecesOf, timed } from './support/pieces.js';

describe('bufferByPunctuation: time', () => {
  describe('maxWaitMs', () => {
    it(
      'emits text held back for this time, counted from its first fragment',
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
      'restarts after each piece',
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
      'does not start with an empty fragment',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a--b--------|', { a: '', b: 'one' });
        const expected = '    ----------x---|';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, { x: 'one' });
      }),
    );

    it(
      'keeps half a surrogate pair waiting for the other half',
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
      'emits half a surrogate pair alone if the other half does not arrive',
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
      'counts the half that is still held back',
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
      'ends the next piece at a mark, as without it',
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
      'remembers the mark at the end of the emitted text, and emits no closing quote alone',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a-------b-----|   ', { a: '"So be it.', b: '" Then' });
        const expected = '    -------x-------y|';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: '"So be it.',
          y: '" Then',
        });
      }),
    );

    it(
      'starts when a letter or a digit arrives',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a--------b--------|   ', { a: '…\n', b: 'one' });
        const expected = '    ----------------x---|';

        expectObservable(source.pipe(bufferByPunctuation({ ...onlyMarks, maxWaitMs: 5 }))).toBe(expected, {
          x: '…\none',
        });
      }),
    );

    it(
      'does not apply by default',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' --a 60m -|   ', { a: 'one' });
        const expected = '    --- 60m -(x|)';

        expectObservable(source.pipe(bufferByPunctuation(onlyMarks))).toBe(expected, { x: 'one' });
      }),
    );

    it('uses the given scheduler', () => {
      const { pieces, push, scheduler } = timed(200);
      push('one');
      scheduler.flush();

      expect(pieces).toEqual(['one']);
      expect(scheduler.now()).toBe(200);
    });

    it.each<[string, (state: ReturnType<typeof timed>) => void]>([
      [
        'the consumer has unsubscribed',
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
          source.next(restart());
        },
      ],
    ])('leaves no timer behind when %s', (_, end) => {
      const state = timed(200);
      state.push('one');
      expect(state.scheduler.actions).toHaveLength(1);
      end(state);

      expect(state.scheduler.actions).toEqual([]);
    });

    it('schedules nothing if it is Infinity', () => {
      const schedule = jest.fn(() => Subscription.EMPTY);
      piecesOf(['one', ' two'], { maxWaitMs: Infinity, scheduler: { now: () => 0, schedule } });

      expect(schedule).not.toHaveBeenCalled();
    });

    it('does not schedule a longer delay than a timer can have', () => {
      const schedule = jest.fn(() => Subscription.EMPTY);
      piecesOf('one', { maxWaitMs: 1e12, scheduler: { now: () => 0, schedule } });

      expect(schedule).toHaveBeenCalledWith(expect.any(Function), 2 ** 31 - 1);
    });

    it('uses one timer at a time', () => {
      const { push, scheduler } = timed(200);
      for (let i = 0; i < 50; i += 1) {
        push('one');
        push('one, two');
      }

      expect(scheduler.actions).toHaveLength(1);
    });
  });
});
