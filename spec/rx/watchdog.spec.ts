import { virtualClock } from '../source/support/clock.js';
import { createWatchdog, type TimeoutOptions } from '../../src/rx/watchdog.js';

/** Creates a watchdog in virtual time, and records what expires. */
function watchdogWith(options?: TimeoutOptions) {
  const clock = virtualClock();
  const expired: [string, number][] = [];
  const watchdog = createWatchdog(options, clock.scheduler, (timeout, ms) => expired.push([timeout, ms]));
  return { clock, expired, watchdog };
}

describe('createWatchdog', () => {
  it('sets no timer before a timeout starts', () => {
    expect(watchdogWith().clock.timers).toBe(0);
  });

  it('reports a timeout when it expires, with its limit', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 1000 });
    watchdog.start('idleMs');
    clock.advance(999);

    expect(expired).toEqual([]);

    clock.advance(1);

    expect(expired).toEqual([['idleMs', 1000]]);
    expect(clock.timers).toBe(0);
  });

  it('reports the timeout that expires first', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 2000, totalMs: 1000 });
    watchdog.start('idleMs');
    watchdog.start('totalMs');
    clock.advance(5000);

    expect(expired).toEqual([['totalMs', 1000]]);
  });

  it('reports contentMs before idleMs if they expire together', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 1000, contentMs: 1000 });
    watchdog.start('idleMs');
    watchdog.start('contentMs');
    clock.advance(1000);

    expect(expired).toEqual([['contentMs', 1000]]);
  });

  it('does not report a timeout that is cleared', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 1000, totalMs: 3000 });
    watchdog.start('idleMs');
    watchdog.start('totalMs');
    watchdog.clear('idleMs');
    clock.advance(2999);

    expect(expired).toEqual([]);

    clock.advance(1);

    expect(expired).toEqual([['totalMs', 3000]]);
  });

  it('postpones idleMs, and contentMs only if there was content', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 1000, contentMs: 1500 });
    watchdog.start('idleMs');
    watchdog.start('contentMs');
    clock.advance(900);
    watchdog.postpone(true);
    clock.advance(900);
    watchdog.postpone(false);
    clock.advance(599);

    expect(expired).toEqual([]);

    clock.advance(1);

    expect(expired).toEqual([['contentMs', 1500]]);
  });

  it('keeps one timer however many timeouts run, and does not set it again to postpone them', () => {
    const { clock, watchdog } = watchdogWith({ idleMs: 1000, contentMs: 1500, totalMs: 9000 });
    watchdog.start('totalMs');
    watchdog.start('idleMs');
    watchdog.start('contentMs');
    const [timer] = clock.scheduler.actions;
    watchdog.postpone(true);

    expect(clock.timers).toBe(1);
    expect(clock.scheduler.actions.at(0)).toBe(timer);
  });

  it('starts a timeout with another limit than that of its option', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 1000 });
    watchdog.start('idleMs', 500);
    clock.advance(500);

    expect(expired).toHaveLength(1);
  });

  it('clears everything on stop, for good', () => {
    const { clock, expired, watchdog } = watchdogWith({ idleMs: 1000 });
    watchdog.start('idleMs');
    watchdog.stop();

    expect(clock.timers).toBe(0);

    watchdog.start('idleMs', 10);

    expect(clock.timers).toBe(0);

    clock.advance(1000);

    expect(expired).toEqual([]);
  });
});
