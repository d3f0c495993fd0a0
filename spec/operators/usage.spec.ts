import { from, lastValueFrom, toArray } from 'rxjs';
import { usage, type AnyEvent, type RunningUsage } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { messageDelta, messageStart, messageStop, ping, restart } from '../support/events.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';

/** Returns the usage values that are emitted. The events are frozen. */
const usagesOf = (...events: readonly AnyEvent[]): Promise<RunningUsage[]> =>
  lastValueFrom(from(deepFreeze(events)).pipe(usage(), toArray()));

describe('usage', () => {
  itKeepsTheOperatorContract(usage, { values: eventsOf(buildMessage({ content: 'Hello' })), empty: 'completes' });

  it(
    'emits the usage of message_start, and again when message_delta changes it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>('--s--b--d--n--m--z--|', {
        s: messageStart({ usage: { input_tokens: 25, output_tokens: 1 } }),
        b: { type: 'content_block_start' },
        d: ping,
        n: messageDelta(null, { usage: undefined }),
        m: messageDelta(null, { usage: { output_tokens: 12 } }),
        z: messageStop,
      });
      const subs = '                        ^-------------------!';
      const expected = '                    --x-----------y-----|';

      expectObservable(source.pipe(usage())).toBe(expected, {
        x: { input_tokens: 25, output_tokens: 1 },
        y: { input_tokens: 25, output_tokens: 12 },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('does not emit a usage that has not changed', async () => {
    const counts = { input_tokens: 25, output_tokens: 1, server_tool_use: { web_search_requests: 0 } };
    const emitted = await usagesOf(
      messageStart({ usage: counts }),
      messageDelta(null, { usage: counts }),
      messageDelta(null, { usage: { output_tokens: null } }),
    );

    expect(emitted).toStrictEqual([counts]);
  });

  it('emits totals: newer counts replace older ones', async () => {
    const emitted = await usagesOf(
      messageStart({ usage: { input_tokens: 25, output_tokens: 1 } }),
      messageDelta(null, { usage: { output_tokens: 5 } }),
      messageDelta(null, { usage: { output_tokens: 5, cache_read_input_tokens: 3 } }),
      messageDelta(null, { usage: { output_tokens: 9 } }),
    );

    expect(emitted).toStrictEqual([
      { input_tokens: 25, output_tokens: 1 },
      { input_tokens: 25, output_tokens: 5 },
      { input_tokens: 25, output_tokens: 5, cache_read_input_tokens: 3 },
      { input_tokens: 25, output_tokens: 9, cache_read_input_tokens: 3 },
    ]);
  });

  it("ends with the message's usage", async () => {
    const message = buildMessage({
      content: 'Hello',
      usage: { server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } },
    });

    expect((await usagesOf(...eventsOf(message))).at(-1)).toStrictEqual(message.usage);
  });

  it('starts over on message_restart, with the usage of the abandoned attempts', async () => {
    const emitted = await usagesOf(
      messageStart({ usage: { input_tokens: 25, output_tokens: 1 } }),
      messageDelta(null, { usage: { output_tokens: 7 } }),
      restart(),
      messageStart({ usage: { input_tokens: 25, output_tokens: 2 } }),
      restart(),
      messageStart({ usage: { input_tokens: 25, output_tokens: 1 } }),
      messageDelta(null, { usage: { output_tokens: 12 } }),
    );
    const first = { input_tokens: 25, output_tokens: 7 };
    const second = { input_tokens: 25, output_tokens: 2 };

    expect(emitted.slice(2)).toStrictEqual([
      { input_tokens: 0, output_tokens: 0, abandoned_attempts: [first] },
      { ...second, abandoned_attempts: [first] },
      { input_tokens: 0, output_tokens: 0, abandoned_attempts: [first, second] },
      { input_tokens: 25, output_tokens: 1, abandoned_attempts: [first, second] },
      { input_tokens: 25, output_tokens: 12, abandoned_attempts: [first, second] },
    ]);
  });

  it('emits nothing for an attempt that had not started', async () => {
    expect(await usagesOf(ping, restart(), messageDelta(null, { usage: { output_tokens: 1 } }))).toEqual([]);
  });
});
