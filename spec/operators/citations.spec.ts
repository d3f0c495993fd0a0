import { from, lastValueFrom, toArray } from 'rxjs';
import { citations, type MessageStreamEvent, type TextCitation } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { citationsDelta, ping, restart, textDelta } from '../support/events.js';
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

describe('citations', () => {
  itKeepsTheOperatorContract(citations, {
    values: eventsOf(buildMessage({ content: [textBlock('Green.', { citations: [grass, sky] })] })),
    empty: 'completes',
  });

  it(
    'emits the citations and ignores every other event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<MessageStreamEvent>('--t--a--p--b--|', {
        t: textDelta('Green.'),
        a: citationsDelta(grass),
        p: ping,
        b: citationsDelta(sky),
      });
      const subs = '                           ^-------------!';
      const expected = '                       -----x-----y--|';

      expectObservable(source.pipe(citations())).toBe(expected, { x: grass, y: sky });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('emits frozen copies, and leaves the events as they are', async () => {
    const event = citationsDelta({ ...grass });
    const [first, ...others] = await lastValueFrom(from([event, ping]).pipe(citations(), toArray()));

    expect(first).toEqual(grass);
    expect(Object.isFrozen(first)).toBe(true);
    expect(Object.isFrozen(event.delta)).toBe(false);
    expect(Object.isFrozen(Reflect.get(event.delta, 'citation'))).toBe(false);
    expect(others).toEqual([]);
  });

  it(
    'emits nothing for message_restart and continues after it',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: citationsDelta(grass), r: restart(), b: citationsDelta(sky) });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(citations())).toBe(expected, { x: grass, y: sky });
    }),
  );
});
