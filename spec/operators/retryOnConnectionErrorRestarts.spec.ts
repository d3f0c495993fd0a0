import { concat, from, of } from 'rxjs';
import {
  APIConnectionError,
  finalText,
  IncompleteMessageError,
  retryOnConnectionError,
  type MessageRestartEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import {
  blockStart,
  inputJsonDelta,
  messageStart,
  messageStop,
  ping,
  signatureDelta,
  textDelta,
  thinkingDelta,
} from '../support/events.js';
import { marbles } from '../support/marbles.js';
import {
  type Source,
  overloaded,
  refused,
  message,
  events,
  start,
  emptyBlock,
  delta,
  restartAfter,
  failing,
  failingAfter,
  attempts,
  timed,
  valuesOf,
  atOnce,
} from './support/retries.js';

describe('retryOnConnectionError: restarts', () => {
  describe('a failed attempt that has emitted events', () => {
    it(
      'passes its error on after content, once all its events have been emitted',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const names = { s: start, b: emptyBlock, d: delta };
        const source = cold(' --s--b--d--#', names, overloaded);
        const subs = '        ^----------!';
        const expected = '    --s--b--d--#';

        expectObservable(source.pipe(retryOnConnectionError())).toBe(expected, names, overloaded);
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it(
      'is withdrawn and retried by default if there was no content',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const names = { s: start, b: emptyBlock, d: delta, r: restartAfter(overloaded, 2, 3) };
        const first = cold('  --s--b--#         ', names, overloaded);
        const second = cold('            --s--d|', names);
        const firstSubs = '   ^-------!         ';
        const secondSubs = '  -----------^-----!';
        const expected = '    --s--b--r----s--d|';

        expectObservable(attempts(first, second).pipe(retryOnConnectionError({ initialDelayMs: 3, jitter: 0 }))).toBe(
          expected,
          names,
        );
        expectSubscriptions(first.subscriptions).toBe(firstSubs);
        expectSubscriptions(second.subscriptions).toBe(secondSubs);
      }),
    );

    it(
      'is withdrawn after content with whenStarted: restart',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const names = { s: start, d: delta, r: restartAfter(overloaded, 2, 3) };
        const first = cold('  --s--d--#         ', names, overloaded);
        const second = cold('            --s--d|', names);
        const firstSubs = '   ^-------!         ';
        const secondSubs = '  -----------^-----!';
        const expected = '    --s--d--r----s--d|';

        expectObservable(
          attempts(first, second).pipe(
            retryOnConnectionError({ initialDelayMs: 3, jitter: 0, whenStarted: 'restart' }),
          ),
        ).toBe(expected, names);
        expectSubscriptions(first.subscriptions).toBe(firstSubs);
        expectSubscriptions(second.subscriptions).toBe(secondSubs);
      }),
    );

    it.each<[string, MessageStreamEvent[]]>([
      ['emitted nothing', []],
      ['emitted only pings', [ping, ping]],
    ])('is not withdrawn if it %s, with announce: false', (_, before) => {
      const { log, scheduler } = timed(attempts(concat(from(before), failing(overloaded)), of(messageStop)));
      scheduler.flush();

      expect(log).toEqual([...before, messageStop, 'complete']);
    });

    it.each<[string, MessageStreamEvent]>([
      ['text', delta],
      ['a tool call', { type: 'content_block_start', index: 0, content_block: toolUseBlock('get_weather') }],
      ['a complete block', { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } }],
      ['a message_start with content', { type: 'message_start', message }],
      ['an event of an unknown type', { type: 'news' } as never],
    ])('has emitted content with %s', (_, event) => {
      const { log, scheduler } = timed(concat(of(event), failing(overloaded)));
      scheduler.flush();

      expect(log).toEqual([event, { error: overloaded }]);
    });

    it.each<[string, MessageStreamEvent]>([
      ['the start of an empty message', start],
      ['the start of an empty text block', emptyBlock],
      [
        'the start of an empty thinking block',
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      ],
      ['an empty thinking_delta', thinkingDelta('')],
      ['a signature', signatureDelta('EqQB')],
      ['an empty text_delta', textDelta('')],
      ['an empty input_json_delta', inputJsonDelta('')],
      ['redacted thinking', blockStart(0, { type: 'redacted_thinking', data: 'EmwK' })],
      ['a message_start with an empty block', messageStart({ content: [textBlock('')] })],
    ])('has emitted no content with %s', (_, event) => {
      const { log, scheduler } = timed(attempts(concat(of(event), failing(overloaded)), of(messageStop)));
      scheduler.flush();

      expect(log).toEqual([event, restartAfter(overloaded, 2, 500), messageStop, 'complete']);
    });

    it('is judged by its own events, not by those of the previous attempt', () => {
      const source = attempts(failingAfter(1), concat(of(ping), failing(overloaded)), failingAfter(4));
      const { log, scheduler } = timed(source);
      scheduler.flush();

      expect(log).toEqual([
        events[0],
        restartAfter(overloaded, 2, 500),
        ping,
        ...events.slice(0, 4),
        { error: overloaded },
      ]);
    });

    it('has no content once the source has withdrawn it', () => {
      const inner = restartAfter(refused, 2, 7);
      const withdrawn = concat(from([...events.slice(0, 4), inner]), failing(overloaded));
      const begun = concat(from([...events.slice(0, 4), inner, start]), failing(overloaded));
      const { log, scheduler } = timed(attempts(withdrawn, begun, of(messageStop)));
      scheduler.flush();

      expect(log).toEqual([
        ...events.slice(0, 4),
        inner,
        ...events.slice(0, 4),
        inner,
        start,
        restartAfter(overloaded, 3, 1000),
        messageStop,
        'complete',
      ]);
    });

    it('is withdrawn with the number, the wait and the reason of the next attempt', () => {
      const errors = [new APIConnectionError('lost'), new IncompleteMessageError('incomplete'), refused];
      const { log, scheduler } = timed(
        attempts(failingAfter(1, errors[0]), failingAfter(4, errors[1]), failingAfter(2, errors[2])),
        {
          whenStarted: 'restart',
        },
      );
      scheduler.flush();

      expect(log).toEqual([
        events[0],
        restartAfter(errors[0], 2, 500),
        ...events.slice(0, 4),
        restartAfter(errors[1], 3, 1000),
        ...events.slice(0, 2),
        { error: errors[2] },
      ]);
      expect((log[1] as MessageRestartEvent).error).toBe(errors[0]);
    });

    it('is not withdrawn if its error passes on', () => {
      for (const error of [refused, overloaded]) {
        const { log } = timed(failingAfter(4, error), { whenStarted: 'restart', maxRetries: 0 });
        expect(log).toEqual([...events.slice(0, 4), { error }]);
      }
    });
  });

  describe('an error after a complete message', () => {
    it.each([{}, { whenStarted: 'restart' } as const, { shouldRetry: () => true, whenStarted: 'restart' } as const])(
      'passes on, and nothing is requested again: %j',
      async (options) => {
        for (const noise of [[], [ping]]) {
          const source = attempts(concat(from([...events, ...noise]), failing(overloaded)), from(events));

          await expect(valuesOf(source.pipe(retryOnConnectionError({ ...atOnce, ...options })))).rejects.toBe(
            overloaded,
          );
          expect(source.count).toBe(1);
        }
      },
    );

    it('is retried with the next message of the stream if it comes inside that one', async () => {
      const source = attempts(concat(from([...events, start]), failing(overloaded)), from(events));
      const seen = await valuesOf(source.pipe(retryOnConnectionError({ ...atOnce, whenStarted: 'restart' })));

      expect(seen).toEqual([...events, start, restartAfter(overloaded, 2, 0), ...events]);
    });

    it.each<[string, MessageStreamEvent[]]>([
      ['between the two', [restartAfter(overloaded, 2, 0)]],
      ['after the start of the next one', [restartAfter(overloaded, 2, 0), start]],
      ['inside the next one', [start, restartAfter(overloaded, 2, 0)]],
      ['inside the next one, which starts again', [start, restartAfter(overloaded, 2, 0), start]],
    ])('passes on although the stream has withdrawn an attempt at the next message: %s', async (_, next) => {
      const source = attempts(concat(from([...events, ...next]), failing(overloaded)), from(events));

      await expect(valuesOf(source.pipe(retryOnConnectionError(atOnce)))).rejects.toBe(overloaded);
      expect(source.count).toBe(1);
    });
  });

  describe('thinkingIsContent', () => {
    const thought = buildMessage({ content: [thinkingBlock('Let me see.'), 'Hello'] });
    const thinking = eventsOf(thought);
    const textAt = thinking.findIndex(
      (event) => event.type === 'content_block_start' && event.content_block.type === 'text',
    );
    const broken = (count: number): Source => concat(from(thinking.slice(0, count)), failing(overloaded));

    it('passes the error on after thinking by default', async () => {
      const source = attempts(broken(3), from(thinking));

      await expect(valuesOf(source.pipe(retryOnConnectionError(atOnce)))).rejects.toBe(overloaded);
      expect(source.count).toBe(1);
    });

    it('withdraws thinking if it is false', async () => {
      for (let count = 2; count <= textAt; count += 1) {
        const source = attempts(broken(count), from(thinking));
        const seen = await valuesOf(source.pipe(retryOnConnectionError({ ...atOnce, thinkingIsContent: false })));

        expect(seen).toEqual([...thinking.slice(0, count), restartAfter(overloaded, 2, 0), ...thinking]);
      }
    });

    it('withdraws redacted thinking if it is false', async () => {
      const redacted = eventsOf(buildMessage({ content: [{ type: 'redacted_thinking', data: 'x' }, 'Hello'] }));
      const source = attempts(concat(from(redacted.slice(0, 2)), failing(overloaded)), from(redacted));
      const result = source.pipe(retryOnConnectionError({ ...atOnce, thinkingIsContent: false }), finalText());

      expect(await valuesOf(result)).toEqual(['Hello']);
    });

    it('passes the error on after other content if it is false', async () => {
      const source = attempts(broken(textAt + 2), from(thinking));

      await expect(valuesOf(source.pipe(retryOnConnectionError({ ...atOnce, thinkingIsContent: false })))).rejects.toBe(
        overloaded,
      );
    });
  });

  describe('announce', () => {
    it('is true by default: emits a message_restart even if there is nothing to withdraw', async () => {
      const source = attempts(failing(overloaded), of(ping, messageStop));

      expect(await valuesOf(source.pipe(retryOnConnectionError(atOnce)))).toEqual([
        restartAfter(overloaded, 2, 0),
        ping,
        messageStop,
      ]);
    });
  });
});
