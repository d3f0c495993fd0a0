import * as fc from 'fast-check';
import type { MessageParam, RunToolsEvent } from '../../src/index.js';
import { refusalOf } from '../history/support/api.js';
import { CrashingRun, TOOLS, type Choose, type ScriptedTurn } from './support/crashes.js';
import { params } from './support/turns.js';

const script: readonly ScriptedTurn[] = [
  { calls: ['write', 'ask', 'read'] },
  { calls: ['click', 'click', 'write'], restartAfter: 9 },
  { calls: ['ask', 'click', 'ask'] },
  { calls: [] },
];

const first: Choose = () => 0;
const last: Choose = (count) => count - 1;

/** Lets processes run until the run has ended. Each of the first ones is killed after so many steps. */
function finish(run: CrashingRun, kills: readonly number[]): RunToolsEvent | undefined {
  for (const steps of kills) if (run.process(steps)?.type === 'run_end') break;
  for (let resumes = 0; resumes < 20; resumes += 1) {
    const event = run.process();
    if (event?.type !== 'run_paused') return event;
  }
  return undefined;
}

function expectRight(run: CrashingRun, end: RunToolsEvent | undefined): void {
  expect(run.problems).toEqual([]);
  expect(tooOften(run)).toEqual([]);
  if (end?.type !== 'run_end') throw new Error(`the run did not end, but: ${String(end?.type)}`);
  const { messages, reason, turns } = end;
  const messagesOfModel = messages.filter(({ role }) => role === 'assistant');

  expect(reason).toBe('end_turn');
  expect(turns).toBe(messagesOfModel.length);
  expect(refusalOf({ ...params, messages: [...messages, { role: 'user', content: 'Thanks.' }] })).toBeUndefined();
  expect(idsIn(messages, 'tool_result', 'tool_use_id').sort()).toEqual(idsIn(messages, 'tool_use', 'id').sort());
}

/** Returns the keys of the tools that were started although they had been before, and nobody had asked for it. */
function tooOften({ effects, repeats, idempotentKeys }: CrashingRun): string[] {
  return [...new Set(effects)].filter((key) => {
    const allowed = 1 + repeats.filter((id) => key.endsWith(`:${id}`)).length;
    return !idempotentKeys.has(key) && effects.filter((each) => each === key).length > allowed;
  });
}

function idsIn(messages: readonly MessageParam[], type: string, field: string): unknown[] {
  return messages
    .flatMap(({ content = [] }) => (typeof content === 'string' ? [] : content))
    .filter((block) => block.type === type)
    .map((block) => new Map<string, unknown>(Object.entries(block)).get(field));
}

describe('resumeRun: a process that ends', () => {
  it.each([
    ['in order, stored late', first, false],
    ['in reverse order, stored early', last, true],
  ] as const)('loses nothing, and starts no tool twice, at any moment: %s', (_, choose, storesEarly) => {
    const whole = new CrashingRun(script, choose, storesEarly);
    expectRight(whole, finish(whole, []));
    for (let steps = 0; steps <= whole.steps; steps += 1) {
      const run = new CrashingRun(script, choose, storesEarly);

      expectRight(run, finish(run, [steps, 1000])); // the second process is given no decisions
    }
  });

  it('loses nothing, and starts no tool twice, whatever happens in whatever order', () => {
    const turn = fc.record({
      calls: fc.array(fc.constantFrom(...TOOLS), { maxLength: 5 }),
      restartAfter: fc.option(fc.nat({ max: 16 }), { nil: undefined }),
    });
    let [processes, effects, runs] = [0, 0, 0];
    fc.assert(
      fc.property(
        fc.array(turn, { maxLength: 4 }),
        fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
        fc.infiniteStream(fc.nat({ max: 9 })),
        fc.boolean(),
        (turns, kills, choices, storesEarly) => {
          const choose: Choose = (count) => Number(choices.next().value) % count;
          const run = new CrashingRun([...turns, { calls: [] }], choose, storesEarly);

          expectRight(run, finish(run, kills));

          [processes, effects, runs] = [processes + run.processes, effects + run.effects.length, runs + 1];
        },
      ),
      { seed: 13, numRuns: 200 },
    );

    expect(processes).toBeGreaterThan(runs * 2); // the property is not about runs without a crash
    expect(effects).toBeGreaterThan(runs);
  });
});
