import fc from 'fast-check';
import { World, type Action, type Mode, type Script } from './support/world.js';

const blocks = fc.constantFrom<Script['blocks'][number][]>(
  ...([
    'thinking',
    'text',
    'text',
    'blank',
    'search',
    'open search',
    'works',
    'fails',
    'takes',
    'asks',
    'unknown',
  ] as const),
);
const script: fc.Arbitrary<Script> = fc.record({
  blocks: fc.array(blocks, { maxLength: 5 }),
  stop: fc.constantFrom<Script['stop'][]>('usual', 'usual', 'usual', 'max_tokens', 'refusal', 'pause_turn'),
  repeatsIds: fc.boolean(),
});
const goOn = fc.record({ type: fc.constant('go on' as const), n: fc.integer({ min: 1, max: 20 }) });
const method = fc.constantFrom<Exclude<Action, { n: number }>['type'][]>(
  ...([
    'stop',
    'retry',
    'continue',
    'approve',
    'decline',
    'reset',
    'fail',
    'cut',
    'restart',
    'finish tools',
    'save and restore',
  ] as const),
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 20, arbitrary: goOn },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('send' as const), n: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('edit' as const), n: fc.nat(9) }) },
  { weight: 8, arbitrary: method.map((type): Action => ({ type })) },
);
const world = fc.record({
  scripts: fc.array(script, { minLength: 1, maxLength: 4 }),
  actions: fc.array(action, { minLength: 1, maxLength: 40, size: 'max' }),
});

/** Lets promises of tools settle. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await Promise.resolve();
}

describe.each<Mode>(['no tools', 'tools here', 'tools in the service'])('any conversation, %s', (mode) => {
  it('never throws, is consistent after each action, and sends only what the API accepts', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ scripts, actions }) => {
        const test = new World(mode, scripts);
        for (const each of actions) {
          test.act(each);
          expect(test.faults(false)).toEqual([]);

          await settle();

          expect(test.faults(true)).toEqual([]);
        }
        test.chat.destroy();
      }),
      { seed: 14, numRuns: 50 },
    );
  });
});
