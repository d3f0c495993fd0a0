/**
 * Whatever events arrive, and whenever: what has been emitted is always a beginning of what has arrived, with nothing
 * lost, doubled or in another order, and nothing is held for longer than the interval.
 */
import * as fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import {
  accumulateMessage,
  coalesceDeltas,
  type AnyEvent,
  type ContentBlockDeltaEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { streams } from '../fixtures/streams.js';
import {
  blockDelta,
  blockStop,
  citationsDelta,
  inputJsonDelta,
  ping,
  restart,
  signatureDelta,
  textDelta,
  thinkingDelta,
} from '../support/events.js';
import { play, type Timed } from './support/pacing.js';

const EVERY_MS = 16;

const text = fc.string({ unit: 'binary', maxLength: 4 });
const index = fc.nat({ max: 2 });
const event: fc.Arbitrary<AnyEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(text, index).map(([piece, i]) => textDelta(piece, i)) },
  { weight: 3, arbitrary: text.map((piece) => thinkingDelta(piece)) },
  { weight: 3, arbitrary: text.map((piece) => inputJsonDelta(piece)) },
  fc
    .tuple(text, fc.option(fc.nat({ max: 99 })))
    .map(([thinking, estimated_tokens]) => blockDelta(0, { type: 'thinking_delta', thinking, estimated_tokens })),
  text.map((piece) => signatureDelta(piece)),
  text.map((cited_text) => citationsDelta({ cited_text })),
  index.map((i) => blockStop(i)),
  text.map((piece) => blockDelta(0, { type: 'text_delta', text: piece, id: 'x' })),
  fc.constantFrom<AnyEvent>(ping, { type: 'unknown' }),
);

const arrivals = (values: fc.Arbitrary<AnyEvent>) =>
  fc.array(fc.tuple(fc.oneof(fc.constant(0), fc.nat({ max: 40 })), values), { maxLength: 40 }).map((gaps) => {
    let at = 0;
    return gaps.map(([gap, value]): Timed<AnyEvent> => ({ at: (at += gap), value }));
  });

/** What a stream carries, cut as finely as possible: deltas that can be merged become one unit per UTF-16 code unit. */
function unitsOf(events: readonly AnyEvent[]): string[] {
  return events.flatMap((each) => {
    const { index, delta } = each as { readonly index?: number; readonly delta?: Readonly<Record<string, unknown>> };
    const kind = delta?.['type'];
    const fields = Object.keys(delta ?? {}).filter((name) => name !== 'type' && name !== 'estimated_tokens');
    const content = { text_delta: 'text', thinking_delta: 'thinking', input_json_delta: 'partial_json' }[String(kind)];
    if (content === undefined || fields.length > 1) return [JSON.stringify(each)];
    return String(delta?.[content]).split('').map((unit) => JSON.stringify([index, kind, unit])); // prettier-ignore
  });
}

/** The sum of the estimates of thinking tokens. */
function tokensOf(events: readonly AnyEvent[]): number {
  return events.reduce((sum, each) => {
    const { delta } = each as Partial<ContentBlockDeltaEvent>;
    return sum + (delta?.type === 'thinking_delta' ? (delta.estimated_tokens ?? 0) : 0);
  }, 0);
}

const valuesOf = <T>(list: readonly Timed<T>[]): T[] => list.map(({ value }) => value);
const until = <T>(list: readonly Timed<T>[], time: number): T[] => valuesOf(list.filter(({ at }) => at <= time));

