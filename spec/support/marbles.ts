import { TestScheduler, type RunHelpers } from 'rxjs/testing';

/** Wraps a test so that it runs in virtual time: one column of a marble diagram is 1 ms. */
export function marbles(test: (helpers: RunHelpers, scheduler: TestScheduler) => void): () => void {
  return () => {
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
    scheduler.run((helpers) => {
      test(helpers, scheduler);
    });
  };
}
