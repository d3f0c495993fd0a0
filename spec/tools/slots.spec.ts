import { EMPTY, merge, NEVER, of, Subject, throwError } from 'rxjs';
import { Slots } from '../../src/tools/slots.js';
import { marbles } from '../support/marbles.js';

describe('Slots', () => {
  it(
    'runs as many as it has slots, and the others in order',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [a, b, c] = [cold('--a|'), cold('----b|'), cold('--c|')];
      const slots = new Slots(2);

      expectObservable(merge(slots.run(a), slots.run(b), slots.run(c))).toBe('--a-bc|');
      expectSubscriptions(a.subscriptions).toBe('^--!');
      expectSubscriptions(b.subscriptions).toBe('^----!');
      expectSubscriptions(c.subscriptions).toBe('---^--!');
    }),
  );

  it('frees the slot of one that fails', () => {
    const slots = new Slots(1);
    const seen: string[] = [];
    slots.run(throwError(() => new Error('no'))).subscribe({ error: () => seen.push('failed') });
    slots.run(of('next')).subscribe((value) => seen.push(value));

    expect(seen).toEqual(['failed', 'next']);
  });

  it('frees the slot of one that is unsubscribed from, and drops one that waits', () => {
    const slots = new Slots(1);
    const seen: string[] = [];
    const running = slots.run(NEVER).subscribe();
    const waiting = slots.run(of('dropped')).subscribe((value) => seen.push(value));
    waiting.unsubscribe();
    running.unsubscribe();
    slots.run(of('next')).subscribe((value) => seen.push(value));

    expect(seen).toEqual(['next']);
  });

  it('runs 20,000 that end synchronously after a wait, without exhausting the stack', () => {
    const slots = new Slots(1);
    const first = new Subject<never>();
    let completed = 0;
    slots.run(first).subscribe();
    for (let index = 0; index < 20_000; index += 1) slots.run(EMPTY).subscribe({ complete: () => (completed += 1) });

    expect(completed).toBe(0);
    first.complete();
    expect(completed).toBe(20_000);
  });
});
