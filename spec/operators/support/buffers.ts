/** What all operators that split text have in common, for their specs. */
import * as fc from 'fast-check';
import { concat, EMPTY, from, NEVER, of, Subject, switchMap, throwError, type Observable } from 'rxjs';
import type { AnyEvent, bufferByLine, MessageRestartEvent } from '../../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../../support/contract.js';
import { messageStart, restart, textDelta } from '../../support/events.js';

export type BufferOperator = ReturnType<typeof bufferByLine>;

interface BufferOptions {
  readonly maxLength?: number;
}

/** Returns the pieces that an operator emits, also those before an error. */
function split(operator: BufferOperator, source: Observable<string | AnyEvent>): string[] {
  const pieces: string[] = [];
  source.pipe(operator).subscribe({
    next: (piece) => {
      if (typeof piece === 'string') pieces.push(piece);
    },
    error: () => undefined,
  });
  return pieces;
}

/** Returns the pieces of a text that arrives in these fragments. */
export function splitText(operator: BufferOperator, fragments: string | readonly string[]): string[] {
  return split(operator, from(typeof fragments === 'string' ? [fragments] : fragments));
}

/** Returns the pieces that are emitted before the source ends. */
export function splitOpenText(operator: BufferOperator, ...fragments: readonly (string | AnyEvent)[]): string[] {
  return split(operator, concat(from(fragments), NEVER));
}

/**
 * The rules that every operator that splits text keeps.
 *
 * @param pieces - Three pieces of text, of which the last one is held back.
 */
export function itBuffersText(
  create: (options?: BufferOptions) => BufferOperator,
  name: string,
  pieces: readonly [string, string, string],
): void {
  const text = pieces.join('');

  itKeepsTheOperatorContract<string, string>(() => create(), {
    values: text.match(/[^]{1,3}/gu) ?? [],
    empty: 'completes',
  });

  it('emits the complete pieces, and the rest on completion', () => {
    expect(splitOpenText(create(), text)).toEqual(pieces.slice(0, 2));
    expect(splitText(create(), text)).toEqual(pieces);
    expect(splitText(create(), Array.from(text))).toEqual(pieces);
  });

  it('emits the text held back before an error', () => {
    const failing = throwError(() => new Error('of the source'));

    expect(split(create(), concat(of(text), failing))).toEqual(pieces);
  });

  it('emits nothing for empty fragments', () => {
    expect(splitText(create(), ['', ''])).toEqual([]);
    expect(splitText(create(), ['', 'a', '', ''])).toEqual(['a']);
  });

  it('emits nothing after the consumer has unsubscribed, and nothing of another text', () => {
    const source = new Subject<Observable<string>>();
    const seen: string[] = [];
    const subscription = source.pipe(switchMap((text$) => text$.pipe(create()))).subscribe((piece) => seen.push(piece));
    source.next(concat(of(pieces[2]), NEVER));
    source.next(concat(of(text), NEVER));
    source.next(concat(of(pieces[2]), NEVER));
    subscription.unsubscribe();

    expect(seen).toEqual(pieces.slice(0, 2));
  });

  it('drops the text held back on message_restart, and emits the event between pieces', () => {
    const seen: (string | MessageRestartEvent)[] = [];
    from([text, restart(), text])
      .pipe(create())
      .subscribe((piece) => seen.push(piece));

    expect(seen).toEqual([...pieces.slice(0, 2), restart(), ...pieces]);
  });

  it('has no state from before a message_restart', () => {
    for (let length = 0; length <= text.length; length += 1) {
      const seen: (string | MessageRestartEvent)[] = [];
      from([text.slice(0, length), restart(), ...Array.from(text)])
        .pipe(create())
        .subscribe((piece) => seen.push(piece));

      expect(seen.slice(-pieces.length)).toEqual(pieces);
    }
  });

  describe('events', () => {
    it('are read as text', () => {
      const events = eventsOf(buildMessage({ content: [text] }), { deltaLength: 2 });

      expect(split(create(), from(events))).toEqual(pieces);
    });

    it('end the text at the end of a message, before a tool call, and at the start of a message', () => {
      const [last] = pieces.slice(-1);
      const withTool = eventsOf(buildMessage({ content: [text, toolUseBlock('get', {})] }));

      expect(splitOpenText(create(), ...withTool.slice(0, -3))).toEqual(pieces);
      expect(splitOpenText(create(), ...eventsOf(buildMessage({ content: [text] })))).toEqual(pieces);
      expect(splitOpenText(create(), textDelta(last ?? ''), messageStart())).toEqual([last]);
    });

    it('withdraw the text held back without being emitted, if they are message_restart', () => {
      const events = eventsOf(buildMessage({ content: [text] }));

      expect(split(create(), from([textDelta(text), restart(), ...events]))).toEqual([
        ...pieces.slice(0, 2),
        ...pieces,
      ]);
    });
  });

  it.each([1, 0, -1, NaN])('throws a RangeError for a maxLength of %p at call time', (maxLength) => {
    expect(() => create({ maxLength })).toThrow(RangeError);
    expect(() => create({ maxLength })).toThrow(`${name}: maxLength must be a number of at least 2, got ${maxLength}.`);
  });

  it('accepts the smallest and the largest maxLength', () => {
    expect(splitText(create({ maxLength: 2 }), text).join('')).toBe(text);
    expect(splitText(create({ maxLength: Infinity }), text)).toEqual(pieces);
    expect(split(create({ maxLength: 2 }), EMPTY)).toEqual([]);
  });
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Where pieces end inside of what a reader sees as one character. */
export function splitCharacters(pieces: readonly string[]): string[] {
  const text = pieces.join('');
  const ends = new Set([...graphemes.segment(text)].map(({ index }) => index));
  const starts = pieces.map((_, i) => pieces.slice(0, i).join('').length);
  return pieces.filter((_, i) => !ends.has(starts[i] ?? 0));
}

/** Texts of these characters and words, and of any others, that are split anywhere, even inside surrogate pairs. */
export function fragmentsOf(units: readonly string[], maxUnits = 40): fc.Arbitrary<string[]> {
  const unit = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...units) },
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
  return fc
    .tuple(fc.array(unit, { maxLength: maxUnits }), fc.array(fc.nat(1000), { maxLength: 8 }))
    .map(([parts, places]) => {
      const text = parts.join('');
      const ends = places.map((place) => place % (text.length + 1)).sort((a, b) => a - b);
      return [...ends, text.length].map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end));
    });
}

