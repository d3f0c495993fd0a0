import * as fc from 'fast-check';
import { from, of, Subject } from 'rxjs';
import {
  accumulateMessage,
  finalText,
  textDeltas,
  usage,
  type AnyEvent,
  type Message,
  type RunningUsage,
} from '../../src/index.js';
import { messageState, type MessageState } from '../../src/operators/messageState.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { watch } from '../source/support/outcome.js';
import { blockStop, messageStop, textDelta, thinkingDelta } from '../support/events.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { events, start, block, statesOf, lastOf, FIELDS, serialize } from './support/messageStates.js';

describe('messageState: values', () => {
  describe('the states', () => {
    it.each(streams)('are new exactly where something has changed: $name', ({ events }) => {
      const states = statesOf(from(events));
      for (const [i, state] of states.slice(1).entries()) {
        const before = states[i];
        const changed = FIELDS.filter((field) => state[field] !== before?.[field]);

        expect(changed).not.toEqual([]);
        expect(changed.filter((field) => serialize(state[field]) === serialize(before?.[field]))).toEqual([]);
      }
    });

    it('share the blocks that have stopped', () => {
      const content = [thinkingBlock('Hm.'), toolUseBlock('get', { a: [1] }), 'Hello, world'];
      const [first, second] = statesOf(from(eventsOf(buildMessage({ content }), { deltaLength: 5 }))).slice(-4);

      expect(first?.message?.content).toHaveLength(3);
      expect(second?.message).not.toBe(first?.message);
      expect(second?.message?.content[0]).toBe(first?.message?.content[0]);
      expect(second?.message?.content[1]).toBe(first?.message?.content[1]);
      expect(second?.usage).toBe(first?.usage);
    });

    it.each(streams)('never change, and do not change the events: $name', ({ events }) => {
      const emitted: MessageState[] = [];
      const copies: MessageState[] = [];
      from(deepFreeze(structuredClone(events)))
        .pipe(messageState())
        .subscribe((state) => {
          emitted.push(deepFreeze(state));
          copies.push(structuredClone(state));
        });

      expect(emitted).toEqual(copies);
      expect(emitted).toEqual(statesOf(from(events)));
    });

    it.each(streams)('agree with the other operators at each event: $name', ({ events }) => {
      const source = new Subject<AnyEvent>();
      let [text, message, counts]: [string, Message | undefined, RunningUsage | undefined] = ['', undefined, undefined];
      source.pipe(textDeltas()).subscribe((delta) => (text += delta));
      source.pipe(accumulateMessage()).subscribe((next) => (message = next));
      source.pipe(usage()).subscribe((next) => (counts = next));
      const { values } = watch(source.pipe(messageState()));
      for (const event of events) {
        if (event.type === 'message_start') text = '';
        source.next(event);

        expect(lastOf(values)).toMatchObject({ text, message, usage: counts, error: undefined });
      }
      source.complete();
    });
  });

  describe('text', () => {
    it('is that of all text blocks, in complete characters', () => {
      const sent = [
        start({ content: [textBlock('0')] }),
        block('text', 1, { text: '1' }),
        textDelta('a\ud83d', 1),
        block('thinking', 2, { thinking: 'Hm.' }),
        thinkingDelta(' No.', 2),
        textDelta('\ude00b', 1),
        block('text', 3, { text: '\ud83d' }),
        blockStop(3),
        block('text', 4, { text: 'c\ud83d' }),
        messageStop,
      ];

      expect(statesOf(from(sent)).map(({ text }) => text)).toEqual([
        ...['', '0', '01', '01a', '01a', '01a', '01a😀b', '01a😀b', '01a😀b\ud83d', '01a😀b\ud83dc'],
        '01a😀b\ud83dc\ud83d',
      ]);
    });

    it('gets half a surrogate pair without its other half when its block stops', () => {
      const sent = [start(), block('text', 0, { text: 'a\ud83d' }), blockStop()];

      expect(statesOf(from(sent)).map(({ text }) => text)).toEqual(['', '', 'a', 'a\ud83d', 'a\ud83d']);
    });

    it('is in the order of the blocks, as that of finalText, however they interleave', () => {
      const pieces = fc.array(fc.tuple(fc.nat(4), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 });
      fc.assert(
        fc.property(pieces, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (deltas, order) => {
          const starts = order.map((index) => block('text', index, { text: String(index) }));
          const sent = [start(), ...starts, ...deltas.map(([index, text]) => textDelta(text, index)), messageStop];

          expect(lastOf(statesOf(from(sent))).text).toBe(watch(from(sent).pipe(finalText())).values[0]);
        }),
        { numRuns: 200, seed: 7 },
      );
    });

    it('shows a delta of an earlier block in its place at once', () => {
      const sent = [
        ...[start(), block('text', 0, { text: 'A' }), block('text', 2, { text: 'C' }), textDelta('a', 0)],
        ...[block('text', 1, { text: 'B' }), textDelta('c', 2), textDelta('b', 1)],
      ];

      expect(statesOf(from(sent)).map(({ text }) => text)).toEqual([
        ...['', '', 'A', 'AC', 'AaC', 'AaBC', 'AaBCc', 'AaBbCc', 'AaBbCc'],
      ]);
    });

    it('does not include events after the complete message', () => {
      expect(lastOf(statesOf(of(...events, textDelta('!')))).text).toBe('Hello, world');
    });
  });
});
