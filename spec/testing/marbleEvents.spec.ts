import { expectTypeOf } from 'expect-type';
import { defer, EMPTY, map, type Observable } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import {
  accumulateMessage,
  APIConnectionError,
  bufferByLine,
  finalText,
  IncompleteMessageError,
  OverloadedError,
  RateLimitError,
  retryOnConnectionError,
  textDeltas,
  thinkingDeltas,
  toolInput,
  type MessageStreamEvent,
} from '../../src/index.js';
import {
  errorEvent,
  expectFrames,
  expectValidEvents,
  marbleEvents,
  type MarbleDefinition,
  type MarbleDefinitions,
} from '../../src/testing/index.js';

/** Runs a test in virtual time, as a user does. */
const run = (test: (helpers: RunHelpers) => void) => () => {
  new TestScheduler(expectFrames).run(test);
};

/** The events of a diagram, in order. */
const eventsIn = (diagram: string, definitions?: MarbleDefinitions): MessageStreamEvent[] => {
  const { marbles, values } = marbleEvents(diagram, definitions);
  return Array.from(marbles).flatMap((symbol) => values[symbol] ?? []);
};

describe("a user's first test", () => {
  const shout = (event$: Observable<MessageStreamEvent>) =>
    event$.pipe(
      textDeltas(),
      bufferByLine(),
      map((line) => line.toUpperCase()),
    );

  it(
    'of text',
    run(({ cold, expectObservable }) => {
      const { marbles, values } = marbleEvents('      -<-[a--b---c]$>|   ', { a: 'one', b: ' two\nthr', c: 'ee' });
      expectObservable(shout(cold(marbles, values))).toBe('-------x-------(y|)', { x: 'ONE TWO\n', y: 'THREE' });
    }),
  );

  it(
    'of thinking and a tool call',
    run(({ cold, expectObservable }) => {
      const input$ = (event$: Observable<MessageStreamEvent>) =>
        event$.pipe(
          toolInput('get_weather'),
          map(({ value, done }) => ({ value, done })),
        );
      const { marbles, values } = marbleEvents('             -<-[t--s]--[x---y]-$>|', {
        t: { thinking: 'Hm.' },
        s: { signature: 'c2ln' },
        x: { tool: 'get_weather', json: '{"city":"Par' },
        y: { json: 'is"}' },
      });

      expectObservable(cold(marbles, values).pipe(thinkingDeltas())).toBe('----t----------------|', { t: 'Hm.' });
      expectObservable(input$(cold(marbles, values))).toBe('               ------------x---yz---|', {
        x: { value: { city: 'Par' }, done: false },
        y: { value: { city: 'Paris' }, done: false },
        z: { value: { city: 'Paris' }, done: true },
      });
    }),
  );

  it(
    'of failures and a retry',
    run(({ cold, expectObservable }) => {
      const overloaded = marbleEvents('--#');
      const cut = marbleEvents('       -<-[-!');
      const complete = marbleEvents('  -<-[a]$>|', { a: 'Hello' });
      const attempts = [overloaded, cut, complete].map(({ marbles, values, error }) => cold(marbles, values, error));
      const text$ = defer(() => attempts.shift() ?? EMPTY).pipe(
        retryOnConnectionError({ initialDelayMs: 10, jitter: 0 }), // jitter: 0 makes the waits exact
        finalText(),
      );

      expectObservable(text$).toBe('2ms 10ms 5ms 20ms 8ms (x|)', { x: 'Hello' });
    }),
  );
});

describe('an event', () => {
  it('has its kind, its index and its content', () => {
    const events = eventsIn('<[a].[t][x]$>|', { a: 'Hi', t: { thinking: 'Hm.' }, x: { tool: 'now', json: '{}' } });

    expect(events).toMatchObject([
      { type: 'message_start', message: { id: 'msg_0001', content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'ping' },
      { type: 'content_block_start', index: 1, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'toolu_0003', name: 'now' } },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{}' } },
      { type: 'content_block_stop', index: 2 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null } },
      { type: 'message_stop' },
    ]);
    expect(() => {
      expectValidEvents(events);
    }).not.toThrow();
  });

  it('is the text of its symbol if that is not defined', () => {
    expect(eventsIn('<[ab]')[3]).toMatchObject({ delta: { type: 'text_delta', text: 'b' } });
    expect(eventsIn('<[€]')[2]).toMatchObject({ delta: { text: '€' } });
    expect(eventsIn('<[constructor]')).toHaveLength(14);
  });

  it('is any event, if it is defined as one', () => {
    const citation = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'citations_delta', citation: { type: 'x' } },
    };
    const start = { type: 'message_start', message: { id: 'msg_x', content: [] } };

    expect(eventsIn('<[ca]', { '<': start, c: citation })).toMatchObject([
      start,
      { type: 'content_block_start', content_block: { type: 'text' } },
      citation,
      { delta: { text: 'a' } },
      { type: 'content_block_stop' },
    ]);
    expect(eventsIn('<n', { n: { type: 'from_the_future' } })[1]).toEqual({ type: 'from_the_future' });
  });

  it('has the stop reason that $ is defined as', () => {
    expect(eventsIn('<[a]$>', { $: 'max_tokens' }).at(-2)).toMatchObject({ delta: { stop_reason: 'max_tokens' } });
    expect(eventsIn('<[a]$>').at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' } });
  });

  it('has a symbol of its own where the same symbol is in another block or message', () => {
    const { marbles, values } = marbleEvents('<[a-a][a]$><[a]$>|', { a: 'x' });
    const events = Array.from(marbles).map((symbol) => values[symbol]);

    expect(marbles).toHaveLength('<[a-a][a]$><[a]$>|'.length);
    expect(marbles.slice(0, 5)).toBe('<[a-a');
    expect(events[2]).toBe(events[4]);
    expect(events[7]).toMatchObject({ index: 1, delta: { text: 'x' } });
    expect(events[11]).toMatchObject({ message: { id: 'msg_0002' } });
    expect(events[13]).toMatchObject({ index: 0 });
  });

  it('is accumulated like that of the API', () => {
    new TestScheduler(expectFrames).run(({ cold, expectObservable }) => {
      const { marbles, values } = marbleEvents('<[ab][x]$>|', { x: { tool: 'get', json: '{"a":1}', id: 'toolu_x' } });
      const content$ = cold(marbles, values).pipe(
        accumulateMessage({ emit: 'final' }),
        map(({ content, usage }) => [content, usage.output_tokens > 0]),
      );

      expectObservable(content$).toBe('---------m|', {
        m: [
          [
            { type: 'text', text: 'ab' },
            { type: 'tool_use', id: 'toolu_x', name: 'get', input: { a: 1 } },
          ],
          true,
        ],
      });
    });
  });
});

