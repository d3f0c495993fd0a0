/** The longest delay that a timer supports, in ms: about 24 days. Longer waits are shortened to it. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
