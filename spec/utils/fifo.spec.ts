import { Fifo } from '../../src/utils/fifo.js';

describe('Fifo', () => {
  it('returns values in the order in which they were added', () => {
    const queue = new Fifo<string | undefined>();
    queue.push('a');
    queue.push(undefined);

    expect([queue.length, queue.last]).toEqual([2, undefined]);
    expect(queue.shift()?.value).toBe('a');
    expect(queue.shift()).toHaveProperty('value', undefined);
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  it('accepts values again after it was emptied or cleared', () => {
    const queue = new Fifo<string>();
    queue.push('a');
    queue.shift();
    queue.push('b');
    queue.clear();
    queue.push('c');

    expect([queue.length, queue.last, queue.shift()?.value]).toEqual([1, 'c', 'c']);
  });

  it('replaces the last value, if there is one', () => {
    const queue = new Fifo<string>();
    queue.replaceLast('x');
    queue.push('a');
    queue.push('b');
    queue.replaceLast('c');

    expect([queue.shift()?.value, queue.shift()?.value, queue.shift()]).toEqual(['a', 'c', undefined]);
  });
});