describe('a diagram', () => {
  it('may have everything that RxJS reads', () => {
    const diagram = ' ^-(<[) 300ms a 1.5s b - 2 ]$>|';
    const { marbles, values } = marbleEvents(diagram);

    expect(marbles).toBe(diagram);
    expect(values['2']).toMatchObject({ delta: { text: '2' } });
    expect(values['3']).toBeUndefined();
  });

  it.each<[string, MarbleDefinitions, string]>([
    ['<a', {}, "'a' at position 1 of '<a': it is outside of a block: put it between '[' and ']'"],
    ['-[a]', {}, "'[' at position 1 of '-[a]': The stream's events are out of order: a content_block_start outside"],
    ['<[a]|', {}, "'|' at position 4 of '<[a]|': the message is incomplete: end it with '$>', or use '!'"],
    ['<[a]$>!', {}, "'!' at position 6 of '<[a]$>!': the message is complete: use '|'"],
    ['<[a]#a', {}, "'a' at position 5 of '<[a]#a': the stream has already ended with '#'"],
    ['<[a', { a: {} as MarbleDefinition }, "'a' at position 2 of '<[a': it is neither a text nor an event"],
    ['<#', { '#': 'overloaded' }, "'#' at position 1 of '<#': it stands for an error, so"],
    ['<#', { '#': { type: 'ping' } }, "'#' at position 1 of '<#': the definition of '#' is not an error event"],
    ['<[a', { a: { type: 'content_block_delta' } }, "'a' at position 2 of '<[a': The stream contains an invalid event"],
  ])('%s is refused', (diagram, definitions, reason) => {
    expect(() => marbleEvents(diagram, definitions)).toThrow(TypeError);
    expect(() => marbleEvents(diagram, definitions)).toThrow(`marbleEvents: ${reason}`);
  });
});

describe('an error', () => {
  it('is the one that a source has', () => {
    expect(marbleEvents('<[a#').error).toMatchObject({ name: 'OverloadedError', phase: 'mid-content', status: 529 });
    expect(marbleEvents('<[a!').error).toMatchObject({ name: 'IncompleteMessageError', phase: 'mid-content' });
    expect(marbleEvents('-!').error).toMatchObject({ name: 'IncompleteMessageError', phase: 'before-content' });
    expect(marbleEvents('<[a]$>|').error).toBeUndefined();
    expect(marbleEvents('<!').marbles).toBe('<#');
  });

  it('can be another one', () => {
    const lost = new APIConnectionError('lost');

    expect(marbleEvents('#', { '#': errorEvent('rate_limit_error', 'Slow') }).error).toBeInstanceOf(RateLimitError);
    expect(marbleEvents('<!', { '!': lost }).error).toBe(lost);
    expect(marbleEvents('<#', { '#': lost }).error).toBe(lost);
    expect(marbleEvents('<#').error).toBeInstanceOf(OverloadedError);
    expect(marbleEvents('<!').error).toBeInstanceOf(IncompleteMessageError);
  });
});

it('has the types of what cold and hot accept', () => {
  const events = marbleEvents('<');

  new TestScheduler(expectFrames).run(({ cold }) => {
    expectTypeOf(cold(events.marbles, events.values, events.error)).toExtend<Observable<MessageStreamEvent>>();
  });
  expectTypeOf(events.values).toEqualTypeOf<Readonly<Record<string, MessageStreamEvent>>>();
  expectTypeOf(events.error).toBeUnknown();
  expect(events.marbles).toBe('<');
});
