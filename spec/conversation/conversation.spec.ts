import { from, NEVER, Observable, Subject, type Subscriber } from 'rxjs';
import { BadRequestError, conversation, type AnyEvent } from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';
import { messageStart, messageStop, restart, textDelta, blockStart } from '../support/events.js';
import { answer, overloaded, part, TestChat } from './support/chats.js';

describe('conversation: messages', () => {
  it('begins idle, without turns, and asks nothing before send', () => {
    const { chat, requests, states } = new TestChat([]);

    expect(states).toEqual([
      {
        ...{ status: 'idle', turns: [], current: undefined, tools: [], usage: undefined, error: undefined },
        ...{ delayMs: undefined, attempt: 1, canRetry: false, canContinue: false },
      },
    ]);
    expect(chat.state).toBe(states[0]);
    expect(requests).toEqual([]);
  });

  it('asks with the conversation so far, and shows how the answer grows', () => {
    const test = new TestChat([answer('Hello you.', { id: 'a' }), answer('Fine.', { id: 'b' })]);
    test.chat.send('Hi');
    test.chat.send('How are you?');

    expect(test.requests.map(({ messages }) => messages)).toEqual([
      [{ role: 'user', content: 'Hi' }],
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: [{ type: 'text', text: 'Hello you.' }] },
        { role: 'user', content: 'How are you?' },
      ],
    ]);
    expect(test.statuses).toEqual(['idle', 'connecting', 'streaming', 'done', 'connecting', 'streaming', 'done']);
    expect(new Set(test.states.map(({ turns }) => turns[1]?.text))).toEqual(
      new Set([undefined, '', 'Hello', 'Hello you.']),
    );
    expect(test.chat.history).toEqual([
      ...test.asked,
      { role: 'assistant', content: [{ type: 'text', text: 'Fine.' }] },
    ]);
  });

  it('has the message in progress as its current turn, which is also the last of its turns', () => {
    const source = new Subject<AnyEvent>();
    const { chat } = new TestChat([source]);
    chat.send('Hi');
    source.next(messageStart());
    source.next(blockStart(0, { type: 'text', text: '' }));
    const { current, turns } = chat.state;
    source.next(textDelta('Hello'));

    expect(current).toMatchObject({ role: 'assistant', id: 'turn-2', text: '', isComplete: false });
    expect(turns.at(-1)).toBe(current);
    expect(chat.state.turns.at(-1)).toBe(chat.state.current);
    expect(chat.state.current).toMatchObject({ id: 'turn-2', text: 'Hello' });
    expect(chat.state.turns[0]).toBe(turns[0]);

    source.next(messageStop);

    expect(chat.state).toMatchObject({ status: 'done', current: undefined });
  });

  it('emits a state exactly when something has changed, and shares its unchanged parts', () => {
    const { chat, states } = new TestChat([answer('One two three', { id: 'a' }), answer('Four five six', { id: 'b' })]);
    chat.send('Hi');
    const { turns } = chat.state;
    chat.send('And?');

    for (const [index, state] of states.entries()) {
      const before = states[index - 1];

      expect(Object.entries(state).some(([name, value]) => Reflect.get(before ?? {}, name) !== value)).toBe(true);
    }

    expect(chat.state.turns.slice(0, 2)).toEqual(turns);
    expect(chat.state.turns[0]).toBe(turns[0]);
    expect(chat.state.turns[1]).toBe(turns[1]);
  });

  it('sums the usage of all messages, also of those that were replaced', () => {
    const usage = { input_tokens: 10, output_tokens: 5 };
    const test = new TestChat([answer('A', { id: 'a', usage }), answer('B', { id: 'b', usage }), part('C', 3)]);
    test.chat.send('Hi');
    test.chat.retry();

    expect(test.chat.state.usage).toMatchObject({ input_tokens: 20, output_tokens: 10 });

    test.chat.send('More');

    expect(test.chat.state.usage).toMatchObject({ output_tokens: 11 });
  });

  it('shows a retry, and withdraws what it had shown', () => {
    const events = [
      ...[messageStart(), blockStart(0, { type: 'text', text: 'Wrong' })],
      restart({ delayMs: 500, error: overloaded }),
    ];
    const source = new Subject<AnyEvent>();
    const test = new TestChat([source]);
    test.chat.send('Hi');
    for (const event of events) source.next(event);

    expect(test.chat.state).toMatchObject({ status: 'retrying', delayMs: 500, attempt: 2, error: overloaded });
    expect(test.texts).toEqual(['user: Hi']);

    source.next(messageStart({ id: 'msg_2' }));

    expect(test.chat.state).toMatchObject({ status: 'streaming', delayMs: undefined, attempt: 2, error: undefined });
    expect(test.chat.state.turns.map(({ id }) => id)).toEqual(['turn-1', 'turn-2']);
  });

  it('keeps what had arrived when the request fails, and sends it as a part of the conversation', () => {
    const test = new TestChat([part('Hello you.', 3, overloaded), answer('Yes?')]);
    test.chat.send('Hi');

    expect(test.chat.state).toMatchObject({ status: 'error', canRetry: true, canContinue: true, current: undefined });
    expect(test.chat.state.error).toBe(overloaded);
    expect(test.texts).toEqual(['user: Hi', 'assistant: Hello']);

    test.chat.send('Sorry?');

    expect(test.asked).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
      { role: 'user', content: 'Sorry?' },
    ]);
    expect(test.chat.state.error).toBeUndefined();
  });

  it('sends questions that have no answer as one message', () => {
    const test = new TestChat([part('', 0, overloaded), part('', 1, overloaded), answer('Yes?')]);
    test.chat.send('Hi');
    test.chat.send([{ type: 'text', text: 'Hello?' }]);
    test.chat.send('Anybody?');

    expect(test.asked).toEqual([
      { role: 'user', content: ['Hi', 'Hello?', 'Anybody?'].map((text) => ({ type: 'text', text })) },
    ]);
  });

  it('ends with an error if the stream ends before the message, or the events are out of order', () => {
    const test = new TestChat([from([messageStart()]), from([textDelta('lost')])]);
    test.chat.send('Hi');

    expect(test.chat.state).toMatchObject({ status: 'error', error: { name: 'IncompleteMessageError' } });

    test.chat.send('Hi');

    expect(test.chat.state).toMatchObject({ status: 'error', error: { name: 'InvalidEventError' } });
  });

  it('ends with an error if request throws', () => {
    const test = new TestChat([]);
    test.chat.send('Hi');

    expect(test.chat.state).toMatchObject({ status: 'error', error: { message: 'nobody expected request 1' } });
    expect(test.chat.state.turns).toHaveLength(1);
  });

  it('does not offer to ask again what the API refuses', () => {
    const refused = new BadRequestError('prompt is too long', { status: 400 });
    const test = new TestChat([part('', 0, refused)]);
    test.chat.send('Hi');

    expect(test.chat.state).toMatchObject({ status: 'error', canRetry: false });
  });

  it('leaves a refused answer and its question out of the conversation', () => {
    const test = new TestChat([
      answer('Hello.', { id: 'a' }),
      answer('I can', { id: 'b', stop_reason: 'refusal' }),
      answer('Yes', { id: 'c' }),
    ]);
    test.chat.send('Hi');
    test.chat.send('Something bad');
    test.chat.send('Something good');

    expect(test.texts[3]).toBe('assistant: I can');
    expect(test.asked).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
      { role: 'user', content: 'Something good' },
    ]);
  });
});

