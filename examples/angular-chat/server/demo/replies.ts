import type { ContentBlock, MessageParam } from 'rxjs-anthropic';
import { textBlock, thinkingBlock, toolUseBlock, type Reply } from 'rxjs-anthropic/testing';
import { resultsIn, textOf, type ReadResult } from './messages.js';
import * as texts from './texts.js';

export interface ScriptedReply {
  readonly content: readonly ContentBlock[];
  /** What goes wrong with each attempt, the first one first. Later attempts succeed. */
  readonly faults?: readonly Partial<Reply>[];
}

/** What the demo model replies to a prompt that contains one of the words. The first that matches counts. */
const REPLIES: readonly (readonly [RegExp, (position: number) => ScriptedReply])[] = [
  [/\b(table|book|restaurant|dinner)/, lookForTables],
  [/piano|estimate/, () => ({ content: [thinkingBlock(texts.PIANO_THINKING), textBlock(texts.PIANO)] })],
  [/code|typescript|debounce/, () => said(texts.CODE)],
  [/weekend|lisbon|trip/, () => said(texts.LISBON)],
  [/tide|moon/, () => said(texts.TIDES)],
  [/overloaded/, () => ({ ...said(texts.OVERLOADED), faults: [OVERLOADED, OVERLOADED] })],
  [/connection/, () => ({ ...said(texts.CONNECTION), faults: [{ resetAtByte: 7000 }] })],
  // One more than the service retries.
  [
    /fail/,
    () => ({ ...said(texts.FAILURE), faults: [{ resetAtByte: 4500 }, ...Array<Partial<Reply>>(3).fill(NO_RESPONSE)] }),
  ],
];

const OVERLOADED: Partial<Reply> = { events: undefined, status: 529, headers: { 'retry-after': '3' } };
const NO_RESPONSE: Partial<Reply> = { noResponse: 'reset' };

/** Writes the reply of the demo model to a conversation that ends with a prompt, or with results of tools. */
export function writeReply(messages: readonly MessageParam[]): ScriptedReply {
  const results = resultsIn(messages.at(-1));
  if (results.size > 0) return replyTo(results, messages.length);
  const prompt = textOf(messages.at(-1)).toLowerCase();
  const [, write] = REPLIES.find(([pattern]) => pattern.test(prompt)) ?? [];
  return write?.(messages.length) ?? said(texts.UNKNOWN);
}

function said(text: string): ScriptedReply {
  return { content: [textBlock(text)] };
}

/** @param position - Makes the ids of calls unique in their conversation. */
function lookForTables(position: number): ScriptedReply {
  const input = { city: 'Lisbon', date: 'Friday, 12 March', guests: 4 };
  return {
    content: [
      thinkingBlock(texts.TABLE_THINKING),
      textBlock(texts.LOOKING),
      toolUseBlock('find_tables', input, { id: `toolu_find_${position}` }),
    ],
  };
}

function replyTo(results: ReadonlyMap<string, ReadResult>, position: number): ScriptedReply {
  const [[id, { text, isError }] = ['', { text: '', isError: false }]] = results;
  if (id.startsWith('toolu_find')) {
    const input = {
      restaurant: 'Prado',
      date: 'Friday, 12 March',
      time: '20:30',
      guests: 4,
      name: 'Ada',
      notes: 'A quiet table by the window, please. One guest does not eat fish.',
    };
    return {
      content: [textBlock(texts.FOUND), toolUseBlock('book_table', input, { id: `toolu_book_${position}` })],
    };
  }
  if (isError) return said(texts.NOT_BOOKED);
  const reference = /"reference":\s*"(\w+)"/.exec(text)?.[1] ?? 'unknown';
  return said(texts.BOOKED.replace('REFERENCE', reference));
}
