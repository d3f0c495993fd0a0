import { setImmediate as turn } from 'node:timers/promises';

/** Waits for the sockets, turn by turn of the event loop. Fails if a condition is still not met after very many turns. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 100_000; turns += 1) {
    if (condition()) return;
    await turn();
  }
  throw new Error('What the test waits for does not happen.');
}
