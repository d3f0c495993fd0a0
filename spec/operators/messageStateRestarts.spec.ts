import { concat, defer, from, map, NEVER, of, skip, Subject } from 'rxjs';
import {
  continueOnConnectionError,
  finalText,
  IncompleteMessageError,
  retryOnConnectionError,
  shareMessage,
  type AnyEvent,
  type MessageReconnectEvent,
} from '../../src/index.js';
import { messageState } from '../../src/operators/messageState.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { virtualClock } from '../source/support/clock.js';
import { watch } from '../source/support/outcome.js';
import { blockStop, messageDelta, messageStop, ping, textDelta } from '../support/events.js';
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

    it('is emitted by retryOnConnectionError although nothing had started, with the wait', () => {
      const { scheduler } = virtualClock();
      let attempts = 0;
      const source = defer(() => ((attempts += 1) < 2 ? failing(overloaded) : from(events)));
      const { values } = watch(source.pipe(retryOnConnectionError({ scheduler, jitter: 0 }), messageState()));
      scheduler.flush();

      expect(values.slice(0, 3)).toMatchObject([
        { status: 'connecting', delayMs: undefined },
        { status: 'retrying', delayMs: 500, attempt: 2, error: overloaded },
        { status: 'streaming', delayMs: undefined, attempt: 2, error: undefined },
      ]);
    });

    it.each([
      ['an error as JSON', { name: 'OverloadedError', message: 'Overloaded', status: 529 }, true],
      ['an error of the official SDK', Object.assign(new Error('Overloaded'), { status: 529 }), true],
      ['a string', 'Overloaded', false],
    ])('has an error that a template can use, made of %s', (_, error, retryable) => {
      const [, state] = statesOf(of({ ...retry, error }));

      expect(state?.error).toMatchObject({ message: expect.stringContaining('Overloaded') as unknown, retryable });
    });

    it('has no error if a relay has omitted it', () => {
      expect(statesOf(of({ ...retry, error: undefined }))[1]).toMatchObject({ status: 'retrying', error: undefined });
    });
  });

  describe('message_reconnect', () => {
    const reconnect: MessageReconnectEvent = { type: 'message_reconnect', attempt: 2, delayMs: 500, error: overloaded };
    const half = events.slice(0, 3);

    it('is reconnecting, with the message, until its next event arrives', () => {
      const sent = [...half, reconnect, ping, messageDelta(null), textDelta(', world'), ...events.slice(-3)];
      const states = statesOf(from(sent));

      expect(states.map(inShort).slice(3)).toEqual([
        ...['streaming 1 Hello', 'reconnecting 2 Hello', 'streaming 2 Hello', 'streaming 2 Hello, world'],
        ...['streaming 2 Hello, world', 'done 2 Hello, world'],
      ]);
      expect(states[4]).toMatchObject({ message: states[3]?.message, error: overloaded, delayMs: 500 });
      expect(states[5]).toMatchObject({ error: undefined, delayMs: undefined });
    });

    it.each<[string, readonly AnyEvent[], string]>([
      ['a delta', [textDelta('!')], 'streaming'],
      ['a block that stops', [blockStop()], 'streaming'],
      ['a block that starts', [block('thinking', 1, { thinking: '' })], 'thinking'],
      ['a restart', [retry], 'retrying'],
      ['nothing, as the next attempt fails too', [{ ...reconnect, attempt: 3 } as AnyEvent], 'reconnecting'],
    ])('ends with %s', (_, next, status) => {
      expect(statesOf(from([...half, reconnect, ...next])).at(-2)?.status).toBe(status);
    });

    it('ends with an error, or aborted, and the message so far', () => {
      const abort = new Subject<void>();
      const seen = watch(concat(from([...half, reconnect]), NEVER).pipe(messageState({ abort })));
      abort.next();

      expect(seen.values.at(-1)).toMatchObject({ status: 'aborted', text: 'Hello', delayMs: undefined });
      expect(statesOf(concat(from([...half, reconnect]), failing(overloaded))).at(-1)).toMatchObject({
        status: 'error',
        text: 'Hello',
      });
    });

    it('is emitted by continueOnConnectionError, also for a late subscriber of shareMessage', () => {
      const { scheduler } = virtualClock();
      const lost = concat(from(half), failing(overloaded));
      const next = from(eventsOf(buildMessage({ content: ', world' })));
      const shared = lost.pipe(
        continueOnConnectionError({ continueWith: () => next, scheduler, jitter: 0 }),
        shareMessage(),
      );
      const { values } = watch(shared.pipe(messageState()));
      const late = watch(shared.pipe(messageState()));
      const text = watch(shared.pipe(finalText()));

      expect(values.at(-1)).toMatchObject({ status: 'reconnecting', text: 'Hello', attempt: 2, delayMs: 500 });
      expect(late.values.at(-1)).toEqual(values.at(-1));

      scheduler.flush();

      expect(values.at(-1)).toMatchObject({ status: 'done', text: 'Hello, world', attempt: 2 });
      expect(late.values.at(-1)).toEqual(values.at(-1));
      expect(watch(shared.pipe(messageState())).values.at(-1)).toEqual(values.at(-1));
      expect(text.values).toEqual(['Hello, world']);
    });
  });
});
