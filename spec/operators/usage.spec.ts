import { from, lastValueFrom, toArray } from 'rxjs';
import { usage, type AnyEvent, type MessageStreamEvent, type RunningUsage } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';

const messageStart = (usage: object) => ({ type: 'message_start', message: { ...buildMessage(), usage } });
const messageDelta = (usage?: object) => ({ type: 'message_delta', delta: {}, usage });
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

/** All that is emitted for frozen events. */
const usagesOf = (...events: readonly AnyEvent[]): Promise<RunningUsage[]> =>
  lastValueFrom(from(deepFreeze(events)).pipe(usage(), toArray()));

describe('usage', () => {
  itKeepsTheOperatorContract(usage, { values: eventsOf(buildMessage({ content: 'Hello' })), empty: 'completes' });

  it(
    'emits what message_start says, and again what message_delta changes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>('--s--b--d--n--m--z--|', {
        s: messageStart({ input_tokens: 25, output_tokens: 1 }),
        b: { type: 'content_block_start' },
        d: { type: 'ping' },
        n: messageDelta(),
        m: messageDelta({ output_tokens: 12 }),
        z: { type: 'message_stop' },
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

  it('says nothing again that it has said', async () => {
    const counts = { input_tokens: 25, output_tokens: 1, server_tool_use: { web_search_requests: 0 } };
    const emitted = await usagesOf(messageStart(counts), messageDelta(counts), messageDelta({ output_tokens: null }));

    expect(emitted).toStrictEqual([counts]);
  });

  it('emits totals: newer counts take the place of older ones', async () => {
    const emitted = await usagesOf(
      messageStart({ input_tokens: 25, output_tokens: 1 }),
      messageDelta({ output_tokens: 5 }),
      messageDelta({ output_tokens: 5, cache_read_input_tokens: 3 }),
      messageDelta({ output_tokens: 9 }),
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

  it('starts over on message_restart, with what was abandoned', async () => {
    const emitted = await usagesOf(
      messageStart({ input_tokens: 25, output_tokens: 1 }),
      messageDelta({ output_tokens: 7 }),
      restart,
      messageStart({ input_tokens: 25, output_tokens: 2 }),
      restart,
      messageStart({ input_tokens: 25, output_tokens: 1 }),
      messageDelta({ output_tokens: 12 }),
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

  it('says nothing of an attempt that had not begun', async () => {
    expect(await usagesOf({ type: 'ping' }, restart, messageDelta({ output_tokens: 1 }))).toEqual([]);
  });
});
