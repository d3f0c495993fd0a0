import { getEventListeners } from 'node:events';
import { NEVER } from 'rxjs';
import { abortOn, fromResponse, retryOnConnectionError } from '../../src/index.js';
import { onAbort } from '../../src/rx/onAbort.js';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('onAbort', () => {
  it('calls every callback when the signal is aborted, with one listener', () => {
    const controller = new AbortController();
    const called: number[] = [];
    for (let n = 0; n < 3; n += 1) onAbort(controller.signal, () => called.push(n));

    expect(listeners(controller.signal)).toBe(1);

    controller.abort();

    expect(called).toEqual([0, 1, 2]);
  });

  it('removes its listener with the last callback, and adds it again for another one', () => {
    const { signal } = new AbortController();
    const callback = () => undefined;
    const [first, second] = [onAbort(signal, callback), onAbort(signal, callback)];
    first();
    first();

    expect(listeners(signal)).toBe(1);

    second();

    expect(listeners(signal)).toBe(0);

    onAbort(signal, callback);

    expect(listeners(signal)).toBe(1);
  });

  it('does not call a callback that an earlier callback has removed', () => {
    const controller = new AbortController();
    const later = jest.fn();
    onAbort(controller.signal, () => {
      remove();
    });
    const remove = onAbort(controller.signal, later);
    controller.abort();

    expect(later).not.toHaveBeenCalled();
    expect(listeners(controller.signal)).toBe(1);
  });

  it('keeps the signals apart', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const callback = jest.fn();
    onAbort(one.signal, callback);
    onAbort(other.signal, () => undefined);
    other.abort();

    expect(callback).not.toHaveBeenCalled();
  });
});

it('any number of streams on one signal have one listener, so that Node does not warn', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const failed = jest.fn();
  for (let n = 0; n < 30; n += 1) {
    const source = fromResponse(() => new Promise<never>(() => undefined), { signal });
    source.pipe(retryOnConnectionError({ signal })).subscribe({ error: failed });
    NEVER.pipe(abortOn(signal)).subscribe({ error: failed });
  }

  expect(listeners(signal)).toBe(1);

  controller.abort();

  expect(failed).toHaveBeenCalledTimes(60);
  expect(listeners(signal)).toBe(0);
});
