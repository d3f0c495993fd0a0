import { memoryEventLog, type EventLog } from '../../../src/relay/index.js';
import { eventLogContract } from '../../../src/testing/index.js';
import { ManualScheduler } from './support/manualScheduler.js';

const terms = { leaseMs: 100, graceMs: Infinity };

/** Begins a stream with one entry of this many bytes. */
async function begin(log: EventLog, id: string, bytes: number, isEnd: boolean): Promise<void> {
  const lease = await log.open(id, terms);
  if (lease === undefined) throw new Error(`The stream ${id} exists.`);
  await log.append(lease, [{ position: 1, data: 'x'.repeat(bytes / 2) }], { isEnd });
}

async function statesOf(log: EventLog, ...ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await log.read(id, 0)).state));
}

describe('the contract of every log', () => {
  let scheduler = new ManualScheduler();
  const checks = eventLogContract({
    create: ({ retentionMs }) => {
      scheduler = new ManualScheduler();
      const log = memoryEventLog({ retentionMs, scheduler });
      return [log, log];
    },
    wait: (ms) => scheduler.pass(ms),
  });

  it.each(checks.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe('the limits', () => {
  it('removes the oldest stream that has ended, if there are too many', async () => {
    const log = memoryEventLog({ maxStreams: 3, scheduler: new ManualScheduler() });
    await begin(log, 'live', 2, false);
    await begin(log, 'first', 2, true);
    await begin(log, 'second', 2, true);
    await begin(log, 'third', 2, true);

    expect(await statesOf(log, 'live', 'first', 'second', 'third')).toEqual(['live', 'unknown', 'ended', 'ended']);
  });

  it('removes the oldest streams that have ended, if their entries take too much memory', async () => {
    const log = memoryEventLog({ maxBytes: 100, scheduler: new ManualScheduler() });
    await begin(log, 'live', 20, false);
    await begin(log, 'first', 40, true);
    await begin(log, 'second', 40, true);
    await begin(log, 'third', 60, true);

    expect(await statesOf(log, 'live', 'first', 'second', 'third')).toEqual(['live', 'unknown', 'unknown', 'ended']);
  });

  it('removes a stream that is abandoned only if no other has ended', async () => {
    const scheduler = new ManualScheduler();
    const log = memoryEventLog({ maxStreams: 2, scheduler });
    await begin(log, 'abandoned', 2, false);
    await scheduler.pass(100);
    await begin(log, 'ended', 2, true);
    await begin(log, 'third', 2, true);

    expect(await statesOf(log, 'abandoned', 'ended', 'third')).toEqual(['abandoned', 'unknown', 'ended']);

    await begin(log, 'fourth', 2, false);
    await begin(log, 'fifth', 2, false);

    expect(await statesOf(log, 'abandoned', 'third', 'fourth', 'fifth')).toEqual([
      'unknown',
      'unknown',
      'live',
      'live',
    ]);
  });

  it('refuses a new stream if all streams are live', async () => {
    const log = memoryEventLog({ maxStreams: 1, scheduler: new ManualScheduler() });
    await begin(log, 'live', 2, false);

    await expect(log.open('another', terms)).rejects.toThrow(
      'memoryEventLog: 1 streams are live, so maxStreams (1) would be exceeded. Refuse new requests until some have ended, or raise maxStreams.',
    );
  });

  it('refuses an entry if all streams are live, and stores nothing of it', async () => {
    const log = memoryEventLog({ maxBytes: 100, scheduler: new ManualScheduler() });
    await begin(log, 'live', 60, false);

    await expect(begin(log, 'another', 60, true)).rejects.toThrow('so maxBytes (100) would be exceeded');
    expect(await log.read('another', 0)).toEqual({ entries: [], state: 'live' });
    await expect(begin(log, 'a third', 40, true)).resolves.toBeUndefined();
  });

  it('never removes the stream that is appended to, even if its lease has expired', async () => {
    const scheduler = new ManualScheduler();
    const log = memoryEventLog({ maxBytes: 100, scheduler });
    const lease = await log.open('slow', terms);
    await scheduler.pass(1000);

    await expect(log.append(lease ?? fail(), [{ position: 1, data: 'x'.repeat(60) }])).rejects.toThrow(RangeError);
    expect(await statesOf(log, 'slow')).toEqual(['live']);
  });

  it('wakes up the readers of a stream that it removes', async () => {
    const scheduler = new ManualScheduler();
    const log = memoryEventLog({ maxStreams: 1, scheduler });
    await begin(log, 'slow', 2, false);
    const page = log.read('slow', 1, { waitMs: 1000 });
    await scheduler.pass(500);
    await begin(log, 'next', 2, true);

    expect(await page).toEqual({ entries: [], state: 'abandoned' });
  });

  it.each([
    ['maxStreams', 0],
    ['maxBytes', NaN],
    ['retentionMs', -1],
  ])('throws at call time if %s is %d', (name, value) => {
    expect(() => memoryEventLog({ [name]: value })).toThrow(RangeError);
  });
});

describe('a log without readers', () => {
  it('has no timer', async () => {
    const scheduler = new ManualScheduler();
    const log = memoryEventLog({ scheduler });
    await begin(log, 'a', 2, false);
    await begin(log, 'b', 2, true);
    await log.read('b', 0, { waitMs: 1000 });

    expect(scheduler.actions).toHaveLength(0);
  });

  it('has none after a read that was aborted', async () => {
    const scheduler = new ManualScheduler();
    const log = memoryEventLog({ scheduler });
    const controller = new AbortController();
    await begin(log, 'a', 2, false);
    const page = log.read('a', 1, { waitMs: 1000, signal: controller.signal });
    controller.abort();
    await page;

    expect(scheduler.actions.filter(({ closed }) => !closed)).toHaveLength(0);
  });
});

function fail(): never {
  throw new Error('There is no lease.');
}
