import { config } from 'rxjs';
import { resumeFrom, StreamInterruptedError, type RecordToOptions } from '../../../src/relay/index.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { settle } from './support/manualScheduler.js';
import { Stage } from './support/stage.js';

const events = eventsOf(buildMessage({ content: 'The tide comes in twice a day.' }), { deltaLength: 5 });

async function setUp(options: RecordToOptions = {}) {
  const errors: unknown[] = [];
  const stage = new Stage({
    leaseMs: 10_000,
    onError: (error) => {
      errors.push(error);
    },
    ...options,
  });
  const { log, cutOff } = stage.processLog();
  const client = stage.record({}, log);
  await settle();
  stage.generation.emit(...events.slice(0, 4));
  await settle();
  return { errors, stage, client, cutOff };
}

describe('onError', () => {
  it('receives the error of a log that fails after the client has left', async () => {
    const { errors, stage, client, cutOff } = await setUp();
    client.unsubscribe();
    cutOff();
    stage.generation.emit(...events.slice(4, 6));
    await stage.scheduler.pass(20_000);

    expect(stage.generation.isRunning).toBe(false);
    expect(errors).toEqual([expect.any(StreamInterruptedError)]);
    expect(errors).toMatchObject([{ cause: { message: 'No answer within 10000 ms.' } }]);
  });

  it('is not called while there is a client, which receives the error', async () => {
    const { errors, stage, client, cutOff } = await setUp();
    cutOff();
    stage.generation.emit(...events.slice(4, 6));
    await stage.scheduler.pass(20_000);

    expect(client.error).toBeInstanceOf(StreamInterruptedError);
    expect(errors).toEqual([]);
  });

  it('is not called with an error that is stored, which a client that comes back receives', async () => {
    const { errors, stage, client } = await setUp();
    client.unsubscribe();
    stage.generation.fail(new Error('lost'));
    await settle();

    expect((await stage.log.read('a', 0)).state).toBe('ended');
    expect(errors).toEqual([]);
  });

  it('is not called when the process shuts down, or another one has taken over', async () => {
    const shutdown = new AbortController();
    const { errors, stage, client } = await setUp({ shutdown: shutdown.signal });
    client.unsubscribe();
    shutdown.abort();
    await settle();

    expect((await stage.log.read('a', 0)).state).toBe('abandoned');
    expect(errors).toEqual([]);
  });

  it('is not called for a reader that has left: nothing is lost', async () => {
    const { errors, stage } = await setUp();
    const { log, cutOff } = stage.processLog();
    const reader = stage.resume({}, log);
    await settle();
    cutOff();
    reader.unsubscribe();
    await stage.scheduler.pass(60_000);

    expect(errors).toEqual([]);
  });

  it('may throw: that is an uncaught exception, as in a subscriber, and no unhandled rejection', async () => {
    const uncaught: unknown[] = [];
    const thrown = new Error('The logger has failed.');
    const { stage, client, cutOff } = await setUp({
      onError: () => {
        throw thrown;
      },
    });
    const { onUnhandledError } = config;
    config.onUnhandledError = (error: unknown) => uncaught.push(error);
    client.unsubscribe();
    cutOff();
    await stage.scheduler.pass(20_000);
    await new Promise((resolve) => setTimeout(resolve));
    config.onUnhandledError = onUnhandledError;

    expect(uncaught).toEqual([thrown]);
  });

  it('has to be a function', () => {
    const onError = 'console.error' as unknown as () => void;

    expect(() => resumeFrom(new Stage().log, 'a', { onError })).toThrow(TypeError);
  });
});
