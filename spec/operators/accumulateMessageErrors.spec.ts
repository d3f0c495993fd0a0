import { concat, from, lastValueFrom, materialize, throwError, toArray } from 'rxjs';
import {
  accumulateMessage,
  APIConnectionError,
  IncompleteMessageError,
  InvalidEventError,
  toolInputStatus,
  type AnyEvent,
  type ToolUseBlock,
} from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import {
  blockStart,
  blockStop,
  inputJsonDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  textDelta,
} from '../support/events.js';
import { errorOf, messageDeltaWith, messageWith, opening } from './support/snapshots.js';

describe('accumulateMessage: errors', () => {
  describe('events out of order', () => {
    const text0 = [messageStart(), blockStart(0, textBlock(''))];
    it.each<[string, AnyEvent[], AnyEvent]>([
      ['a message_start with another id', text0, messageStart({ id: 'msg_0002' })],
      ['a delta for a block that was never started', text0, textDelta('x', 1)],
      ['a delta for a block that has stopped', [...text0, blockStop()], textDelta('x')],
      ['a block that starts again', text0, blockStart(0, textBlock(''))],
      ['a block outside a message', [ping], blockStart(0, textBlock(''))],
      ['a delta outside a message', [ping, restart()], textDelta('x')],
      ['a message_delta outside a message', [...text0, restart()], messageDeltaWith()],
      ['a message_stop outside a message', [], messageStop],
    ])('fail with their position: %s', async (_, before, event) => {
      const error = await errorOf([...before, event, ping]);

      expect(error).toBeInstanceOf(InvalidEventError);
      expect(error).toHaveProperty('position', before.length);
      expect(error).toHaveProperty('data', JSON.stringify(event).slice(0, 200));
    });

    it('fail with the message so far as partial', async () => {
      expect(await errorOf([...text0, textDelta('Hel'), textDelta('x', 1)])).toHaveProperty(
        'partial',
        messageWith(textBlock('Hel')),
      );
    });

    it('fail after the snapshots before them are emitted', async () => {
      const notifications = await lastValueFrom(
        from([...text0, textDelta('x', 1), blockStop()]).pipe(accumulateMessage(), materialize(), toArray()),
      );

      expect(notifications.map(({ kind }) => kind).join('')).toBe('NNE');
    });
  });

  describe('a stream that ends early', () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 'b' })] });
    const events = eventsOf(message, { deltaLength: 2, pingEvery: 4 });

    /** Returns the snapshots before the failure. The last one has everything that arrived, since every change is emitted. */
    const snapshotsBefore = async (arrived: readonly AnyEvent[]) => {
      const source = from(arrived).pipe(accumulateMessage(), materialize(), toArray());
      return (await lastValueFrom(source)).flatMap(({ kind, value }) => (kind === 'N' ? [value] : []));
    };

    it.each(events.map((_, cutAt) => cutAt))(
      'fails after %i events, with exactly their message as partial',
      async (cutAt) => {
        const arrived = events.slice(0, cutAt);
        const snapshot = (await snapshotsBefore(arrived)).at(-1);
        const error = await errorOf(arrived);

        expect(error).toBeInstanceOf(IncompleteMessageError);
        expect((error as IncompleteMessageError).partial).toStrictEqual(snapshot);
      },
    );

    it('has the live input of an incomplete call in its partial', async () => {
      const error = await errorOf([messageStart(), blockStart(0, toolUseBlock('get')), inputJsonDelta('{"a":[1,"tw')]);

      expect(error).toHaveProperty('partial', messageWith(toolUseBlock('get', { a: [1, 'tw'] })));
    });

    it.each([
      ['its own fragments', [inputJsonDelta('{"a":[1'), inputJsonDelta('2'), inputJsonDelta(','), inputJsonDelta('t')]],
      [
        'fragments before and after another call',
        [
          inputJsonDelta('{"a":[1'),
          blockStart(1, toolUseBlock('set')),
          inputJsonDelta('2'),
          inputJsonDelta(','),
          inputJsonDelta('t'),
        ],
      ],
    ])(
      'has the full JSON text of an incomplete call, including fragments that changed nothing: %s',
      async (_, arrived) => {
        const error = await errorOf([messageStart(), blockStart(0, toolUseBlock('get')), ...arrived]);
        const [call] = (error as IncompleteMessageError).partial?.content ?? [];

        expect(call).toStrictEqual(toolUseBlock('get', { a: [12] }));
        expect(toolInputStatus(call as ToolUseBlock)).toStrictEqual({ raw: '{"a":[12,t', state: 'partial' });
      },
    );

    it('has the last snapshot as partial if that showed all text', async () => {
      const arrived = [messageStart(), blockStart(0, toolUseBlock('get')), inputJsonDelta('{"a":"tw')];

      expect(((await errorOf(arrived)) as IncompleteMessageError).partial?.content).toStrictEqual(
        (await snapshotsBefore(arrived)).at(-1)?.content,
      );
    });

    it('has no partial if no message had started', async () => {
      for (const arrived of [[], [ping], [messageStart(), restart()]]) {
        const error = await errorOf(arrived);

        expect(error).toBeInstanceOf(IncompleteMessageError);
        expect(error).toHaveProperty('partial', undefined);
      }
    });

    it('has the second message as partial if the first was complete', async () => {
      const arrived = [...eventsOf(message), messageStart({ id: 'msg_0002' })];
      const error = await errorOf(arrived);

      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toHaveProperty('partial', { ...opening, id: 'msg_0002' });
    });

    it('fails if a complete message was withdrawn and nothing follows', async () => {
      expect(await errorOf([...eventsOf(message), restart()])).toBeInstanceOf(IncompleteMessageError);
    });
  });

  describe('errors that pass through', () => {
    const arrived = [messageStart(), blockStart(0, textBlock('')), textDelta('Hel')];

    it('get the message so far as partial, if they are of this package', async () => {
      const error = new APIConnectionError('lost');

      expect(await errorOf(arrived, error)).toBe(error);
      expect(error.partial).toStrictEqual(messageWith(textBlock('Hel')));
    });

    it('get a partial even if only the final message is emitted', async () => {
      const error = new APIConnectionError('lost');
      const source = concat(
        from(arrived),
        throwError(() => error),
      ).pipe(accumulateMessage({ emit: 'final' }));

      await expect(lastValueFrom(source)).rejects.toBe(error);
      expect(error.partial).toStrictEqual(messageWith(textBlock('Hel')));
    });

    it('keep a partial that they already have', async () => {
      const partial = buildMessage({ content: 'More' });
      const error = new APIConnectionError('lost', { partial });

      expect(await errorOf(arrived, error)).toBe(error);
      expect(error.partial).toBe(partial);
    });

    it('get the complete message if it had arrived, and nothing if no message had', async () => {
      const [late, early] = [new APIConnectionError('late'), new APIConnectionError('early')];

      expect(await errorOf([...arrived, messageStop], late)).toBe(late);
      expect(await errorOf([ping], early)).toBe(early);
      expect([late.partial, early.partial]).toStrictEqual([messageWith(textBlock('Hel')), undefined]);
    });

    it('are not modified if they are not of this package', async () => {
      const error = Object.freeze(new Error('of the source'));

      expect(await errorOf(arrived, error)).toBe(error);
      expect(error).not.toHaveProperty('partial');
    });
  });
});
