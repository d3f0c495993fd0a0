import { concat, defer, from, map, of, skip } from 'rxjs';
import { IncompleteMessageError, retryOnConnectionError } from '../../src/index.js';
import { messageState } from '../../src/operators/messageState.js';
import { virtualClock } from '../source/support/clock.js';
import { watch } from '../source/support/outcome.js';
import { messageDelta, messageStop, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import {
  opening,
  events,
  start,
  block,
  overloaded,
  retry,
  letters,
  statesOf,
  inShort,
  failing,
} from './support/messageStates.js';

describe('messageState: restarts', () => {
  describe('message_restart', () => {
    it(
      'is retrying until the next message starts',
      marbles(({ cold, expectObservable }) => {
        const source = cold('s-b-d-r--p--S-m-z-|', letters);
        const expected = '   s-b-d-r-----S-m-D-|';

        expectObservable(
          source.pipe(
            messageState(),
            skip(1),
            map((state) => [inShort(state), state.error, state.message?.id]),
          ),
        ).toBe(expected, {
          s: ['streaming 1', undefined, 'msg_0001'],
          b: ['streaming 1', undefined, 'msg_0001'],
          d: ['streaming 1 Hi', undefined, 'msg_0001'],
          r: ['retrying 2', overloaded, undefined],
          S: ['streaming 2', undefined, 'msg_2'],
          m: ['streaming 2', undefined, 'msg_2'],
          D: ['done 2', undefined, 'msg_2'],
        });
      }),
    );

    it('keeps the usage of the withdrawn attempt', () => {
      const { usage: spent } = opening;
      const abandoned_attempts = [spent];
      const states = statesOf(of(start(), retry, start(), messageDelta('end_turn'), messageStop));

      expect(states.map(({ usage }) => usage)).toEqual([
        undefined,
        spent,
        { input_tokens: 0, output_tokens: 0, abandoned_attempts },
        { ...spent, abandoned_attempts },
        { ...spent, output_tokens: 12, abandoned_attempts },
        { ...spent, output_tokens: 12, abandoned_attempts },
      ]);
    });

    it('may be the first event, and may repeat', () => {
      const again = { ...retry, attempt: 3 };

      expect(statesOf(of(retry, again, retry)).map(inShort)).toEqual([
        ...['connecting 1', 'retrying 2', 'retrying 3', 'retrying 2', 'error 2'],
      ]);
    });

    it('drops half a surrogate pair', () => {
      const half = [start(), block('text', 0, { text: 'a' }), textDelta('\ud83d')];

      expect(statesOf(from([...half, retry, ...half])).map(({ text }) => text)).toEqual([
        ...['', '', 'a', 'a', '', '', 'a', 'a', 'a\ud83d'],
      ]);
    });

    it('ends with an error if it is the last event', () => {
      const [last, before] = statesOf(of(start(), retry)).reverse();

      expect(before).toMatchObject({ status: 'retrying', error: overloaded });
      expect(last).toMatchObject({ status: 'error', error: expect.any(IncompleteMessageError) as unknown, attempt: 2 });
    });

    it('may be emitted by retryOnConnectionError', () => {
      const { scheduler } = virtualClock();
      let attempts = 0;
      const source = defer(() => {
        attempts += 1;
        return attempts < 3 ? concat(from(events.slice(0, 3)), failing(overloaded)) : from(events);
      });
      const retrying = retryOnConnectionError({ whenStarted: 'restart', scheduler });
      const { values } = watch(source.pipe(retrying, messageState()));
      scheduler.flush();

      expect(values.map(inShort).filter((state) => !state.startsWith('streaming'))).toEqual([
        ...['connecting 1', 'retrying 2', 'retrying 3', 'done 3 Hello, world'],
      ]);
    });
  });
});
