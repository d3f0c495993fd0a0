/** The pattern of many guides: every 10 characters or at punctuation, 20 ms apart. */
import { bufferByPunctuation, smoothText, textDeltas } from '../../src/index.js';
import { restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const texts = { a: 'Hello, wor', b: 'ld. How ', c: 'are you today?' };
const pieces = { w: 'Hello,', x: ' world.', y: ' How are y', z: 'ou today?' };

describe('bufferByPunctuation and smoothText', () => {
  it(
    'emit a piece every 20 ms, at punctuation or after 10 characters',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' a 9ms b 9ms c 9ms |             ', texts);
      const subs = '        ^ 29ms            !             ';
      const expected = '    w 19ms x 19ms y 19ms (z|)       ';

      expectObservable(
        source.pipe(bufferByPunctuation({ minLength: Infinity, maxLength: 10 }), smoothText({ delayMs: 20 })),
      ).toBe(expected.trim(), pieces);
      expectSubscriptions(source.subscriptions).toBe(subs.trim());
    }),
  );

  it(
    'emit nothing of an attempt after the message_restart that withdraws it',
    marbles(({ cold, expectObservable }) => {
      const r = restart();
      const events = { a: textDelta(texts.a), b: textDelta(texts.b), c: textDelta(texts.c), r };
      const source = cold(' ab--rabc---|', events);
      const expected = '    w---rw 19ms x 19ms y 19ms (z|)';

      expectObservable(
        source.pipe(
          textDeltas({ restarts: true }),
          bufferByPunctuation({ minLength: Infinity, maxLength: 10 }),
          smoothText({ delayMs: 20 }),
        ),
      ).toBe(expected, { ...pieces, r });
    }),
  );
});
