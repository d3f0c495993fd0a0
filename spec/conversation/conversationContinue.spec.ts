import { concat, from, NEVER, of, Subject, throwError } from 'rxjs';
import { type AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { restart } from '../support/events.js';
import { answer, overloaded, part, TestChat } from './support/chats.js';

const half = () => part('The tide comes in twice a day.', 4, overloaded); // 'The tide c'
const failed = throwError(() => overloaded);

describe('conversation: continue', () => {
  it('continues the last message where it ended, as one message', () => {
    const test = new TestChat([half(), answer('omes in.', { id: 'b' })]);
    test.chat.send('Tide?');
    const before = test.chat.state;
    test.chat.continue();

    expect(before.canContinue).toBe(true);
    expect(test.asked).toMatchObject([
      { role: 'user', content: 'Tide?' },
      { role: 'assistant', content: [{ type: 'text', text: 'The tide c' }] },
      { role: 'user', content: expect.stringContaining('<end_of_previous_answer>The tide c</end') as unknown },
    ]);
    expect(test.texts).toEqual(['user: Tide?', 'assistant: The tide comes in.']);
    expect(test.chat.state.turns[1]?.id).toBe(before.turns[1]?.id);
    expect(test.chat.state.turns[1]).toMatchObject({ isComplete: true, message: { content: [{ type: 'text' }] } });
    expect(test.chat.history).toEqual([
      { role: 'user', content: 'Tide?' },
      { role: 'assistant', content: [{ type: 'text', text: 'The tide comes in.' }] },
    ]);
  });

  it('never shows less than had arrived, and is reconnecting until the first event', () => {
    const source = new Subject<AnyEvent>();
    const test = new TestChat([half(), source]);
    test.chat.send('Tide?');
    const count = test.states.length;
    test.chat.continue();

    expect(test.chat.state).toMatchObject({ status: 'reconnecting', error: undefined, canContinue: false });
    expect(test.chat.state.current?.text).toBe('The tide c');

    for (const event of eventsOf(buildMessage({ id: 'b', content: 'omes in.' }), { deltaLength: 3 }))
      source.next(event);

    const texts = test.states.slice(count).map(({ turns }) => turns[1]?.text ?? '');

    expect(texts.every((text) => text.startsWith('The tide c'))).toBe(true);
    expect(new Set(texts)).toEqual(new Set(['The tide c', 'The tide come', 'The tide comes i', 'The tide comes in.']));
  });

  it('can be repeated, and be stopped', () => {
    const test = new TestChat([half(), failed, part('omes in twice', 3, overloaded), NEVER]);
    test.chat.send('Tide?');
    test.chat.continue();

    expect(test.chat.state).toMatchObject({ status: 'error', canContinue: true });
    expect(test.texts[1]).toBe('assistant: The tide c');

    test.chat.continue();

    expect(test.texts[1]).toBe('assistant: The tide comes ');

    test.chat.continue();
    test.chat.stop();

    expect(test.chat.state).toMatchObject({ status: 'aborted', canContinue: true });
    expect(test.texts[1]).toBe('assistant: The tide comes ');
  });

  it('keeps the half message when a retry withdraws what has been added to it', () => {
    const source = new Subject<AnyEvent>();
    const test = new TestChat([half(), source]);
    test.chat.send('Tide?');
    test.chat.continue();
    for (const event of eventsOf(buildMessage({ id: 'b', content: 'WRONG' })).slice(0, 3)) source.next(event);

    expect(test.chat.state.current?.text).toBe('The tide cWRONG');

    source.next(restart({ attempt: 2, delayMs: 700, error: overloaded }));

    expect(test.chat.state).toMatchObject({ status: 'reconnecting', delayMs: 700, attempt: 2, error: overloaded });
    expect(test.chat.state.current?.text).toBe('The tide c');

    for (const event of eventsOf(buildMessage({ id: 'c', content: 'omes.' }))) source.next(event);

    expect(test.texts).toEqual(['user: Tide?', 'assistant: The tide comes.']);
  });

  it('sums the usage of both requests once', () => {
    const usage = { input_tokens: 10, output_tokens: 5 };
    const events = eventsOf(buildMessage({ content: 'The tide', usage })).slice(0, 3);
    const test = new TestChat([concat(from(events), failed), answer(' comes', { id: 'b', usage })]);
    test.chat.send('Tide?');

    expect(test.chat.state.usage).toMatchObject({ input_tokens: 10, output_tokens: 1 });

    test.chat.continue();

    expect(test.chat.state.usage).toMatchObject({ input_tokens: 20, output_tokens: 6 });
  });

  it('shows the results of calls that follow a continued text', () => {
    const events = [
      ...eventsOf(buildMessage({ id: 'b', content: ['omes', toolUseBlock('mail')] })),
      Object.assign(
        { type: 'tool_result' },
        {
          tool_use_id: 'toolu_mail',
          index: 1,
          name: 'mail',
          result: { type: 'tool_result', tool_use_id: 'toolu_mail' },
        },
      ),
      ...eventsOf(buildMessage({ id: 'c', content: 'Sent.' })),
    ];
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'The tide c'] });
    const first = concat(from(eventsOf(message).slice(0, -3)), failed);
    const test = new TestChat([first, concat(from(events), of({ type: 'run_end' }))]);
    test.chat.send('Tide?');
    test.chat.continue();

    expect(test.texts).toEqual(['user: Tide?', 'assistant: The tide comes', 'assistant: Sent.']);
    expect(test.chat.state.tools).toMatchObject([{ index: 2, status: 'done' }]);
  });

  it('finds a call by its index in the message of the service, if the service has changed its id', () => {
    const approval = { type: 'tool_approval_required', id: 'toolu_mail_2', index: 1, name: 'mail', input: {} };
    const paused = { type: 'run_paused', state: { pending: [{ id: 'toolu_mail_2' }], started: [] } };
    const events = [...eventsOf(buildMessage({ id: 'b', content: ['omes', toolUseBlock('mail')] })), approval, paused];
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'The tide c'] });
    const first = concat(from(eventsOf(message).slice(0, -3)), failed);
    const test = new TestChat([first, from(events), NEVER]);
    test.chat.send('Tide?');
    test.chat.continue();

    expect(test.chat.state).toMatchObject({ status: 'approval', tools: [{ id: 'toolu_mail_2', status: 'approval' }] });

    test.chat.approve('toolu_mail_2');

    expect(test.requests[2]?.resume?.decisions).toEqual({ toolu_mail_2: true });
  });

  it('is not possible without text, after a complete answer, or after a complete call', () => {
    const call = eventsOf(buildMessage({ content: ['I', toolUseBlock('mail', { a: 1 })] })).slice(0, -2);
    const test = new TestChat([part('Hi', 1, overloaded), answer('Hello.', { id: 'b' }), concat(from(call), failed)]);
    for (const question of ['One', 'Two', 'Three']) {
      test.chat.send(question);
      const { state } = test.chat;

      expect(state.canContinue).toBe(false);

      test.chat.continue();

      expect(test.chat.state).toBe(state);
    }
  });
});
