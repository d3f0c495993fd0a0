import { accumulateUsage, type RunningUsage } from '../../src/accumulate/usage.js';
import type { AnyEvent, MessageStreamEvent } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';

const messageStart = (usage: object) => ({ type: 'message_start', message: { ...buildMessage(), usage } });
const messageDelta = (usage?: object) => ({ type: 'message_delta', delta: {}, usage });
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

/** The usage after the events. Everything is frozen: nothing may be written to that came in or went out. */
const usageAfter = (...events: readonly AnyEvent[]) =>
  events.reduce<RunningUsage | undefined>(
    (usage, event) => deepFreeze(accumulateUsage(usage, deepFreeze(event))),
    undefined,
  );

describe('accumulateUsage', () => {
  it('begins with what message_start says', () => {
    const usage = { input_tokens: 25, output_tokens: 1, service_tier: 'standard' };

    expect(usageAfter(messageStart(usage))).toStrictEqual(usage);
  });

  it('overwrites by what message_delta says, and never adds', () => {
    const usage = usageAfter(
      messageStart({ input_tokens: 25, output_tokens: 1 }),
      messageDelta({ input_tokens: 25, output_tokens: 7 }),
      messageDelta({ output_tokens: 12 }),
    );

    expect(usage).toStrictEqual({ input_tokens: 25, output_tokens: 12 });
  });

  it('takes a count that is left out or null as unchanged', () => {
    const usage = usageAfter(
      messageStart({ input_tokens: 25, cache_read_input_tokens: 9, output_tokens: 1 }),
      messageDelta({ input_tokens: null, cache_read_input_tokens: null, output_tokens: 12 }),
    );

    expect(usage).toStrictEqual({ input_tokens: 25, cache_read_input_tokens: 9, output_tokens: 12 });
  });

  it('takes a zero as a count', () => {
    expect(
      usageAfter(messageStart({ input_tokens: 25, output_tokens: 1 }), messageDelta({ input_tokens: 0 })),
    ).toStrictEqual({ input_tokens: 0, output_tokens: 1 });
  });

  it('keeps fields that are not known yet', () => {
    const usage = usageAfter(messageStart({ input_tokens: 25, output_tokens: 1, a: 1 }), messageDelta({ b: { c: 2 } }));

    expect(usage).toStrictEqual({ input_tokens: 25, output_tokens: 1, a: 1, b: { c: 2 } });
  });

  it.each<[string, AnyEvent]>([
    ['a ping', { type: 'ping' }],
    ['message_stop', { type: 'message_stop' }],
    ['an unknown event', { type: 'constructor' }],
    ['a message_delta without usage', messageDelta()],
    [
      'a message_delta that repeats it',
      messageDelta({ output_tokens: 1, server_tool_use: { web_search_requests: 0 } }),
    ],
  ])('returns the same object after %s', (_, event) => {
    const usage = usageAfter(
      messageStart({ input_tokens: 25, output_tokens: 1, server_tool_use: { web_search_requests: 0 } }),
    );

    expect(accumulateUsage(usage, event)).toBe(usage);
  });

  it('is undefined until message_start', () => {
    expect(usageAfter({ type: 'ping' }, messageDelta({ output_tokens: 1 }), restart)).toBeUndefined();
  });

  it('has the counts of a whole message after its events', () => {
    const message = buildMessage({ content: 'Hello', usage: { output_tokens_details: { thinking_tokens: 3 } } });

    expect(usageAfter(...eventsOf(message))).toStrictEqual(message.usage);
  });

  it('follows the second of two messages', () => {
    const [one, two] = [buildMessage({ content: 'One' }), buildMessage({ id: 'msg_0002', content: 'And two' })];

    expect(usageAfter(...eventsOf(one), ...eventsOf(two))).toStrictEqual(two.usage);
  });

  describe('on message_restart', () => {
    const attempt = [messageStart({ input_tokens: 25, output_tokens: 1 }), messageDelta({ output_tokens: 7 })];

    it('starts over, and keeps what the attempt had cost', () => {
      expect(usageAfter(...attempt, restart)).toStrictEqual({
        input_tokens: 0,
        output_tokens: 0,
        abandoned_attempts: [{ input_tokens: 25, output_tokens: 7 }],
      });
    });

    it('goes on with the next attempt beside those that were abandoned', () => {
      const usage = usageAfter(
        ...attempt,
        restart,
        messageStart({ input_tokens: 30, output_tokens: 2 }),
        restart,
        messageStart({ input_tokens: 31, output_tokens: 3 }),
        messageDelta({ output_tokens: 12 }),
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
