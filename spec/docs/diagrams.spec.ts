import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatMap, defer, mergeMap, of, timer, type Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { z } from 'zod';
import { parseDiagram, type Diagram } from '../../scripts/docs/diagram.js';
import { drawingsOf, parseDocstring } from '../../scripts/docs/docstring.js';
import { DRAWN } from '../../scripts/docs/drawn.js';
import {
  abortOn,
  accumulateMessage,
  APIConnectionError,
  auditFrame,
  bufferByLine,
  bufferByMarkdownBlock,
  bufferByPunctuation,
  bufferBySentence,
  bufferByWord,
  citations,
  coalesceDeltas,
  coalesceText,
  contentBlocks,
  continueOnConnectionError,
  finalMessage,
  finalText,
  idleTimeout,
  inputJsonDeltas,
  messageState,
  ofType,
  outputElements,
  partialJson,
  retryOnConnectionError,
  shareMessage,
  smoothText,
  structuredOutput,
  tapMessage,
  textDeltas,
  thinkingDeltas,
  toolInput,
  toolUses,
  totalUsage,
  trackUsage,
  usage,
  type MessageStreamEvent,
} from '../../src/index.js';
import { marbles } from '../support/marbles.js';
import {
  blockStart,
  blockStop,
  citationsDelta,
  inputJsonDelta,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  textDelta,
  thinkingDelta,
} from '../support/events.js';

type Values = Readonly<Record<string, unknown>>;

/** What the letters of a diagram stand for, and the operator that it is about. */
interface Case {
  /** The values of the row `source`. */
  readonly source?: Values;
  readonly operator?: (source: Observable<never>, helpers: RunHelpers, diagram: Diagram) => Observable<unknown>;
  /** The values of the row `result`: those of the source that it passes on need not be repeated. */
  readonly result?: Values;
  readonly error?: unknown;
  /** For a diagram with other rows. */
  readonly run?: (helpers: RunHelpers, diagram: Diagram) => void;
}

const has = (fields: object): unknown => expect.objectContaining(fields);
const text = { type: 'text', text: '' };
const lost = new APIConnectionError('The connection was lost.');
const events = {
  s: messageStart(),
  b: blockStart(0, text),
  d: textDelta('Hi'),
  e: blockStop(),
  m: messageDelta(),
  z: messageStop,
  p: ping,
};
const calls = {
  ...events,
  s: blockStart(0, { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }),
  a: inputJsonDelta('{"city":"Pa'),
  b: inputJsonDelta('ris"}'),
};
const jsonAnswer = (a: string, b: string) => ({ ...events, a: textDelta(a), b: textDelta(b) });
/** The start of an answer in the specs of JSON also opens its block. */
const opening = (source: Observable<MessageStreamEvent>) =>
  source.pipe(concatMap((event) => (event.type === 'message_start' ? [event, blockStart(0, text)] : [event])));

/** An operator whose source has these values. */
const op = (operator: (source: Observable<never>) => Observable<unknown>): NonNullable<Case['operator']> => operator;