describe('conversation: methods', () => {
  it('stop aborts the request and keeps what had arrived', () => {
    let aborted = 0;
    const source = new Observable<AnyEvent>((subscriber: Subscriber<AnyEvent>) => {
      part('Hello you.', 4).subscribe(subscriber);
      return () => (aborted += 1);
    });
    const test = new TestChat([source]);
    test.chat.send('Hi');
    test.chat.stop();

    expect(aborted).toBe(1);
    expect(test.chat.state).toMatchObject({ status: 'aborted', error: undefined, canRetry: true, canContinue: true });
    expect(test.texts).toEqual(['user: Hi', 'assistant: Hello you.']);

    const { state } = test.chat;
    test.chat.stop();

    expect(test.chat.state).toBe(state);
  });

  it('stop ends the wait before a retry', () => {
    const source = new Subject<AnyEvent>();
    const test = new TestChat([source]);
    test.chat.send('Hi');
    source.next(restart({ delayMs: 5000, error: overloaded }));
    test.chat.stop();

    expect(source.observed).toBe(false);
    expect(test.chat.state).toMatchObject({ status: 'aborted', delayMs: undefined });
  });

  it('stop changes nothing once the answer is complete, even if its stream has not ended', () => {
    const source = new Subject<AnyEvent>();
    const stop = jest.fn();
    const test = new TestChat([source], { stop });
    test.chat.send('Hi');
    source.next(messageStart());
    source.next(messageStop);
    const { state } = test.chat;
    test.chat.stop();

    expect(test.chat.state).toBe(state);
    expect(source.observed).toBe(false);
    expect(stop).not.toHaveBeenCalled();
  });

  it('retry replaces the last answer', () => {
    const test = new TestChat([part('Hello you.', 3, overloaded), answer('Good day.')]);
    test.chat.send('Hi');
    test.chat.retry();

    expect(test.asked).toEqual([{ role: 'user', content: 'Hi' }]);
    expect(test.texts).toEqual(['user: Hi', 'assistant: Good day.']);
    expect(test.requests[0]?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(test.requests[1]?.id).not.toBe(test.requests[0]?.id);
  });

  it('retry can ask with the id of an earlier request, to read what a service has recorded', () => {
    const test = new TestChat([answer('Hello.')], { history: [{ role: 'user', content: 'Hi' }] });

    expect(test.chat.state).toMatchObject({ status: 'idle', canRetry: true });

    test.chat.retry({ id: 'mine' });

    expect(test.requests).toMatchObject([{ id: 'mine', messages: [{ role: 'user', content: 'Hi' }] }]);
  });

  it('retry does nothing without a question', () => {
    const test = new TestChat([]);
    test.chat.retry();

    expect(test.states).toHaveLength(1);
  });

  it('edit replaces a question and everything after it', () => {
    const test = new TestChat([answer('A', { id: 'a' }), answer('B', { id: 'b' }), answer('C', { id: 'c' })]);
    test.chat.send('One');
    test.chat.send('Two');
    test.chat.edit(0, 'Three');

    expect(test.asked).toEqual([{ role: 'user', content: 'Three' }]);
    expect(test.texts).toEqual(['user: Three', 'assistant: C']);
    expect(test.chat.state.turns[0]?.id).toBe('turn-1');
  });

  it('reset stops and forgets everything', () => {
    const source = new Subject<AnyEvent>();
    const test = new TestChat([source, answer('B')]);
    test.chat.send('One');
    source.next(messageStart());
    test.chat.reset();

    expect(source.observed).toBe(false);
    expect(test.chat.state).toEqual(test.states[0]);
    expect(test.chat.history).toEqual([]);

    test.chat.send('Two');

    expect(test.asked).toEqual([{ role: 'user', content: 'Two' }]);
  });

  it('send stops the answer in progress', () => {
    const source = new Subject<AnyEvent>();
    const test = new TestChat([source, answer('B')]);
    test.chat.send('One');
    source.next(messageStart());
    source.next(blockStart(0, { type: 'text', text: 'Half an' }));
    test.chat.send('Two');

    expect(source.observed).toBe(false);
    expect(test.texts).toEqual(['user: One', 'assistant: Half an', 'user: Two', 'assistant: B']);
    expect(test.statuses).toEqual(['idle', 'connecting', 'streaming', 'connecting', 'streaming', 'done']);
    expect(test.asked[1]).toEqual({ role: 'assistant', content: [{ type: 'text', text: 'Half an' }] });
  });

  it('sends blocks, without blank text', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
    const test = new TestChat([answer('A cat.')]);
    test.chat.send([{ type: 'text', text: 'What is' }, image, { type: 'text', text: ' \n' }]);

    expect(test.asked).toEqual([{ role: 'user', content: [{ type: 'text', text: 'What is' }, image] }]);
    expect(test.texts[0]).toBe('user: What is');
  });

  it.each([[''], [' \n'], [[]], [[{ type: 'text', text: ' ' }]], [undefined], [['Hi']]])(
    'refuses to send %j',
    (content) => {
      const { chat } = new TestChat([answer('A')]);

      expect(() => {
        chat.send(content as string);
      }).toThrow(
        new TypeError('conversation: send: content must be a text that is not blank, or an array of content blocks.'),
      );
      expect(chat.state.turns).toEqual([]);
    },
  );

  it.each([-1, 1, 2, NaN])('refuses to edit turn %d', (index) => {
    const { chat } = new TestChat([answer('A'), NEVER]);
    chat.send('Hi');

    expect(() => {
      chat.edit(index, 'x');
    }).toThrow(RangeError);
    expect(chat.state.turns).toHaveLength(2);
  });
});

