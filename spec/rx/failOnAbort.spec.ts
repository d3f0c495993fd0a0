import { getEventListeners } from 'node:events';
import { APIUserAbortError } from '../../src/index.js';
import { failOnAbort } from '../../src/rx/failOnAbort.js';
import { watch } from '../source/support/outcome.js';

describe('failOnAbort', () => {
  it('fails when the signal is aborted, with its reason and the phase, and removes its listener', () => {
    const controller = new AbortController();
    const seen = watch(failOnAbort(controller.signal, 'mid-content'));
    expect(seen.ended).toBeUndefined();
    controller.abort('stop');

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect(seen.error).toMatchObject({ cause: 'stop', phase: 'mid-content' });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('fails at once if the signal has already been aborted', () => {
    expect(watch(failOnAbort(AbortSignal.abort('stop'), 'connect')).error).toMatchObject({ cause: 'stop' });
  });

  it('removes its listener on unsubscribe', () => {
    const { signal } = new AbortController();
    watch(failOnAbort(signal, 'connect')).subscription.unsubscribe();

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