const cases: Record<(typeof DRAWN)[number], readonly Case[]> = {
  abortOn: [
    {
      source: events,
      operator: (source, { cold }, { sources }) =>
        source.pipe(abortOn(cold(sources.find(({ label }) => label === 'stop$')?.marbles ?? ''))),
      error: has({ name: 'APIUserAbortError', partial: has({ content: [{ type: 'text', text: 'HiHi' }] }) }),
    },
  ],
  accumulateMessage: [
    {
      source: events,
      operator: op(accumulateMessage()),
      result: {
        0: has({ content: [] }),
        1: has({ content: [text] }),
        2: has({ content: [{ type: 'text', text: 'Hi' }] }),
        3: has({ content: [{ type: 'text', text: 'HiHi' }] }),
        4: has({ stop_reason: 'end_turn' }),
        5: has({ stop_reason: 'end_turn' }),
      },
    },
  ],
  auditFrame: [
    {
      source: {
        ...Object.fromEntries(['a', 'b', 'c', 'd'].map((each) => [each, { status: 'x', each }])),
        ...Object.fromEntries(['e', 'f', 'g'].map((each) => [each, { status: 'y', each }])),
      },
      operator: op(auditFrame()),
    },
  ],
  bufferByLine: [
    {
      source: { a: 'one', b: ' two\nthr', c: 'ee' },
      operator: op(bufferByLine()),
      result: { x: 'one two\n', y: 'three' },
    },
  ],
  bufferByMarkdownBlock: [
    {
      source: { a: '# Ti', b: 'tle\n\n- o', c: 'ne\n\n  more\n- two\n\n`', d: '``\ncode\n```\nEnd' },
      operator: op(bufferByMarkdownBlock()),
      result: { x: '# Title\n\n', y: '- one\n\n  more\n- two\n\n', z: '```\ncode\n```\n', r: 'End' },
    },
  ],
  bufferByPunctuation: [
    {
      source: { a: 'Hi, I', b: ' am number 3.', c: '14, am I' },
      operator: op(bufferByPunctuation()),
      result: { w: 'Hi,', x: ' I am number', y: ' 3.14,', z: ' am I' },
    },
  ],
  bufferBySentence: [
    {
      source: { a: 'It is 5. Or', b: ' 6? Yes', c: '!' },
      operator: op(bufferBySentence({ locale: 'en' })),
      result: { x: 'It is 5. ', y: 'Or 6? ', z: 'Yes!' },
    },
  ],
  bufferByWord: [
    {
      source: { a: 'The ti', b: 'de (no', c: 'on).' },
      operator: op(bufferByWord({ locale: 'en' })),
      result: { x: 'The ', y: 'tide ', z: '(noon).' },
    },
  ],
  citations: [
    {
      source: { t: textDelta('Hi'), c: citationsDelta({ cited_text: 'The grass is green.' }) },
      operator: op(citations()),
      result: { c: { cited_text: 'The grass is green.' } },
    },
  ],
  coalesceDeltas: [
    {
      source: {
        ...events,
        o: blockStart(0, text),
        a: textDelta('a'),
        b: textDelta('b'),
        c: textDelta('c'),
        d: textDelta('d'),
        e: textDelta('e'),
        f: textDelta('f'),
      },
      operator: op(coalesceDeltas()),
      result: { D: textDelta('cd') },
    },
  ],
  coalesceText: [{ operator: op(coalesceText()), result: { x: 'bc' } }],
  contentBlocks: [
    {
      source: events,
      operator: (source) => numbered(source).pipe(contentBlocks()),
      result: { x: { type: 'text', text: 'HiHi' }, y: { type: 'text', text: 'Hi' } },
    },
  ],
  continueOnConnectionError: [
    {
      run({ cold, expectObservable }, { sources, results }) {
        const [first, second] = sources.map(({ marbles: row }) => row.trim());
        const request = { ...events, d: textDelta('The tide ') };
        const continuation = { ...events, c: textDelta('comes in.') };
        // The block of the continuation stops before its text in the picture, so the text opens another one.
        const next = cold(second ?? '', { ...continuation, e: textDelta('comes in.'), c: blockStop() });
        const wait = (results[0]?.marbles.indexOf('u') ?? 0) - (results[0]?.marbles.indexOf('r') ?? 0);
        const starts = (second ?? '').indexOf('s');
        expectObservable(
          cold<MessageStreamEvent>(first ?? '', request, lost).pipe(
            continueOnConnectionError({ continueWith: () => next, initialDelayMs: wait - starts, jitter: 0 }),
          ),
        ).toBe(results[0]?.marbles ?? '', {
          ...request,
          r: has({ type: 'message_reconnect' }),
          u: has({ type: 'message_delta' }),
          e: textDelta('comes in.'),
          c: blockStop(),
          m: has({ type: 'message_delta' }),
        });
      },
    },
  ],
  finalMessage: [
    {
      source: events,
      operator: op(finalMessage()),
      result: { M: has({ stop_reason: 'end_turn', content: [{ type: 'text', text: 'HiHi' }] }) },
    },
  ],
  finalText: [
    {
      source: { ...events, a: textDelta('Hello, '), c: textDelta('world') },
      operator: op(finalText()),
      result: { t: 'Hello, world' },
    },
  ],
  idleTimeout: [
    {
      source: { ...events, s: messageStart() },
      operator: op(idleTimeout({ idleMs: 6 })),
      error: has({ name: 'APIConnectionTimeoutError', timeout: 'idleMs' }),
    },
  ],
  inputJsonDeltas: [
    {
      source: calls,
      operator: op(inputJsonDeltas()),
      result: {
        a: { index: 0, id: 'toolu_1', name: 'get_weather', partial_json: '{"city":"Pa' },
        b: { index: 0, id: 'toolu_1', name: 'get_weather', partial_json: 'ris"}' },
      },
    },
  ],
  messageState: [
    {
      source: events,
      operator: op(messageState()),
      result: { c: has({ status: 'connecting' }), x: has({ status: 'streaming' }), D: has({ status: 'done' }) },
    },
    {
      source: events,
      operator: op(messageState()),
      result: {
        c: has({ status: 'connecting' }),
        x: has({ status: 'streaming' }),
        E: has({ status: 'error', message: has({ content: [{ type: 'text', text: 'Hi' }] }) }),
      },
    },
  ],
  ofType: [{ source: { ...events, d: textDelta('Hi') }, operator: op(ofType('content_block_delta')) }],
  outputElements: [
    {
      source: jsonAnswer('{"names":["An', 'na","Bo"]}'),
      operator: (source) => opening(source).pipe(outputElements(z.string(), 'names')),
      result: { x: 'Anna', y: 'Bo' },
    },
  ],
  partialJson: [
    {
      source: { a: '{"city":"Pa', b: 'ris","days":1', c: '4}' },
      operator: op(partialJson()),
      result: { x: { city: 'Pa' }, y: { city: 'Paris' }, z: { city: 'Paris', days: 14 } },
    },
  ],
  retryOnConnectionError: [
    {
      run({ cold, expectObservable }, { sources, results }) {
        const [first = '', second = ''] = sources.map(({ marbles: row }) => row);
        const attempts = [cold(first, events, lost), cold(second.trim(), events)];
        let attempt = 0;
        expectObservable(
          defer(() => attempts[attempt++] ?? of()).pipe(
            retryOnConnectionError({
              initialDelayMs: second.length - second.trim().length - first.length + 1,
              jitter: 0,
            }),
          ),
        ).toBe(results[0]?.marbles ?? '', { ...events, r: has({ type: 'message_restart', attempt: 2 }) });
      },
    },
  ],
  shareMessage: [
    {
      run({ cold, expectObservable }, { sources, results }) {
        const shared$ = cold<MessageStreamEvent>(sources[0]?.marbles ?? '', events).pipe(shareMessage());
        const rebuilt = (received: string): Observable<unknown> =>
          timer(received.search(/\S/)).pipe(
            mergeMap(() => {
              let isFirst = true;
              // What is emitted on subscription is one letter of the picture.
              return shared$.pipe(
                mergeMap((event) => {
                  const value = event.type === 'content_block_start' || event.type === 'message_start' ? [] : [event];
                  const replaced = isFirst && value.length > 0 ? ['R'] : value;
                  isFirst &&= value.length === 0;
                  return replaced;
                }),
              );
            }),
          );
        const [now, later, afterwards] = results.map(({ marbles: row }) => row);
        expectObservable(shared$).toBe(now ?? '', events);
        expectObservable(rebuilt(later ?? '')).toBe((later ?? '').replace(/ /g, '-'), { ...events, R: 'R' });
        expectObservable(
          timer((afterwards ?? '').search(/\S/)).pipe(mergeMap(() => shared$.pipe(finalMessage()))),
        ).toBe((afterwards ?? '').replace(/ /g, '-'), { W: has({ stop_reason: 'end_turn' }) });
      },
    },
  ],
  smoothText: [{ operator: op(smoothText({ delayMs: 3 })) }],
  structuredOutput: [
    {
      source: jsonAnswer('{"city":"Pa', 'ris"}'),
      operator: (source) => opening(source).pipe(structuredOutput(z.object({ city: z.string() }))),
      result: {
        x: { value: { city: 'Pa' }, done: false },
        y: { value: { city: 'Paris' }, done: false },
        z: { value: { city: 'Paris' }, done: true },
      },
    },
  ],
  tapMessage: [{ source: events, operator: op(tapMessage({ text: () => undefined, message: () => undefined })) }],
  textDeltas: [
    {
      source: { ...events, a: textDelta('a'), b: textDelta('b'), c: textDelta('c') },
      operator: op(textDeltas()),
      result: { a: 'a', b: 'b', c: 'c' },
    },
  ],
  thinkingDeltas: [
    {
      source: { ...events, a: thinkingDelta('a'), b: thinkingDelta('b'), t: textDelta('t') },
      operator: op(thinkingDeltas()),
      result: { a: 'a', b: 'b' },
    },
  ],
  toolInput: [
    {
      source: { ...calls, m: messageDelta('tool_use') },
      operator: (source) => started(source).pipe(toolInput('get_weather')),
      result: {
        x: has({ value: { city: 'Pa' }, done: false }),
        y: has({ value: { city: 'Paris' }, done: false }),
        D: has({ value: { city: 'Paris' }, done: true }),
      },
    },
  ],
  toolUses: [
    {
      source: {
        ...events,
        b: blockStart(0, { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }),
        d: inputJsonDelta('{}'),
        m: messageDelta('tool_use'),
      },
      operator: (source) => numbered(source).pipe(toolUses()),
      result: { x: has({ name: 'get_weather' }), y: has({ name: 'get_weather' }) },
    },
  ],
  totalUsage: [
    {
      source: { ...events, d: ping },
      operator: op(totalUsage()),
      result: {
        a: has({ input_tokens: 25, output_tokens: 1 }),
        b: has({ input_tokens: 25, output_tokens: 12 }),
        c: has({ input_tokens: 50, output_tokens: 13 }),
        d: has({ input_tokens: 50, output_tokens: 24 }),
      },
    },
  ],
  trackUsage: [{ source: events, operator: op(trackUsage(() => undefined)) }],
  usage: [
    {
      source: events,
      operator: op(usage()),
      result: { x: has({ input_tokens: 25, output_tokens: 1 }), y: has({ input_tokens: 25, output_tokens: 12 }) },
    },
  ],
};

