/** Generates messages with many blocks, many citations, or a tool input with many properties. */
import type { MessageStreamEvent } from 'rxjs-anthropic';
import { buildMessage, eventsOf, textBlock, toolUseBlock, type AnyContentBlock } from 'rxjs-anthropic/testing';
import { DELTA_LENGTH, proseOf, SOURCE } from './fixtures.js';

/** The number of text deltas of a message, unless it has very many blocks. */
const DELTAS = 6000;
const DELTAS_PER_BLOCK = DELTAS / 200;

export interface WideMessage {
  readonly name: string;
  readonly events: readonly MessageStreamEvent[];
  /** Whether messages of this width occur, so that it has a budget. Default false. */
  readonly hasBudget?: boolean;
}

/** Messages that are compared with the first of them. */
export const WIDE_MESSAGES: Readonly<Record<string, readonly WideMessage[]>> = {
  'a text in many blocks': [
    { name: '1 block', events: eventsWith([textBlock(prose(DELTAS))]) },
    { name: '200 blocks', events: manyBlocks(200), hasBudget: true },
    { name: '2,000 blocks', events: manyBlocks(2000) },
  ],
  'a text with many citations': [
    { name: '1 citation', events: cited(1) },
    { name: '500 citations', events: cited(500), hasBudget: true },
    { name: '5,000 citations', events: cited(5000) },
  ],
  'a tool input with many properties': [
    { name: '1 property', events: inputOf(1) },
    { name: '15 properties', events: inputOf(15), hasBudget: true },
    { name: '30 properties', events: inputOf(30) },
    { name: '500 properties', events: inputOf(500) },
  ],
};

function prose(deltas: number): string {
  return proseOf(deltas * DELTA_LENGTH);
}

function eventsWith(content: readonly AnyContentBlock[]): MessageStreamEvent[] {
  return eventsOf(buildMessage({ content }), { deltaLength: DELTA_LENGTH });
}

function manyBlocks(count: number): MessageStreamEvent[] {
  return eventsWith(Array.from({ length: count }, () => textBlock(prose(DELTAS_PER_BLOCK))));
}

/** One text, with citations at equal distances. */
function cited(count: number): MessageStreamEvent[] {
  const every = DELTAS / count;
  let deltas = 0;
  return eventsWith([textBlock(prose(DELTAS))]).flatMap((event): MessageStreamEvent[] => {
    if (event.type !== 'content_block_delta') return [event];
    deltas += 1;
    const citation: MessageStreamEvent = { ...event, delta: { type: 'citations_delta', citation: SOURCE } };
    return Math.floor(deltas / every) > Math.floor((deltas - 1) / every) ? [event, citation] : [event];
  });
}

/** A call whose input has properties that are long texts, or short ones if there are many. */
function inputOf(properties: number): MessageStreamEvent[] {
  const text = prose(DELTAS / properties);
  return eventsWith([
    toolUseBlock('fill', Object.fromEntries(Array.from({ length: properties }, (_, i) => [`key${i}`, text]))),
  ]);
}
