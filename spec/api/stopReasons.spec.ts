import { isContinued, isPausing, isTruncating } from '../../src/api/stopReasons.js';

it.each<[stopReason: string | null, truncating: boolean, pausing: boolean]>([
  ['end_turn', false, false],
  ['max_tokens', true, false],
  ['model_context_window_exceeded', true, false],
  ['stop_sequence', false, false],
  ['tool_use', false, false],
  ['pause_turn', false, true],
  ['compaction', false, true],
  ['refusal', false, false],
  ['a_reason_of_tomorrow', false, false],
  [null, false, false],
])('%p: isTruncating is %p, isPausing is %p', (stopReason, truncating, pausing) => {
  expect(isTruncating(stopReason)).toBe(truncating);
  expect(isPausing(stopReason)).toBe(pausing);
});

it('an undefined stop reason does not truncate', () => {
  expect(isTruncating(undefined)).toBe(false);
});

it.each<[stopReason: string | null | undefined, continued: boolean]>([
  ['tool_use', true],
  ['pause_turn', true],
  ['compaction', true],
  ['end_turn', false],
  ['max_tokens', false],
  [null, false],
  [undefined, false],
])('isContinued(%p) is %p', (reason, expected) => {
  expect(isContinued(reason)).toBe(expected);
});
