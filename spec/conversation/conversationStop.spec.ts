/** What a conversation tells its service when an answer is stopped, and what it shows if that fails. */
import { NEVER } from 'rxjs';
import { answer, TestChat } from './support/chats.js';

describe('conversation: a stop', () => {
  it('tells the service to stop, with the id of the request', () => {
    const stop = jest.fn();
    const test = new TestChat([NEVER, NEVER, NEVER], { stop });
    test.chat.send('One');
    test.chat.stop();
    test.chat.send('Two');
    test.chat.send('Three');

    expect(stop.mock.calls).toEqual([[{ id: test.requests[0]?.id }], [{ id: test.requests[1]?.id }]]);
  });

  it('tells the service nothing about a request that was not made', () => {
    const stop = jest.fn();
    const test = new TestChat([answer('A'), NEVER], { stop });
    test.chat.send('One');
    test.chat.state$.subscribe(({ status }) => {
      if (status === 'connecting') test.chat.stop();
    });
    test.chat.send('Two');

    expect(test.requests).toHaveLength(1);
    expect(stop).not.toHaveBeenCalled();
  });

  it('shows why the service could not be told to stop', async () => {
    const { test, fail } = setUp();
    test.chat.send('One');
    test.chat.stop();
    await fail(0, 'offline');

    expect(test.chat.state).toMatchObject({ status: 'aborted', error: { message: 'offline' } });
  });

  it('shows that also if it is repeated, which asks nothing', async () => {
    const { test, fail } = setUp();
    test.chat.send('One');
    test.chat.stop();
    test.chat.stop();
    await fail(0, 'offline');

    expect(test.chat.state).toMatchObject({ status: 'aborted', error: { message: 'offline' } });
  });

  it('does not show that an earlier request could not be stopped', async () => {
    const { test, fail } = setUp();
    test.chat.send('One');
    test.chat.stop();
    test.chat.send('Two');
    test.chat.stop();
    await fail(0, 'the first');

    expect(test.chat.state).toMatchObject({ status: 'aborted', error: undefined });

    await fail(1, 'the second');

    expect(test.chat.state).toMatchObject({ status: 'aborted', error: { message: 'the second' } });
  });

  it('does not show that of an earlier request either if the later one was stopped before it was made', async () => {
    const { test, fail } = setUp();
    test.chat.send('One');
    test.chat.stop();
    test.chat.state$.subscribe(({ status }) => {
      if (status === 'connecting') test.chat.stop();
    });
    test.chat.send('Two');
    await fail(0, 'the first');

    expect(test.requests).toHaveLength(1);
    expect(test.chat.state).toMatchObject({ status: 'aborted', error: undefined });
  });
});

/** A conversation whose service answers nothing, and fails to stop requests when `fail` is called. */
function setUp() {
  const rejections: ((error: Error) => void)[] = [];
  const stop = (): Promise<void> => new Promise((_, reject) => rejections.push(reject));
  const fail = async (index: number, message: string): Promise<void> => {
    rejections[index]?.(new Error(message));
    await Promise.resolve();
    await Promise.resolve();
  };
  return { test: new TestChat([NEVER, NEVER], { stop }), fail };
}
