import { isHighSurrogate } from '../../utils/text.js';

/** Halves of surrogate pairs that wait for their other half, by the index of their block. */
export type Halves = Map<number, string>;

/**
 * Passes a piece of a block's text on in whole characters: half a surrogate pair at its end waits for its other half,
 * which comes with the next piece of the same block. Returns what can be passed on, '' if nothing can.
 */
export function wholeCharacters(halves: Halves, index: number, text: string): string {
  const whole = halves.size > 0 ? takeHalf(halves, index) + text : text;
  if (!isHighSurrogate(whole.charCodeAt(whole.length - 1))) return whole;
  halves.set(index, whole.slice(-1));
  return whole.slice(0, -1);
}

/** Ends a block. Returns the half that was waiting, '' if there was none. */
export function takeHalf(halves: Halves, index: number): string {
  const half = halves.get(index) ?? '';
  halves.delete(index);
  return half;
}
