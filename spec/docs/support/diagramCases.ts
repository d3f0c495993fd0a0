import type { Observable } from 'rxjs';
import { z } from 'zod';
import type { DRAWN } from '../../../scripts/docs/drawn.js';
import {
  accumulateMessage,
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
  finalMessage,
  finalText,
  inputJsonDeltas,
  messageState,
  ofType,
  outputElements,
  partialJson,
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
} from '../../../src/index.js';
import {
  blockStart,
  citationsDelta,
  inputJsonDelta,
  messageDelta,
  textDelta,
  thinkingDelta,
  ping,
} from '../../support/events.js';
import { calls, events, has, jsonAnswer, numbered, opening, started, text } from './diagramEvents.js';
import { recoveryCases } from './recoveryCases.js';
import type { DiagramCase } from './runDiagram.js';

/** An operator whose source has these values. */
const op = (operator: (source: Observable<never>) => Observable<unknown>): NonNullable<DiagramCase['operator']> =>
  operator;

/** What the diagrams in the docstrings of operators are about, in their order. */
export const diagramCases: Record<(typeof DRAWN)[number], readonly DiagramCase[]> = {
  ...recoveryCases,
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
