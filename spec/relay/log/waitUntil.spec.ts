import { config, finalize, from } from 'rxjs';
import { recordTo } from '../../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { settle } from './support/manualScheduler.js';
import { receive } from './support/receive.js';
import { Stage } from './support/stage.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });

/** A platform that keeps its process alive until each promise that it has received has settled. */
class Platform {
  readonly #states: ('pending' | 'resolved' | 'rejected')[] = [];

  readonly waitUntil = (ended: Promise<unknown>): void => {
    const index = this.#states.push('pending') - 1;
    ended.then(
      () => (this.#states[index] = 'resolved'),
      () => (this.#states[index] = 'rejected'),
    );
  };

  /** What has become of each promise. */
  get states(): readonly string[] {
    return [...this.#states];
  }
}

async function setUp() {
  const platform = new Platform();
  const stage = new Stage({ waitUntil: platform.waitUntil });
  const client = stage.record();
  const atOnce = platform.states;
  await settle();
  stage.generation.emit(...events.slice(0, 4));
  await settle();
  return { platform, stage, client, atOnce, generation: stage.generation };
}

it('receives a promise synchronously with the subscription, which resolves when the recording has ended', async () => {
  const { platform, client, atOnce, generation } = await setUp();

  expect([atOnce, platform.states]).toEqual([['pending'], ['pending']]);

  generation.emit(...events.slice(4));
  generation.complete();
  await settle();

  expect(client.state).toBe('complete');
  expect(platform.states).toEqual(['resolved']);
});

it('keeps the process alive after the client has left, until everything is stored', async () => {
  const { platform, stage, client, generation } = await setUp();
  client.unsubscribe();
  await settle();

  expect([platform.states, generation.isRunning]).toEqual([['pending'], true]);

  generation.emit(...events.slice(4));
  generation.complete();
  await settle();

  expect(platform.states).toEqual(['resolved']);
  expect(await stage.stored()).toEqual(events);
});

it('keeps the process alive if the client leaves before the log has answered', async () => {
  const platform = new Platform();
  const stage = new Stage({ waitUntil: platform.waitUntil });
  stage.record().unsubscribe();
  await settle();

  expect([platform.states, stage.generation.isRunning]).toEqual([['pending'], true]);
});

it('lets the process go when nobody has read the stream for graceMs', async () => {
  const platform = new Platform();
  const stage = new Stage({ waitUntil: platform.waitUntil, graceMs: 20_000 });
  const client = stage.record();
  await settle();
  client.unsubscribe();
  await stage.scheduler.pass(15_000);

  expect(platform.states).toEqual(['pending']);

  await stage.scheduler.pass(15_000);

  expect([platform.states, stage.generation.isRunning]).toEqual([['resolved'], false]);
});

it('resolves, and does not reject, when the generation fails', async () => {
  const { platform, client, generation } = await setUp();
  generation.fail(new Error('lost'));
  await settle();

  expect(client.state).toBe('failed');
  expect(platform.states).toEqual(['resolved']);
});

it('resolves when a finalizer throws, and leaves that error uncaught, as any subscriber does', async () => {
  const uncaught: unknown[] = [];
  const { onUnhandledError } = config;
  config.onUnhandledError = (error) => uncaught.push(error);
  const platform = new Platform();
  const { log, scheduler } = new Stage();
  const stream$ = from(events).pipe(recordTo(log, 'a', { scheduler, waitUntil: platform.waitUntil }));
  const broken = new Error('finalizer');
  receive(
    stream$.pipe(
      finalize(() => {
        throw broken;
      }),
    ),
  );
  await settle();
  await new Promise((resolve) => setTimeout(resolve));
  config.onUnhandledError = onUnhandledError;

  expect(platform.states).toEqual(['resolved']);
  expect(uncaught).toMatchObject([{ errors: [broken] }]);
});

it('resolves when the log cannot be reached', async () => {
  const platform = new Platform();
  const stage = new Stage({ waitUntil: platform.waitUntil });
  const { log, cutOff } = stage.processLog();
  cutOff();
  const client = stage.record({}, log);
  await stage.scheduler.pass(60_000);

  expect(client.state).toBe('failed');
  expect(platform.states).toEqual(['resolved']);
});

it('is called for a reader too, whose promise resolves when it leaves', async () => {
  const { platform, stage } = await setUp();
  const reader = stage.resume();
  await settle();

  expect(platform.states).toEqual(['pending', 'pending']);

  reader.unsubscribe();
  await settle();

  expect(platform.states).toEqual(['pending', 'resolved']);
});

it('is called once per subscription', async () => {
  const platform = new Platform();
  const stage = new Stage();
  const { scheduler, log, generation } = stage;
  const stream$ = generation.events$.pipe(recordTo(log, 'a', { scheduler, waitUntil: platform.waitUntil }));

  expect(platform.states).toEqual([]);

  receive(stream$);
  receive(stream$);
  await settle();

  expect(platform.states).toEqual(['pending', 'pending']);
  expect(generation.starts).toBe(1);
});

it('fails with the error of waitUntil, and begins nothing', async () => {
  const stage = new Stage();
  const error = new Error('outside of a request');
  const client = stage.record({
    waitUntil: () => {
      throw error;
    },
  });
  await settle();

  expect(client.error).toBe(error);
  expect(stage.generation.starts).toBe(0);
  expect((await stage.log.read('a', 0)).state).toBe('unknown');
});
