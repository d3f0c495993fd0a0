import { from, lastValueFrom, toArray } from 'rxjs';
import { finalText, IncompleteMessageError, type AnyEvent, type BetaContentBlock } from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello, ', toolUseBlock('get', { a: 1 }), 'world'] });

const textsOf = (events: readonly AnyEvent[]) => lastValueFrom(from(events).pipe(finalText(), toArray()));

describe('finalText', () => {
  itKeepsTheOperatorContract(finalText, { values: eventsOf(message), emits: 'at the end', empty: 'is incomplete' });

  it(
    'emits the text when the source completes, and nothing before',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [s, b, c, e, m, z] = eventsOf(buildMessage({ content: 'Hello' }));
      const source = cold(' --s--b--c--e--m--z--|   ', { s, b, c, e, m, z } as Record<string, AnyEvent>);
      const subs = '        ^-------------------!   ';
      const expected = '    --------------------(t|)';

      expectObservable(source.pipe(finalText())).toBe(expected, { t: 'Hello' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('joins the text of all text blocks and ignores other blocks', async () => {
    expect(await textsOf(eventsOf(message, { deltaLength: 2 }))).toEqual(['Hello, world']);
  });

  it.each<[string, BetaContentBlock[]]>([
    ['without content', []],
    ['without text', [thinkingBlock('Hm.'), toolUseBlock('get')]],
  ])("emits '' for a message %s", async (_, content) => {
    expect(await textsOf(eventsOf(buildMessage({ content })))).toEqual(['']);
  });

  it('emits text that max_tokens truncated', async () => {
    expect(await textsOf(eventsOf(buildMessage({ content: 'Hel', stop_reason: 'max_tokens' })))).toEqual(['Hel']);
  });

  it('emits the text of the last of several messages', async () => {
    const second = buildMessage({ id: 'msg_0002', content: 'And two' });

    expect(await textsOf([...eventsOf(message), ...eventsOf(second)])).toEqual(['And two']);
  });

  it('ignores text that a message_restart withdrew', async () => {
    expect(await textsOf([...eventsOf(message, { cutAt: 8 }), restart(), ...eventsOf(message)])).toEqual([
      'Hello, world',
    ]);
  });

  it('fails if the source completes before message_stop, with the message so far as partial', async () => {
    const events = eventsOf(message).slice(0, -1);

    await expect(textsOf(events)).rejects.toBeInstanceOf(IncompleteMessageError);
    await expect(textsOf(events)).rejects.toMatchObject({ partial: { content: message.content } });
  });
});
