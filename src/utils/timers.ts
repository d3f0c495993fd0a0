/** The longest delay that a timer supports, in ms: about 24 days. Longer delays are shortened to this one. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
