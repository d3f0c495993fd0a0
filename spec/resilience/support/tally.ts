import type { Attempt } from './fakeApi.js';
import type { Verdict } from './verdict.js';

/** Counts the results of streams. */
export class Tally {
  readonly #title: string;
  readonly #counts = {
    faults: 0,
    complete: 0,
    retried: 0,
    continued: 0,
    errors: 0,
    lost: 0,
    'shown twice': 0,
    wrong: 0,
  };

  constructor(title: string) {
    this.#title = title;
  }

  add(verdict: Verdict, kinds: readonly Attempt['kind'][]): void {
    const counts = this.#counts;
    counts.faults += 1;
    if (verdict.ended === 'complete') counts.complete += 1;
    else counts.errors += 1;
    if (kinds.includes('retry')) counts.retried += 1;
    if (kinds.includes('continuation')) counts.continued += 1;
    if (verdict.lost) counts.lost += 1;
    if (verdict.twice) counts['shown twice'] += 1;
    if (verdict.faults.length > 0) counts.wrong += 1;
  }

  toString(): string {
    const figures = Object.entries(this.#counts).map(([name, count]) => `${name}: ${count}`);
    return `resilience, ${this.#title}: ${figures.join(', ')}\n`;
  }
}
