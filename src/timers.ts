/** The longest that a timer can wait, in ms: about 24 days. Longer waits end there. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
