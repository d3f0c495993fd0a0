import fc from 'fast-check';
import {
  AnthropicError,
  toAsyncIterable,
  type ContentBlockDeltaEvent,
  type ToAsyncIterableOptions,
} from '../../src/index.js';
import { inputJsonDelta, textDelta, thinkingDelta } from '../support/events.js';
import { createSource, failOnUnhandledRejections, failure, readRest } from './support/loops.js';

failOnUnhandledRejections();

describe('toAsyncIterable, with values and reads in any order', () => {
  type Value = string | ContentBlockDeltaEvent | { readonly type: 'ping' };
  const pull = Symbol('pull');
  const turn = Symbol('turn');
  const letters = fc.string({ maxLength: 3 });
  const index = fc.integer({ min: 0, max: 1 });
  const value: fc.Arbitrary<Value> = fc.oneof(
    letters,
    fc
      .tuple(fc.constantFrom(textDelta, thinkingDelta, inputJsonDelta), index, letters)
      .map(([delta, at, string]) => delta(string, at)),
    fc.constant<Value>({ type: 'ping' }),
  );
  const step = fc.oneof(
    { weight: 3, arbitrary: value },
    fc.constant<typeof pull>(pull),
    fc.constant<typeof turn>(turn),
  );
  const scenario = fc.record({
    steps: fc.array(step, { maxLength: 60 }),
    highWaterMark: fc.integer({ min: 1, max: 5 }),
    end: fc.constantFrom('completed', 'failed'),
  });

  type Step = Value | typeof pull | typeof turn;

  /** Emits and reads as the steps say, ends the source, and reads the rest. */
  async function play(steps: readonly Step[], end: string, options: ToAsyncIterableOptions) {
    const { source, push, fail, complete } = createSource<Value>();
    const iterator = toAsyncIterable(() => source, options)[Symbol.asyncIterator]();
    const results = [iterator.next()]; // subscribes
    const pushed: Value[] = [];
    for (const one of steps) {
      if (one === pull) results.push(iterator.next());
      else if (one === turn) await Promise.resolve();
      else {
        pushed.push(one);
        push(one);
      }
    }
    if (end === 'failed') fail(failure);
    else complete();
    const settled = await Promise.allSettled(results);
    const early = settled.flatMap((result) =>
      result.status === 'fulfilled' && result.value.done !== true ? [result.value.value] : [],
    );
    const errors = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const late = await readRest(iterator);
    if (late.ended === 'failed') errors.push(late.error);
    return { pushed, values: [...early, ...late.values], errors };
  }

  /** Joins all neighbouring values that may be joined. */
  function runs(values: readonly Value[]) {
    const all: { readonly of: string; text: string }[] = [];
    for (const one of values) {
      const run = asRun(one);
      const last = all.at(-1);
      if (last?.of === run.of && run.of !== 'ping') last.text += run.text;
      else all.push(run);
    }
    return all;
  }

  function asRun(value: Value) {
    if (typeof value === 'string') return { of: 'strings', text: value };
    if (value.type === 'ping') return { of: 'ping', text: '' };
    const { type, ...fields } = value.delta;
    return { of: `${type} of ${value.index}`, text: String(Object.values(fields)[0]) };
  }

  const check = (whenFull: 'merge' | 'pause' | 'fail', agree: (played: Awaited<ReturnType<typeof play>>) => void) =>
    fc.assert(
      fc.asyncProperty(scenario, async ({ steps, highWaterMark, end }) => {
        const played = await play(steps, end, { whenFull, highWaterMark });

        expect(played.errors.length).toBeLessThanOrEqual(1);
        if (end === 'failed') expect(played.errors).toHaveLength(1);
        agree(played);
      }),
      { seed: 20_261_121, numRuns: 300 },
    );

  it("yields the same values with 'pause'", () =>
    check('pause', ({ pushed, values, errors }) => {
      expect(values).toEqual(pushed);
      expect(errors.every((error) => error === failure)).toBe(true);
    }));

  it("yields the same text with 'merge'", () =>
    check('merge', ({ pushed, values, errors }) => {
      expect(runs(values)).toEqual(runs(pushed));
      expect(errors.every((error) => error === failure)).toBe(true);
    }));

  it("yields the same values up to the error with 'fail'", () =>
    check('fail', ({ pushed, values, errors }) => {
      expect(values).toEqual(pushed.slice(0, values.length));
      expect(errors[0] instanceof AnthropicError || values.length === pushed.length).toBe(true);
    }));
});
