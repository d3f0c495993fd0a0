import { expectTypeOf } from 'expect-type';
import { concat, NEVER, of, throwError, type Observable } from 'rxjs';
import type { MessageStreamEvent } from '../../src/index.js';
import { idleTimeout, type IdleTimeoutOptions } from '../../src/operators/idleTimeout.js';
import { virtualClock } from '../source/support/clock.js';
import { watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { minute, events, letters, only, expectResult } from './support/idleTimeouts.js';

describe('idleTimeout', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => idleTimeout(), {
    values: events,
    empty: 'completes',
  });

  it(
    'emits each event synchronously and completes with its source',
    expectResult(
      { firstEventMs: 3, idleMs: 4, contentMs: 7, totalMs: 20 },
      {
        source: '--s--b---d-e--m-z-|',
        subs: '  ^-----------------!',
        result: '--s--b---d-e--m-z-|',
      },
    ),
  );

  describe('firstEventMs', () => {
    it(
      'counts from the subscription',
      expectResult(
        only({ firstEventMs: 5 }),
        {
          source: '--------s',
          subs: '  ^----!',
          result: '-----#',
        },
        {
          timeout: 'firstEventMs',
          ms: 5,
          phase: 'connect',
          lastEvent: undefined,
          requestID: undefined,
          partial: undefined,
          retryable: true,
          message: 'No event arrived within 5 ms (idleTimeout: firstEventMs), before the first event.',
        },
      ),
    );

    it(
      'ends with the first event, such as message_start',
      expectResult(only({ firstEventMs: 5 }), {
        source: '----s-',
        result: '----s',
      }),
    );
    it(
      'ends with the first event, even if it is a ping',
      expectResult(only({ firstEventMs: 5 }), {
        source: '----p-',
        result: '----p',
      }),
    );

    it(
      'starts again with a message_restart',
      expectResult(
        only({ firstEventMs: 5, idleMs: 4, contentMs: 4 }),
        {
          source: '--s-d-r-----s',
          subs: '  ^----------!',
          result: '--s-d-r----#',
        },
        {
          timeout: 'firstEventMs',
          phase: 'connect',
          lastEvent: 'message_restart',
          message: 'No event arrived within 5 ms (idleTimeout: firstEventMs), after message_restart.',
        },
      ),
    );
  });

  describe('idleMs', () => {
    it(
      'counts from each event, including pings and unknown ones',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '------p--s---b---d--u---e-------m',
          subs: '  ^---------------------------!',
          result: '------p--s---b---d--u---e---#',
        },
        {
          timeout: 'idleMs',
          ms: 4,
          phase: 'mid-content',
          lastEvent: 'content_block_stop',
          message: 'No event arrived within 4 ms (idleTimeout: idleMs), after content_block_stop.',
        },
      ),
    );

    it(
      'reports the phase before-content until content arrives',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s--b-------',
          result: '--s--b---#',
        },
        { phase: 'before-content', lastEvent: 'content_block_start' },
      ),
    );

    it(
      'reports the phase before-content again after a message_restart',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s-d-r------s-----',
          result: '--s-d-r------s---#',
        },
        { phase: 'before-content', lastEvent: 'message_start' },
      ),
    );

    it(
      'ignores the events of tools while the message streams',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s--d-TU-T-U',
          result: '--s--d-TU#',
        },
        { lastEvent: 'content_block_delta' },
      ),
    );
  });

  describe('contentMs', () => {
    it(
      'counts from the first event and from each event with content, which pings are not',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '-----------p-s-b-d----p-e---p',
          result: '-----------p-s-b-d----p#',
        },
        {
          timeout: 'contentMs',
          ms: 6,
          phase: 'mid-content',
          lastEvent: 'ping',
          message: 'No content arrived within 6 ms (idleTimeout: contentMs), after ping.',
        },
      ),
    );

    it(
      'expires before any content',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--p-s-bp-p',
          result: '--p-s-bp#',
        },
        { timeout: 'contentMs', phase: 'before-content' },
      ),
    );

    it(
      'is postponed by a delta that shows nothing, such as one of thinking that is not displayed',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--s-b-n----n---p--',
          result: '--s-b-n----n---p-#',
        },
        { timeout: 'contentMs', phase: 'before-content' },
      ),
    );

    it(
      'starts again with the next message',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--s-d-z-----------s----p--',
          result: '--s-d-z-----------s----p#',
        },
        { timeout: 'contentMs' },
      ),
    );

    it(
      'starts again after a message_restart',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--s-d-r-----------p-s--p--',
          result: '--s-d-r-----------p-s--p#',
        },
        { timeout: 'contentMs' },
      ),
    );
  });

  describe('totalMs', () => {
    it(
      'counts from the subscription to the end',
      expectResult(
        only({ totalMs: 11 }),
        {
          source: '--s-d-d-d-d-d-d',
          subs: '  ^----------!',
          result: '--s-d-d-d-d#',
        },
        {
          timeout: 'totalMs',
          ms: 11,
          lastEvent: 'content_block_delta',
          message: 'The stream did not end within 11 ms (idleTimeout: totalMs), after content_block_delta.',
        },
      ),
    );

    it(
      'continues after message_stop and message_restart',
      expectResult(
        only({ totalMs: 20 }),
        {
          source: '--s-r-s-d-z-T-U-R-',
          subs: '  ^-------------------!',
          result: '--s-r-s-d-z-T-U-R---#',
        },
        { timeout: 'totalMs', lastEvent: 'message_stop' },
      ),
    );
  });

  describe('after message_stop', () => {
    const all: IdleTimeoutOptions = { firstEventMs: 4, idleMs: 4, contentMs: 4 };

    it(
      'no timeout expires',
      expectResult(all, {
        source: '--s-d-z 600m |',
        result: '--s-d-z 600m |',
      }),
    );

    it(
      'no timeout starts with later events or the events of tools',
      expectResult(all, {
        source: '--s-d-z-p-u-e-d-T-U-R 600m |',
        result: '--s-d-z-p-u-e-d-T-U-R 600m |',
      }),
    );

    it(
      'contentMs starts again with the next message',
      expectResult(
        all,
        {
          source: '--s-d-z 600m s--p-----',
          result: '--s-d-z 600m s--p#',
        },
        { timeout: 'contentMs' },
      ),
    );

    it(
      'idleMs starts again with the next message',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s-d-z 600m s--p-----',
          result: '--s-d-z 600m s--p---#',
        },
        { timeout: 'idleMs', lastEvent: 'ping' },
      ),
    );

    it(
      'firstEventMs starts with a message_restart',
      expectResult(
        all,
        {
          source: '--s-d-z--r-----',
          result: '--s-d-z--r---#',
        },
        { timeout: 'firstEventMs' },
      ),
    );
  });

  it(
    'emits an event that arrives when the timeout is due, and starts the timeout again',
    expectResult(
      only({ idleMs: 4 }),
      {
        source: '--s---d--------',
        result: '--s---d---#',
      },
      { lastEvent: 'content_block_delta' },
    ),
  );

  it('passes an error of its source on unchanged', () => {
    const error = new Error('of the source');
    const seen = watch(
      concat(
        of(letters.s),
        throwError(() => error),
      ).pipe(idleTimeout()),
    );

    expect(seen).toMatchObject({ values: [letters.s], ended: 'failed' });
    expect(seen.error).toBe(error);
  });

  describe('at call time', () => {
    it.each(['firstEventMs', 'idleMs', 'contentMs', 'totalMs'])('rejects a %s that is not a number above 0', (name) => {
      for (const ms of [0, -1, NaN, -Infinity, '1000', null]) {
        const call = () => idleTimeout({ [name]: ms });

        expect(call).toThrow(RangeError);
        expect(call).toThrow(
          `idleTimeout: ${name} must be a number of milliseconds greater than 0, got ${typeof ms === 'string' ? `'${ms}'` : String(ms)}.`,
        );
      }
    });

    it.each(['headersMs', 'idle'])('rejects an unknown timeout: %s', (name) => {
      const call = () => idleTimeout({ [name]: 1000 });

      expect(call).toThrow(TypeError);
      expect(call).toThrow(
        `idleTimeout: ${name} is not a known timeout. The timeouts are firstEventMs, idleMs, contentMs, totalMs.`,
      );
    });

    it('ignores undefined timeouts', () => {
      const { scheduler, advance } = virtualClock();
      const none = { firstEventMs: undefined, idleMs: undefined, scheduler } as unknown as IdleTimeoutOptions;
      const seen = watch(NEVER.pipe(idleTimeout(none)));
      advance(10 * minute);

      expect(seen.error).toMatchObject({ timeout: 'firstEventMs', ms: 10 * minute });
    });
  });

  it('keeps the type of the events', () => {
    const ticks: Observable<{ readonly type: 'tick'; readonly count: number }> = NEVER;
    const strings: Observable<string> = NEVER;
    // @ts-expect-error -- a string is not an event
    const ofStrings = strings.pipe(idleTimeout());
    // @ts-expect-error -- headers are not part of a stream of events
    expect(() => idleTimeout({ headersMs: 1 })).toThrow();

    expectTypeOf(ticks.pipe(idleTimeout())).toEqualTypeOf<typeof ticks>();
    expectTypeOf(ofStrings).not.toBeAny();
  });
});
