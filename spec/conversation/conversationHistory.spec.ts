import { EMPTY } from 'rxjs';
import type { MessageParam } from '../../src/index.js';
import { toolUseBlock } from '../../src/testing/index.js';
import { answer, TestChat } from './support/chats.js';

const call = toolUseBlock('mail', { to: 'Ann' });
const result = { type: 'tool_result', tool_use_id: call.id, content: 'Sent' };
const text = (words: string) => ({ type: 'text', text: words });

const history: readonly MessageParam[] = [
  { role: 'user', content: 'Mail' },
  { role: 'assistant', content: [text('One moment.'), call] },
  { role: 'user', content: [result] },
  { role: 'assistant', content: 'Done.' },
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [text('And'), text(' now?')] },
  { role: 'assistant', content: [text('Now you wait.')] },
];

describe('conversation: history', () => {
  it('shows the turns of a history, with the results in their calls', () => {
    const test = new TestChat([], { history });

    expect(test.texts).toEqual([
      'user: Mail',
      'assistant: One moment.',
      'assistant: Done.',
      'user: And now?',
      'assistant: Now you wait.',
    ]);
    expect(test.chat.state).toMatchObject({ status: 'idle', canRetry: false, tools: [], usage: undefined });
    expect(test.chat.state.turns[1]).toMatchObject({
      isComplete: true,
      message: { content: [text('One moment.'), call] },
      tools: [{ id: call.id, index: 1, name: 'mail', input: { to: 'Ann' }, status: 'done', result: 'Sent' }],
    });
  });

  it('returns the same history, and continues it', () => {
    const test = new TestChat([answer('Yes')], { history });

    expect(test.chat.history).toEqual(history);

    test.chat.send('Done?');

    expect(test.asked).toEqual([...history, { role: 'user', content: 'Done?' }]);
  });

  it('does not share objects with the history that was given', () => {
    const given = structuredClone(history) as unknown as { content: unknown }[];
    const test = new TestChat([answer('Yes')], { history: given as unknown as MessageParam[] });
    Object.assign(given[0] ?? {}, { content: 'changed' });

    expect(test.chat.history).toEqual(history);
  });

  it('can be saved as JSON at any time, and restored', () => {
    const test = new TestChat([answer(['I mail.', call], { id: 'a' })]);
    test.chat.send('Mail');
    const saved = JSON.parse(JSON.stringify(test.chat.history)) as MessageParam[];
    const restored = new TestChat([answer('Yes', { id: 'b' })], { history: saved });

    expect(restored.texts).toEqual(test.texts);
    expect(restored.chat.history).toEqual(saved);
    expect(restored.chat.state.turns[1]).toMatchObject({ tools: [{ status: 'failed' }] });
  });

  it('retry asks the last question of a history again, and edit any of them', () => {
    const test = new TestChat([answer('A', { id: 'a' }), answer('B', { id: 'b' })], { history });
    test.chat.retry();

    expect(test.asked).toEqual(history.slice(0, -1));

    test.chat.edit(0, 'Mail Bob');

    expect(test.asked).toEqual([{ role: 'user', content: 'Mail Bob' }]);
  });

  it('edits a question that was sent together with results', () => {
    const given: MessageParam[] = [
      ...history.slice(0, 2),
      { role: 'user', content: [result, text('Wait.')] },
      { role: 'assistant', content: 'Yes?' },
    ];
    const test = new TestChat([answer('A')], { history: given });

    expect(test.texts).toEqual(['user: Mail', 'assistant: One moment.', 'user: Wait.', 'assistant: Yes?']);
    expect(test.chat.history).toEqual(given);

    test.chat.edit(2, 'Go on.');

    expect(test.asked).toEqual([...given.slice(0, 2), { role: 'user', content: [result, text('Go on.')] }]);
  });

  it('answers the calls of a history that have no result', () => {
    const test = new TestChat([EMPTY], { history: history.slice(0, 2) });
    test.chat.send('Well?');

    expect(test.chat.state.turns[1]).toMatchObject({ tools: [{ status: 'cancelled' }] });
    expect(test.asked[2]).toMatchObject({
      role: 'user',
      content: [{ content: 'mail was interrupted. It may have taken effect.', is_error: true }, text('Well?')],
    });
  });

  it('gives calls with the same id different ones', () => {
    const test = new TestChat([answer([call], { id: 'a' }), answer('Yes', { id: 'b' })], { history });
    test.chat.send('Mail again');
    test.chat.send('And?');

    expect(test.asked.at(-2)).toMatchObject({ content: [{ type: 'tool_use', id: 'toolu_mail_2' }] });
    expect(test.asked.at(-1)).toMatchObject({ content: [{ tool_use_id: 'toolu_mail_2' }, text('And?')] });
  });

  it('leaves out a call to a tool of the API that has no result, because the message was to be resumed', () => {
    const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} } as const;
    const test = new TestChat([answer(['I search.', search], { stop_reason: 'pause_turn' }), EMPTY]);
    test.chat.send('Search');
    test.chat.send('And?');

    expect(test.asked[1]).toEqual({ role: 'assistant', content: [text('I search.')] });
  });
});
