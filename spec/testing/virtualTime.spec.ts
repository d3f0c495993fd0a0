/** What docs/testing.md says about virtual time: no option `scheduler` anywhere in this file. */
import { defer, EMPTY, type Observable } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import {
  bufferByPunctuation,
  coalesceText,
  continueOnConnectionError,
  finalText,
  idleTimeout,
  retryOnConnectionError,
  smoothText,
  streamMessage,
  textDeltas,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, expectFrames, marbleEvents, messagesFetch, simulateMessage } from '../../src/testing/index.js';

const message = buildMessage({ content: 'One two three four.' });
const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };

describe('inside of TestScheduler.run', () => {
  const run = (test: (helpers: RunHelpers) => void) => () => {
    new TestScheduler(expectFrames).run(test);
  };
  /** Attempts, each as a diagram, one per subscription. */
  const attempts = (cold: RunHelpers['cold'], diagrams: readonly string[]): Observable<MessageStreamEvent> => {
    const each = diagrams.map((diagram) => marbleEvents(diagram));
    const sources = each.map(({ marbles, values, error }) => cold(marbles, values, error));
    return defer(() => sources.shift() ?? EMPTY);
  };

  it(
    'the waits of retryOnConnectionError are exact with jitter: 0',
    run(({ cold, expectObservable }) => {
      const text$ = attempts(cold, ['-#', '-#', '<[a]$>|']).pipe(retryOnConnectionError({ jitter: 0 }), finalText());

      expectObservable(text$).toBe('1ms 500ms 1ms 1000ms 6ms (a|)');
    }),
  );

  it(
    'so are those of continueOnConnectionError',
    run(({ cold, expectObservable }) => {
      const continueWith = () => attempts(cold, ['<[b]$>|']);
      const text$ = attempts(cold, ['<[a!']).pipe(
        continueOnConnectionError({ continueWith, initialDelayMs: 200, jitter: 0 }),
        finalText(),
      );

      expectObservable(text$).toBe('3ms 200ms 6ms (x|)', { x: 'ab' });
    }),
  );

  it(
    'idleTimeout fails when the time has passed',
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const { marbles, values } = marbleEvents('<[a');
      const source = cold(marbles, values);
      source.pipe(idleTimeout({ idleMs: 5000 })).subscribe({ error: () => undefined });

      expectSubscriptions(source.subscriptions).toBe('^ 5001ms !');
      expectObservable(EMPTY).toBe('|');
    }),
  );

  it(
    'operators that wait emit when the time has passed',
    run(({ cold, expectObservable }) => {
      const { marbles, values } = marbleEvents('<[a-b 300ms c]$>|', { a: 'One ', b: 'two', c: ' three.' });
      const text$ = () => cold(marbles, values).pipe(textDeltas());

      expectObservable(text$().pipe(coalesceText({ everyMs: 100 }))).toBe('--a 99ms b 202ms c---|', {
        a: 'One ',
        b: 'two',
        c: ' three.',
      });
      expectObservable(text$().pipe(bufferByPunctuation({ maxWaitMs: 100 }))).toBe('102ms b 206ms (c|)', {
        b: 'One two',
        c: ' three.',
      });
    }),
  );

  it('smoothText ends', () => {
    let text = '';
    new TestScheduler(expectFrames).run(({ flush }) => {
      simulateMessage(message)
        .pipe(textDeltas(), smoothText())
        .subscribe((piece) => (text += piece));
      flush();
    });

    expect(text).toBe('One two three four.');
  });
});

describe('with the fake timers of a test runner', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('simulateMessage follows them', () => {
    const seen: string[] = [];
    simulateMessage(message, { firstMs: 60_000, paceMs: 0, chunkBy: 'word' })
      .pipe(textDeltas())
      .subscribe((text) => seen.push(text));
    jest.advanceTimersByTime(59_999);

    expect(seen).toEqual([]);

    jest.advanceTimersByTime(1);

    expect(seen).toEqual(['One ', 'two ', 'three ', 'four.']);
  });

  it('so do streamMessage and messagesFetch, with the asynchronous functions', async () => {
    const seen: string[] = [];
    const fetch = messagesFetch({ message, delayMs: 60_000, paceMs: 60_000 });
    streamMessage(params, { fetch, apiKey: 'test' })
      .pipe(textDeltas())
      .subscribe((text) => seen.push(text));
    await jest.advanceTimersByTimeAsync(60_000 * 2);

    expect(seen).toEqual([]);

    await jest.advanceTimersByTimeAsync(60_000);

    expect(seen).toEqual(['One two thre']);
  });
});
