import { AnthropicError } from '../../src/index.js';
import { ConversationStates } from '../../src/conversation/conversationStates.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { blockStart, messageStart, restart, textDelta } from '../support/events.js';
import { overloaded } from './support/chats.js';

/** The states after a question has been asked and these events have arrived. */
function statesAfter(...events: Parameters<ConversationStates['accept']>[0][]): ConversationStates {
  const states = new ConversationStates([]);
  states.send('Hi');
  for (const event of events) states.accept(event);
  return states;
}

const half = [messageStart(), blockStart(0, { type: 'text', text: '' }), textDelta('Half')];
const whole = eventsOf(buildMessage({ content: 'Hello' }));

describe('ConversationStates: actions and events become states, without a request', () => {
  it.each<[string, (states: ConversationStates) => void, object]>([
    ['a question', () => undefined, { status: 'streaming', canRetry: false, canContinue: false }],
    [
      'another question',
      (states) => {
        states.send('More');
      },
      { status: 'connecting', current: undefined },
    ],
    [
      'the end of the request',
      (states) => {
        states.complete();
      },
      { status: 'error', canRetry: true, canContinue: true },
    ],
    [
      'a stop',
      (states) => {
        states.end({ status: 'aborted', error: undefined });
      },
      { status: 'aborted', canContinue: true },
    ],
    [
      'an error',
      (states) => {
        states.end({ status: 'error', error: overloaded });
      },
      { status: 'error', error: overloaded },
    ],
    ['a retry', (states) => states.retry(), { status: 'connecting', turns: [{ text: 'Hi' }] }],
    [
      'another text',
      (states) => {
        states.edit(0, 'Ho');
      },
      { status: 'connecting', turns: [{ id: 'turn-1', text: 'Ho' }] },
    ],
    [
      'a reset',
      (states) => {
        states.reset();
      },
      { status: 'idle', turns: [], usage: undefined },
    ],
  ])('%s', (_, act, expected) => {
    const states = statesAfter(...half);
    act(states);

    expect(states.state).toMatchObject(expected);
    expect(states.isUnfinished).toBe(['streaming', 'connecting'].includes(states.state.status));
  });

  it('keeps its state while nothing changes', () => {
    const states = statesAfter(...half);
    const { state } = states;
    states.accept({ type: 'ping' });
    states.accept({ type: 'new_type' });
    states.failStop(new AnthropicError('not stopped'));

    expect(states.decide('other', { isApproved: true })).toBe(false);
    expect(states.resume()).toBeUndefined();
    expect(states.state).toBe(state);
  });

  it('ignores events before a question', () => {
    const states = new ConversationStates([]);
    const { state } = states;
    states.accept(messageStart());
    states.complete();
    states.end({ status: 'error', error: overloaded });

    expect(states.retry()).toBe(false);
    expect(states.state).toBe(state);
  });

  it('is unchanged by whatever follows the end of an answer', () => {
    const states = statesAfter(...whole);
    states.complete();
    const { state } = states;
    states.complete();
    states.end({ status: 'error', error: overloaded });

    expect(states.state).toBe(state);
  });

  it('gives a withdrawn message and the one that replaces it the same id', () => {
    const states = statesAfter(...half, restart(), messageStart({ id: 'msg_2' }));

    expect(states.state.turns.map(({ id }) => id)).toEqual(['turn-1', 'turn-2']);
  });

  it('keeps a complete message of a run when the next one is withdrawn', () => {
    const first = eventsOf(buildMessage({ id: 'msg_1', content: ['One', toolUseBlock('a')] }));
    const states = statesAfter(...first, restart({ error: overloaded }));

    expect(states.state).toMatchObject({ status: 'retrying', turns: [{ text: 'Hi' }, { text: 'One' }] });

    for (const event of [
      messageStart({ id: 'msg_2' }),
      restart(),
      ...eventsOf(buildMessage({ id: 'msg_3', content: 'Two' })),
    ]) {
      states.accept(event);
    }

    expect(states.state.turns.map(({ text }) => text)).toEqual(['Hi', 'One', 'Two']);
  });

  it('shows that the service could not be told to stop, until something else happens', () => {
    const states = statesAfter(...half);
    const error = new AnthropicError('not stopped');
    states.end({ status: 'aborted', error: undefined });
    states.failStop(error);

    expect(states.state).toMatchObject({ status: 'aborted', error });

    states.send('More');

    expect(states.state.error).toBeUndefined();
  });

  it('has the messages of the conversation at each moment', () => {
    const states = statesAfter(...half);

    expect(states.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [{ type: 'text', text: 'Half' }] },
    ]);
    expect(states.messagesToAsk()).toEqual([{ role: 'user', content: 'Hi' }]);
  });
});
