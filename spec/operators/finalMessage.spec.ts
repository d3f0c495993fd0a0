import { concat, from, lastValueFrom, materialize, Subject, takeUntil, tap, throwError, toArray } from 'rxjs';
import {
  APIConnectionError,
  type AnthropicError,
  finalMessage,
  IncompleteMessageError,
  InvalidEventError,
  type AnyEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { ping, restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello, world', toolUseBlock('get', { a: 1 })] });
const second = buildMessage({ id: 'msg_0002', content: 'And two' });

const messagesOf = (events: readonly AnyEvent[]) => lastValueFrom(from(events).pipe(finalMessage(), toArray()));

/** Returns the error of a stream whose only notification is that error. */
async function errorOf(events: readonly AnyEvent[], end?: Error): Promise<AnthropicError | undefined> {
  const source =
    end === undefined
      ? from(events)
      : concat(
          from(events),
          throwError(() => end),
        );
  const [first] = await lastValueFrom(source.pipe(finalMessage(), materialize(), toArray()));
  return first?.kind === 'E' ? (first.error as AnthropicError) : undefined;
}

describe('finalMessage', () => {
  itKeepsTheOperatorContract(finalMessage, { values: eventsOf(message), emits: 'at the end', empty: 'is incomplete' });

  it(
    'emits the complete Message when the source completes, and nothing before',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const hello = buildMessage({ content: 'Hello' });
      const [s, b, d, e, m, z] = eventsOf(hello);
      const source = cold(' --s-b-d-p-e-m-z--|   ', { s, b, d, e, m, z, p: ping } as Record<string, AnyEvent>);
      const subs = '        ^----------------!   ';
      const expected = '    -----------------(M|)';

      expectObservable(source.pipe(finalMessage())).toBe(expected, { M: hello });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('emits the message that was streamed', async () => {
    expect(await messagesOf(eventsOf(message, { deltaLength: 1, pingEvery: 3 }))).toStrictEqual([message]);
  });

  it('stops a synchronous source when the consumer unsubscribes while it emits', () => {
    const leave = new Subject<void>();
    let pulled = 0;
    const source = from(eventsOf(message)).pipe(
      tap(() => {
        pulled += 1;
        if (pulled === 3) leave.next();
      }),
    );
    source.pipe(finalMessage(), takeUntil(leave)).subscribe();

    expect(pulled).toBe(3);
  });

  it('emits the last of several messages', async () => {
    expect(await messagesOf([...eventsOf(message), ...eventsOf(second)])).toStrictEqual([second]);
  });

  it('starts over on message_restart', async () => {
    const broken = eventsOf(second, { cutAt: 3 });

    expect(await messagesOf([...broken, restart(), ...eventsOf(message)])).toStrictEqual([message]);
  });

  it('fails if the source completes before message_stop, with the message so far as partial', async () => {
    const events = eventsOf(message).slice(0, -1);
    const error = await errorOf(events);

    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error?.partial).toStrictEqual(message);
  });

  it('fails if the last of several messages is incomplete, although the first is complete', async () => {
    const error = await errorOf([...eventsOf(message), ...eventsOf(second, { cutAt: 1 })]);

    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error?.partial).toMatchObject({ id: 'msg_0002', content: [] });
  });

  it('fails if nothing follows a message_restart', async () => {
    expect(await errorOf([...eventsOf(message), restart()])).toBeInstanceOf(IncompleteMessageError);
  });

  it('fails at an event out of order', async () => {
    const [first, ...others] = eventsOf(message);
    const error = await errorOf([...(first ? [first] : []), ...others.slice(1)]);

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 1, partial: { id: message.id, content: [] } });
  });

  it('sets the message so far as partial on an error of this package, and emits no message', async () => {
    const error = new APIConnectionError('lost');

    expect(await errorOf(eventsOf(message).slice(0, -1), error)).toBe(error);
    expect(error.partial).toStrictEqual(message);
  });

  it('passes on an error after a complete message, with that message as partial', async () => {
    const error = new APIConnectionError('lost');

    expect(await errorOf(eventsOf(message), error)).toBe(error);
    expect(error.partial).toStrictEqual(message);
  });
});