/**
 * What holds for any text in any fragments.
 *
 * @param units - Characters and words that decide where a piece ends.
 */
export function itSplitsAnyText(
  create: (options?: BufferOptions) => BufferOperator,
  units: readonly string[],
  seed: number,
): void {
  const maxLengths = fc.oneof(fc.integer({ min: 2, max: 20 }), fc.constant(4096));

  it('emits pieces that join to the text, none of them empty, also before an error', () => {
    fc.assert(
      fc.property(fragmentsOf(units), maxLengths, (fragments, maxLength) => {
        const failing = throwError(() => new Error('of the source'));
        const pieces = split(create({ maxLength }), concat(from(fragments), failing));

        expect(pieces.join('')).toBe(fragments.join(''));
        expect(pieces).not.toContain('');
        expect(pieces).toEqual(splitText(create({ maxLength }), fragments));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('ends the pieces in the same places, whatever the fragments', () => {
    fc.assert(
      fc.property(fragmentsOf(units), maxLengths, (fragments, maxLength) => {
        const pieces = splitText(create({ maxLength }), fragments);

        expect(pieces).toEqual(splitText(create({ maxLength }), fragments.join('')));
        expect(pieces).toEqual(splitText(create({ maxLength }), fragments.join('').split('')));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('emits no piece longer than maxLength, and splits no surrogate pair', () => {
    fc.assert(
      fc.property(fragmentsOf(units), maxLengths, (fragments, maxLength) => {
        const pieces = splitText(create({ maxLength }), fragments);

        expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(maxLength);
        expect(pieces.filter((piece, i) => splitsPair(piece, pieces[i + 1]))).toEqual([]);
      }),
      { seed, numRuns: 300 },
    );
  });
}

function splitsPair(piece: string, next = ''): boolean {
  return /[\ud800-\udbff]$/.test(piece) && /^[\udc00-\udfff]/.test(next);
}