/** Adds the start of the message, which the picture omits. */
function started(source: Observable<MessageStreamEvent>): Observable<MessageStreamEvent> {
  return source.pipe(concatMap((event) => (event.type === 'content_block_start' ? [messageStart(), event] : [event])));
}

/** Gives each block of a message the next index, since a letter of a picture always is the same event. */
function numbered(source: Observable<MessageStreamEvent>): Observable<MessageStreamEvent> {
  return defer(() => {
    let index = -1;
    return source.pipe(
      concatMap((event) => {
        if (!('index' in event)) return [event];
        if (event.type === 'content_block_start') index++;
        return [{ ...event, index }];
      }),
    );
  });
}

/** The diagrams of an operator, from its file. */
function diagramsOf(name: string): readonly Diagram[] {
  const source = readFileSync(join(__dirname, `../../src/operators/${name}.ts`), 'utf8');
  return [...source.matchAll(/\/\*\*[^]*?\*\//g)]
    .flatMap(([comment]) => drawingsOf(parseDocstring(comment)))
    .flatMap((drawing) => parseDiagram(drawing) ?? []);
}

function runCase({ source, operator, result, error, run }: Case, helpers: RunHelpers, diagram: Diagram): void {
  if (run !== undefined) {
    run(helpers, diagram);
    return;
  }
  const rowOf = (wanted: string) => diagram.sources.find(({ label }) => label === wanted)?.marbles;
  const frames = rowOf('frames');
  if (frames !== undefined) helpers.animate(frames);
  const source$ = helpers.cold(rowOf('source') ?? '', source as Readonly<Record<string, never>>, lost);
  const [expected] = diagram.results;
  helpers
    .expectObservable(operator?.(source$, helpers, diagram) ?? source$)
    .toBe(
      expected?.marbles ?? '',
      source === undefined && result === undefined ? undefined : { ...lettersOf(diagram), ...source, ...result },
      error,
    );
}

/** A letter without another value stands for itself. */
function lettersOf({ sources, results }: Diagram): Values {
  const letters = [...sources, ...results].flatMap(({ marbles: row }) => row.match(/\w/g) ?? []);
  return Object.fromEntries(letters.map((letter) => [letter, letter]));
}

describe('the marble diagram of', () => {
  it.each(DRAWN)('%s shows what the operator does', (name) => {
    const diagrams = diagramsOf(name);

    expect(diagrams).toHaveLength(cases[name].length);
    diagrams.forEach((diagram, index) => {
      marbles((helpers) => {
        runCase(cases[name][index] ?? {}, helpers, diagram);
      })();
    });
  });
});

describe('a diagram that differs from the operator', () => {
  it('is found', () => {
    const [diagram] = diagramsOf('textDeltas');
    const [row] = diagram?.results ?? [];
    const results = [{ label: 'result', marbles: `-${row?.marbles ?? ''}` }];

    expect(() => {
      marbles((helpers) => {
        runCase(cases.textDeltas[0] ?? {}, helpers, { sources: [], operator: '', legend: [], ...diagram, results });
      })();
    }).toThrow();
  });
});

it('a diagram of an unknown shape is not drawn', () => {
  expect(parseDiagram('subscribe   ^        !\nrequest     --POST---')).toBeUndefined();
  expect(parseDiagram('Don’t /wait, /it’s /a')).toBeUndefined();
});