describe('coalesceDeltas, for any events at any time', () => {
  it('loses, doubles and reorders nothing, however the source ends', () => {
    fc.assert(
      fc.property(arrivals(event), fc.nat({ max: 40 }), fc.constantFrom('completes', 'fails'), (list, more, how) => {
        const end = { at: (list.at(-1)?.at ?? 0) + more, how };
        const { emitted, ended, timers } = play(list, end, (scheduler) =>
          coalesceDeltas({ everyMs: EVERY_MS, scheduler }),
        );

        expect(unitsOf(valuesOf(emitted))).toEqual(unitsOf(valuesOf(list)));
        expect(tokensOf(valuesOf(emitted))).toBe(tokensOf(valuesOf(list)));
        expect(ended).toEqual({ at: end.at, how: how === 'completes' ? 'completed' : 'failed' });
        expect(timers).toBe(0);
      }),
    );
  });

  it('holds nothing for longer than the interval, and emits everything before another event', () => {
    fc.assert(
      fc.property(arrivals(event), (list) => {
        const end = { at: (list.at(-1)?.at ?? 0) + 100, how: 'completes' } as const;
        const { emitted } = play(list, end, (scheduler) => coalesceDeltas({ everyMs: EVERY_MS, scheduler }));
        for (const { at } of list) {
          const units = unitsOf(until(emitted, at));
          const due = unitsOf(until(list, at - EVERY_MS));

          expect(unitsOf(until(list, at)).slice(0, units.length)).toEqual(units);
          expect(units.length).toBeGreaterThanOrEqual(due.length);
        }
      }),
    );
  });

  it('emits text at most once per interval', () => {
    fc.assert(
      fc.property(arrivals(text.map((piece) => textDelta(piece))), (list) => {
        const end = { at: (list.at(-1)?.at ?? 0) + 100, how: 'completes' } as const;
        const { emitted } = play(list, end, (scheduler) => coalesceDeltas({ everyMs: EVERY_MS, scheduler }));

        emitted.slice(1).forEach(({ at }, i) => {
          expect(at - (emitted[i]?.at ?? 0)).toBeGreaterThanOrEqual(EVERY_MS);
        });
      }),
    );
  });

  it('emits nothing that a message_restart has withdrawn after it', () => {
    const withRestarts = fc.oneof({ weight: 8, arbitrary: event }, fc.constant<AnyEvent>(restart()));
    fc.assert(
      fc.property(arrivals(withRestarts), (list) => {
        const end = { at: (list.at(-1)?.at ?? 0) + 100, how: 'completes' } as const;
        const { emitted } = play(list, end, (scheduler) => coalesceDeltas({ everyMs: EVERY_MS, scheduler }));
        const [before, after] = [attemptsOf(valuesOf(list)), attemptsOf(valuesOf(emitted))];

        expect(after).toHaveLength(before.length);
        expect(after.at(-1)).toEqual(before.at(-1));
        after.forEach((units, i) => {
          expect(before[i]?.slice(0, units.length)).toEqual(units);
        });
      }),
    );
  });
});

/** The units of each attempt, which a `message_restart` ends. */
function attemptsOf(events: readonly AnyEvent[]): string[][] {
  const ends = events.flatMap(({ type }, i) => (type === 'message_restart' ? [i] : []));
  return [-1, ...ends].map((start, i) => unitsOf(events.slice(start + 1, ends[i])));
}

it.each(streams)('the message is the same at every event: $name', async ({ events }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 9 }), async (gaps) => {
      let at = 0;
      const list = events.map((value, i): Timed<MessageStreamEvent> => {
        at += gaps[i % gaps.length] ?? 0;
        return { at, value };
      });
      const { emitted } = play(list, { at, how: 'completes' }, (scheduler) =>
        coalesceDeltas({ everyMs: EVERY_MS, scheduler }),
      );
      const expected = (await snapshotsOf(events)).map((message) => JSON.stringify(message));
      const snapshots = (await snapshotsOf(valuesOf(emitted))).map((message) => JSON.stringify(message));

      expect(snapshots.at(-1)).toBe(expected.at(-1));

      // Every snapshot is one that the events have without the operator, in the same order.
      let position = 0;
      for (const snapshot of snapshots) {
        position = expected.indexOf(snapshot, position);
        if (position < 0) throw new Error(`An unexpected snapshot: ${snapshot}`);
      }
    }),
    { numRuns: 20 },
  );
});

function snapshotsOf(events: readonly AnyEvent[]) {
  return lastValueFrom(from(events).pipe(accumulateMessage(), toArray()));
}
