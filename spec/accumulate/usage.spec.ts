import { accumulateUsage, type RunningUsage } from '../../src/accumulate/usage.js';
import type { AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { messageDelta, messageStart, restart } from '../support/events.js';
import { deepFreeze } from '../support/deepFreeze.js';

const startWith = (usage: object) => messageStart({ usage });
const updateUsage = (usage?: object) => messageDelta(null, { delta: {}, usage });

/** Returns the usage after the events. Freezes everything that goes in and comes out, so that a write would throw. */
const usageAfter = (...events: readonly AnyEvent[]) =>
  events.reduce<RunningUsage | undefined>(
    (usage, event) => deepFreeze(accumulateUsage(usage, deepFreeze(event))),
    undefined,
  );

describe('accumulateUsage', () => {
  it('starts with the usage of message_start', () => {
    const usage = { input_tokens: 25, output_tokens: 1, service_tier: 'standard' };

    expect(usageAfter(startWith(usage))).toStrictEqual(usage);
  });

  it('is overwritten by the usage of message_delta, and never added to it', () => {
    const usage = usageAfter(
      startWith({ input_tokens: 25, output_tokens: 1 }),
      updateUsage({ input_tokens: 25, output_tokens: 7 }),
      updateUsage({ output_tokens: 12 }),
    );

    expect(usage).toStrictEqual({ input_tokens: 25, output_tokens: 12 });
  });

  it('treats a count that is missing or null as unchanged', () => {
    const usage = usageAfter(
      startWith({ input_tokens: 25, cache_read_input_tokens: 9, output_tokens: 1 }),
      updateUsage({ input_tokens: null, cache_read_input_tokens: null, output_tokens: 12 }),
    );

    expect(usage).toStrictEqual({ input_tokens: 25, cache_read_input_tokens: 9, output_tokens: 12 });
  });

  it('treats zero as a count', () => {
    expect(
      usageAfter(startWith({ input_tokens: 25, output_tokens: 1 }), updateUsage({ input_tokens: 0 })),
    ).toStrictEqual({ input_tokens: 0, output_tokens: 1 });
  });

  it('keeps unknown fields', () => {
    const usage = usageAfter(startWith({ input_tokens: 25, output_tokens: 1, a: 1 }), updateUsage({ b: { c: 2 } }));

    expect(usage).toStrictEqual({ input_tokens: 25, output_tokens: 1, a: 1, b: { c: 2 } });
  });

  it.each<[string, AnyEvent]>([
    ['a ping', { type: 'ping' }],
    ['message_stop', { type: 'message_stop' }],
    ['an unknown event', { type: 'constructor' }],
    ['a message_delta without usage', updateUsage()],
    ['a message_delta that repeats it', updateUsage({ output_tokens: 1, server_tool_use: { web_search_requests: 0 } })],
  ])('returns the same object after %s', (_, event) => {
    const usage = usageAfter(
      startWith({ input_tokens: 25, output_tokens: 1, server_tool_use: { web_search_requests: 0 } }),
    );

    expect(accumulateUsage(usage, event)).toBe(usage);
  });

  it('is undefined until message_start', () => {
    expect(usageAfter({ type: 'ping' }, updateUsage({ output_tokens: 1 }), restart())).toBeUndefined();
  });

  it('has the usage of a complete message after its events', () => {
    const message = buildMessage({ content: 'Hello', usage: { output_tokens_details: { thinking_tokens: 3 } } });

    expect(usageAfter(...eventsOf(message))).toStrictEqual(message.usage);
  });

  it('follows the second of two messages', () => {
    const [one, two] = [buildMessage({ content: 'One' }), buildMessage({ id: 'msg_0002', content: 'And two' })];

    expect(usageAfter(...eventsOf(one), ...eventsOf(two))).toStrictEqual(two.usage);
  });

  describe('on message_restart', () => {
    const attempt = [startWith({ input_tokens: 25, output_tokens: 1 }), updateUsage({ output_tokens: 7 })];

    it('starts again, and keeps the usage of the attempt', () => {
      expect(usageAfter(...attempt, restart())).toStrictEqual({
        input_tokens: 0,
        output_tokens: 0,
        abandoned_attempts: [{ input_tokens: 25, output_tokens: 7 }],
      });
    });

    it('continues with the next attempt beside the abandoned ones', () => {
      const usage = usageAfter(
        ...attempt,
        restart(),
        startWith({ input_tokens: 30, output_tokens: 2 }),
        restart(),
        startWith({ input_tokens: 31, output_tokens: 3 }),
        updateUsage({ output_tokens: 12 }),
      );

      expect(usage).toStrictEqual({
        input_tokens: 31,
        output_tokens: 12,
        abandoned_attempts: [
          { input_tokens: 25, output_tokens: 7 },
          { input_tokens: 30, output_tokens: 2 },
        ],
      });
    });
  });
});
