import { from, lastValueFrom, toArray } from 'rxjs';
import { citations, type MessageStreamEvent, type TextCitation } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const citation = (cited_text: string): TextCitation => ({
  type: 'char_location',
  cited_text,
  document_index: 0,
  document_title: null,
  start_char_index: 0,
  end_char_index: cited_text.length,
});
const grass = citation('The grass is green.');
const sky = citation('The sky is blue.');
const delta = (citation: TextCitation): MessageStreamEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'citations_delta', citation },
});
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

describe('citations', () => {
  itKeepsTheOperatorContract(citations, {
    values: eventsOf(buildMessage({ content: [textBlock('Green.', { citations: [grass, sky] })] })),
    empty: 'completes',
  });

  it(
    'selects the citations and leaves out every other event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<MessageStreamEvent>('--t--a--p--b--|', {
        t: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Green.' } },
        a: delta(grass),
        p: { type: 'ping' },
        b: delta(sky),
      });
      const subs = '                           ^-------------!';
      const expected = '                       -----x-----y--|';

      expectObservable(source.pipe(citations())).toBe(expected, { x: grass, y: sky });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('emits the very objects that the Message will have', async () => {
    const message = buildMessage({ content: [textBlock('Green.', { citations: [grass] }), 'No source.'] });
    const [first, ...others] = await lastValueFrom(from(eventsOf(message)).pipe(citations(), toArray()));

    expect(first).toBe(grass);
    expect(others).toEqual([]);
  });

  it(
    'goes on over message_restart without a word',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: delta(grass), r: restart, b: delta(sky) });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(citations())).toBe(expected, { x: grass, y: sky });
    }),
  );
});
