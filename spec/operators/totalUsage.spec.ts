import { concat, from, lastValueFrom, of, toArray } from 'rxjs';
import { addUsage, runTools, totalUsage, type AnyEvent, type RunningUsage } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { tool } from '../tools/support/run.js';
import { Answers, call, params } from '../tools/support/turns.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { messageDelta, messageStart, messageStop, restart } from '../support/events.js';

const totalsOf = (...events: readonly AnyEvent[]): Promise<RunningUsage[]> =>
  lastValueFrom(from(deepFreeze(events)).pipe(totalUsage(), toArray()));

const start = (input_tokens: number) => messageStart({ usage: { input_tokens, output_tokens: 1 } });
const delta = (output_tokens: number) => messageDelta('end_turn', { usage: { output_tokens } });

describe('totalUsage', () => {
  itKeepsTheOperatorContract(totalUsage, { values: eventsOf(buildMessage({ content: 'Hello' })), empty: 'completes' });

  it('adds the usage of each message to that of the messages before it', async () => {
    expect(
      await totalsOf(start(10), delta(5), messageStop, { type: 'tool_result' }, start(100), delta(7), messageStop),
    ).toEqual([
      { input_tokens: 10, output_tokens: 1 },
      { input_tokens: 10, output_tokens: 5 },
      { input_tokens: 110, output_tokens: 6 },
      { input_tokens: 110, output_tokens: 12 },
    ]);
  });

  it('counts a failed attempt apart, also after a complete message, and only once', async () => {
    const events = [start(10), delta(5), messageStop, start(20), delta(3), restart(), start(20), delta(4), messageStop];
    const totals = await totalsOf(...events, start(40), delta(1), messageStop);

    expect(totals.at(-1)).toEqual({
      input_tokens: 70,
      output_tokens: 10,
      abandoned_attempts: [{ input_tokens: 20, output_tokens: 3 }],
    });
  });

  it('emits what run_end reports at the end of a run', async () => {
    const { request } = new Answers(
      { content: [call('a')], usage: { input_tokens: 10, output_tokens: 20 } },
      { content: 'Done.', usage: { input_tokens: 100, output_tokens: 200 } },
    );
    const run = await lastValueFrom(runTools(params, { tools: [tool('a', () => 'a')], request }).pipe(toArray()));
    const end = run.at(-1);

    expect((await totalsOf(...run)).at(-1)).toEqual(end?.type === 'run_end' && end.usage);
  });
});

describe('addUsage', () => {
  it('adds the usages of messages in a reduce', () => {
    const usages: RunningUsage[] = [1, 2, 3].map((tokens) => ({ input_tokens: tokens, output_tokens: 10 * tokens }));

    expect(usages.reduce(addUsage)).toEqual({ input_tokens: 6, output_tokens: 60 });
  });

  it('is what the operator uses', async () => {
    const message = buildMessage({ usage: { input_tokens: 1, output_tokens: 2 } });
    const twice = await lastValueFrom(concat(of(...eventsOf(message)), of(...eventsOf(message))).pipe(totalUsage()));

    expect(twice).toEqual(addUsage(message.usage, message.usage));
  });
});
