/** Runs `tapMessage` with callbacks that record their calls, for its specs. */
import { lastValueFrom, materialize, type Observable } from 'rxjs';
import { tapMessage, type AnyEvent, type MessageObserver, type TextCitation } from '../../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../../src/testing/index.js';

export const citation: TextCitation = {
  type: 'search_result_location',
  cited_text: 'Green.',
  source: 'https://example.com/',
  title: null,
  search_result_index: 0,
  start_block_index: 0,
  end_block_index: 0,
};
export const message = buildMessage({
  content: [thinkingBlock('Hm.'), textBlock('Hello', { citations: [citation] }), toolUseBlock('get', { a: 1 })],
  usage: { output_tokens: 12 },
});
export const events = eventsOf(message);

export const NAMES = [
  'text',
  'thinking',
  'citation',
  'inputJson',
  'contentBlock',
  'usage',
  'message',
  'restart',
] as const;

/** Returns an observer that records each of its calls. */
export function recorder(calls: unknown[][], names: readonly (keyof MessageObserver)[] = NAMES): MessageObserver {
  const record =
    (name: string) =>
    (...values: readonly unknown[]): void => {
      calls.push([name, ...values]);
    };
  return Object.fromEntries(names.map((name) => [name, record(name)]));
}

/** Returns the calls of the named callbacks until the source ends. */
export async function callsOf(
  source: Observable<AnyEvent>,
  ...names: readonly (keyof MessageObserver)[]
): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  await lastValueFrom(source.pipe(tapMessage(recorder(calls, names)), materialize()), { defaultValue: undefined });
  return calls;
}

/** Returns the error with which the source ends, if an observer has the named callbacks. */
export async function errorOf(
  source: Observable<AnyEvent>,
  ...names: readonly (keyof MessageObserver)[]
): Promise<unknown> {
  const last = await lastValueFrom(source.pipe(tapMessage(recorder([], names)), materialize()));
  return last.kind === 'E' ? last.error : undefined;
}