describe('conversation: its lifetime', () => {
  it('replays the state to a late subscriber, and continues without subscribers', () => {
    const source = new Subject<AnyEvent>();
    const { chat } = new TestChat([source]);
    const seen: string[] = [];
    chat.state$.subscribe().unsubscribe();
    chat.send('Hi');
    chat.state$.subscribe().unsubscribe();
    source.next(messageStart());
    chat.state$.subscribe(({ status }) => seen.push(status));

    expect(source.observed).toBe(true);
    expect(seen).toEqual(['streaming']);
  });

  it('destroy completes after the last state, even if a subscriber calls it', () => {
    const { chat, states } = new TestChat([answer('A')]);
    const ends: string[] = [];
    chat.state$.subscribe({
      next: ({ status }) => {
        ends.push(status);
        if (status === 'streaming') chat.destroy();
      },
      complete: () => ends.push('complete'),
    });
    chat.send('Hi');

    expect(ends).toEqual(['idle', 'connecting', 'streaming', 'aborted', 'complete']);
    expect(states.at(-1)).toBe(chat.state);
  });

  it('destroy aborts the request without telling the service, and completes', () => {
    const source = new Subject<AnyEvent>();
    const stop = jest.fn();
    const { chat } = new TestChat([source, NEVER], { stop });
    const ends: string[] = [];
    chat.state$.subscribe({ complete: () => ends.push('now') });
    chat.send('Hi');
    source.next(messageStart());
    chat.destroy();
    chat.state$.subscribe({ next: ({ status }) => ends.push(status), complete: () => ends.push('late') });
    const { state } = chat;
    chat.send('More');
    chat.retry();
    chat.reset();
    chat.destroy();

    expect(source.observed).toBe(false);
    expect(stop).not.toHaveBeenCalled();
    expect(ends).toEqual(['now', 'aborted', 'late']);
    expect(chat.state).toBe(state);
  });

  it('gives every subscriber each state in order, if one of them calls a method', () => {
    const { chat } = new TestChat([part('Hello you.', 3), answer('Bye.')]);
    const seen: string[][] = [[], []];
    chat.state$.subscribe(({ status, turns }) => {
      seen[0]?.push(`${status} ${turns.length}`);
      if (status === 'streaming' && turns.length === 2) chat.stop();
      if (status === 'aborted') chat.send('Bye');
    });
    chat.state$.subscribe(({ status, turns }) => seen[1]?.push(`${status} ${turns.length}`));
    chat.send('Hi');

    expect(seen[0]).toEqual(seen[1]);
    expect(chat.state.turns).toHaveLength(4);
    expect(seen[0]?.slice(0, 4)).toEqual(['idle 0', 'connecting 1', 'streaming 2', 'aborted 2']);
  });

  it('asks once if aborting a request asks something else', () => {
    const asked: string[] = [];
    const open = new Set<string>();
    const chat = conversation({
      request: ({ messages }) =>
        new Observable<AnyEvent>(() => {
          const question = JSON.stringify(messages.at(-1)?.content);
          asked.push(question);
          open.add(question);
          return () => {
            open.delete(question);
            if (question.includes('One')) chat.send('Three');
          };
        }),
    });
    chat.send('One');
    chat.send('Two');

    expect(asked).toHaveLength(2);
    expect(asked[1]).toContain('Three');
    expect(open.size).toBe(1);
  });

  it('freezes what it shows and what it sends', () => {
    const content = [{ type: 'text', text: 'Hi' }];
    const test = new TestChat([from([{ type: 'message_start', message: buildMessage({ content: 'x' }) }])]);
    test.chat.send(content);
    Object.assign(content[0] ?? {}, { text: 'changed' });

    expect(test.asked).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]);
    expect(Object.isFrozen(test.asked)).toBe(true);
    expect(Object.isFrozen(test.chat.state.turns)).toBe(true);
    expect(Object.isFrozen(test.chat.history)).toBe(true);
  });
});
