import { concat, from, lastValueFrom, NEVER, tap, throwError } from 'rxjs';
import { APIConnectionError, tapMessage, type AnyEvent } from '../../src/index.js';
import { textBlock } from '../../src/testing/index.js';
import { blockStart, messageStart, restart, textDelta } from '../support/events.js';
import { errorOf, events, message, NAMES } from './support/observers.js';

describe('tapMessage: errors', () => {
  const arrived = from([messageStart(), blockStart(0, textBlock('')), textDelta('Hel')]);

  it.each(['contentBlock', 'message'] as const)('of this package get a partial if %s is given', async (name) => {
    const error = new APIConnectionError('lost');

    expect(
      await errorOf(
        concat(
          arrived,
          throwError(() => error),
        ),
        name,
      ),
    ).toBe(error);
    expect(error).toHaveProperty('partial.content', [textBlock('Hel')]);
  });

  it('of this package get no partial if no message is accumulated', async () => {
    const error = new APIConnectionError('lost');

    expect(
      await errorOf(
        concat(
          arrived,
          throwError(() => error),
        ),
        'text',
        'usage',
        'restart',
      ),
    ).toBe(error);
    expect(error.partial).toBeUndefined();
  });

  it('keep a partial that they already have', async () => {
    const error = new APIConnectionError('lost', { partial: message });
    await errorOf(
      concat(
        arrived,
        throwError(() => error),
      ),
      'message',
    );

    expect(error.partial).toBe(message);
  });

  it('of other kinds pass through unchanged', async () => {
    const error: Error = Object.freeze(new Error('of the source'));

    expect(
      await errorOf(
        concat(
          arrived,
          throwError(() => error),
        ),
        ...NAMES,
      ),
    ).toBe(error);
  });

  it.each([
    ['usage', 0],
    ['restart', 1],
    ['thinking', 4],
    ['contentBlock', 6],
    ['citation', 8],
    ['text', 9],
    ['inputJson', 13],
    ['message', 16],
  ])('thrown by %s become the error, and the event is not passed on', async (name, count) => {
    const error = new Error('of the callback');
    const fail = (): never => {
      throw error;
    };
    const passed: AnyEvent[] = [];
    const tapped = concat(from([...events.slice(0, 1), restart(), ...events]), NEVER).pipe(
      tapMessage(Object.fromEntries([[name, fail]])),
      tap((event) => passed.push(event)),
    );

    await expect(lastValueFrom(tapped)).rejects.toBe(error);
    expect(passed).toHaveLength(count);
  });

  it('thrown by text on completion become the error too', async () => {
    const error = new Error('of the callback');
    const fail = (): never => {
      throw error;
    };

    await expect(lastValueFrom(from([textDelta('\ud83d')]).pipe(tapMessage({ text: fail })))).rejects.toBe(error);
  });
});
