import { VirtualTimeScheduler } from 'rxjs';

/** A scheduler whose time passes only when the spec says so, so that promises can settle in between. */
export class ManualScheduler extends VirtualTimeScheduler {
  /** Lets time pass, in ms: runs everything that is due until then, in steps between which promises settle. */
  async pass(ms: number): Promise<void> {
    const end = this.frame + ms;
    await settle();
    for (;;) {
      const due = Math.min(end, ...this.actions.map(({ delay }) => delay));
      this.maxFrames = due;
      this.flush();
      this.frame = due;
      await settle();
      if (due >= end && this.actions.every(({ delay }) => delay > end)) return;
    }
  }
}

/** Lets all promises settle that wait for nothing else. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 100; turns += 1) await Promise.resolve();
}
