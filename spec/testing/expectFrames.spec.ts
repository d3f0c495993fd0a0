import { of, throwError } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { expectFrames, marbleEvents } from '../../src/testing/index.js';

/** Returns the error of a marble test; undefined if it passes. */
function failureOf(test: (helpers: RunHelpers) => void): unknown {
  try {
    new TestScheduler(expectFrames).run(test);
  } catch (error) {
    return error;
  }
  return undefined;
}

const { marbles, values, error } = marbleEvents('-<[a.x]#', { a: 'Hello' });

it('names the events that differ', () => {
  const later = marbleEvents('-<[-a.y]|'.replace('|', '#'), { a: 'Hello', y: 'x' });
  const failure = failureOf(({ cold, expectObservable }) => {
    expectObservable(cold(later.marbles, later.values, later.error)).toBe(marbles, values, error);
  });

  expect(failure).toMatchObject({
    name: 'AssertionError',
    code: 'ERR_ASSERTION',
    message: `The streams differ (- expected, + received):
    1  message_start "msg_0001"
    2  content_block_start 0 text
  - 3  text_delta 0 "Hello"
  - 4  ping
  - 5  text_delta 0 "x"
  - 6  content_block_stop 0
  - 7  error OverloadedError: 529 overloaded_error: Overloaded. Try again later.
  + 4  text_delta 0 "Hello"
  + 5  ping
  + 6  text_delta 0 "x"
  + 7  content_block_stop 0
  + 8  error OverloadedError: 529 overloaded_error: Overloaded. Try again later.`,
  });
});

it('shows what is the same after the difference, and the completion', () => {
  const failure = failureOf(({ cold, expectObservable }) => {
    expectObservable(cold('a-b|', { a: 'x'.repeat(200), b: { n: 1 } })).toBe('a--|', { a: 'x'.repeat(200) });
  });

  expect(String(failure)).toBe(`AssertionError: The streams differ (- expected, + received):
    0  "${'x'.repeat(118)}…
  + 2  {"n":1}
    3  complete`);
});

it('adds the JSON of what would look the same', () => {
  const start = (id: string) => ({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id } });
  const failure = failureOf(({ cold, expectObservable }) => {
    expectObservable(cold('a', { a: start('one') })).toBe('a', { a: start('two') });
  });

  expect(String(failure)).toContain(`  - 0  content_block_start 0 tool_use ${JSON.stringify(start('two'))}
  + 0  content_block_start 0 tool_use ${JSON.stringify(start('one'))}`);
});

it('names subscriptions', () => {
  const failure = failureOf(({ cold, expectSubscriptions }) => {
    const source = cold('--|');
    source.subscribe();
    expectSubscriptions(source.subscriptions).toBe(['^----', '^-!']);
  });

  expect(String(failure)).toContain(`
  - subscribed at 0, never unsubscribed
    subscribed at 0, unsubscribed at 2`);
});

it('describes each kind of event', () => {
  const all = marbleEvents('(<[t][x]$>)|', { t: { thinking: 'Hm' }, x: { tool: 'get', json: '{}' } });
  const failure = failureOf(({ cold, expectObservable }) => {
    expectObservable(cold(all.marbles, all.values)).toBe('');
  });
  const custom = failureOf(({ expectObservable }) => {
    expectObservable(of({ type: 'tool_result', id: 'x' }, undefined, 1n)).toBe('');
  });

  expect(String(failure)).toMatch(
    /thinking_delta 0 "Hm"\n.*\n.*content_block_start 1 tool_use get\n.*input_json_delta 1 "\{\}"\n.*\n.*message_delta "tool_use"\n.*message_stop/,
  );
  expect(String(custom)).toMatch(/0 {2}tool_result \{"id":"x"\}\n.*0 {2}undefined\n.*0 {2}1\n.*complete/);
});

it.each<[string, unknown, unknown]>([
  ['fields that are undefined', { a: 1, b: undefined }, { a: 1 }],
  ['nested values', { a: [{ b: [1, null] }] }, { a: [{ b: [1, null] }] }],
  ['dates', new Date(5), new Date(5)],
  ['maps and sets', new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
  ['errors of one class with one message', new RangeError('x'), new RangeError('x')],
  ['NaN', NaN, NaN],
])('treats as equal: %s', (_, a, b) => {
  expect(() => {
    expectFrames([a], [b]);
  }).not.toThrow();
});

it.each<[string, unknown, unknown]>([
  ['another value', { a: 1 }, { a: 2 }],
  ['a missing field', { a: 1 }, { a: 1, b: null }],
  ['another length', [1, 2], [1]],
  ['other dates', new Date(5), new Date(6)],
  ['other maps', new Map([['a', 1]]), new Map([['a', 2]])],
  ['another class of error', new RangeError('x'), new TypeError('x')],
  ['another message', new RangeError('x'), new RangeError('y')],
  ['an array and an object', [], {}],
  ['null and an object', null, {}],
  ['0 and -0', 0, -0],
])('treats as different: %s', (_, a, b) => {
  expect(() => {
    expectFrames([a], [b]);
  }).toThrow('The streams differ');
});

it('compares errors by their fields', () => {
  const failure = failureOf(({ expectObservable }) => {
    expectObservable(throwError(() => Object.assign(new Error('x'), { status: 1 }))).toBe(
      '#',
      undefined,
      new Error('x'),
    );
  });

  expect(String(failure)).toContain('- 0  error Error: x');
});
