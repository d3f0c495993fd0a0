/** Into how many parts the lag is divided: text that arrives in the same part has to be emitted by the same time. */
const LOTS = 16;

/** Less than this is a rounding error, in units. */
const NEGLIGIBLE = 1e-9;

/** Units that have to be emitted by the same time. */
interface Lot {
  size: number;
  readonly dueAt: number;
}

/**
 * Decides how many units may be emitted, so that the pace is even and no unit is late.
 *
 * The rate is the lowest at which every lot is emitted in time: while nothing arrives, it stays the same. When units
 * arrive faster than they are emitted, it rises; when the lots that needed a high rate have been emitted, it falls. It is
 * never below `leastRate`.
 *
 * Each emission is paid for afterwards, so that the first unit after a quiet time is emitted at once.
 */
export class Pacer {
  /** In units per ms. */
  readonly #leastRate: number;
  readonly #maxLagMs: number;
  /** The units that have not been emitted, the oldest first. There are at most 17 lots. */
  #lots: Lot[] = [];
  /** In units per ms. */
  #rate = 0;
  #isRateOutdated = false;
  /** How many units may be emitted. Below 0, it is what has to be waited for. */
  #credit = 0;
  /** Whether nothing could be emitted since the last emission, so that no credit is saved up. */
  #isResting = true;
  /** The time of the clock at the last update. */
  #clock = 0;
  /** The time since the start, in ms. Unlike the clock, it never goes back. */
  #time = 0;

  constructor(leastRate: number, maxLagMs: number) {
    this.#leastRate = leastRate;
    this.#maxLagMs = maxLagMs;
  }

  /** Adds units that have arrived now. */
  add(size: number, now: number): void {
    this.#update(now);
    this.#isResting = false;
    const dueAt = this.#time + this.#maxLagMs;
    const last = this.#lots.at(-1);
    if (last !== undefined && dueAt <= last.dueAt + this.#maxLagMs / LOTS) last.size += size;
    else this.#lots.push({ size, dueAt });
    this.#isRateOutdated = true;
  }

  /** Returns the number of units whose turn has come; 0 if none. */
  unitsDue(now: number): number {
    this.#update(now);
    return this.#credit < -NEGLIGIBLE ? 0 : Math.floor(this.#credit + NEGLIGIBLE) + 1;
  }

  /** Returns the number of units that would be late if they were not emitted now. */
  unitsOverdue(now: number): number {
    this.#update(now);
    let units = 0;
    for (const { size, dueAt } of this.#lots) {
      if (dueAt > this.#time) break;
      units += size;
    }
    return units;
  }

  /** Counts units as emitted. */
  spend(size: number): void {
    this.#credit -= size;
    this.#isRateOutdated = true;
    let left = size;
    for (let lot = this.#lots[0]; lot !== undefined && left > 0; lot = this.#lots[0]) {
      const taken = Math.min(lot.size, left);
      lot.size -= taken;
      left -= taken;
      if (lot.size === 0) this.#lots.shift();
    }
    if (this.#lots.length === 0) this.#isResting = true;
  }

  /** The units that are left cannot be emitted before more arrive. */
  rest(): void {
    this.#isResting = true;
  }

  /** Forgets the units that have not been emitted. */
  clear(): void {
    this.#lots = [];
    this.#isResting = true;
    this.#credit = 0;
  }

  /** Returns how long it takes until the next unit is due, in ms; Infinity if it has to wait for more units. */
  msUntilDue(now: number): number {
    this.#update(now);
    return this.#isResting ? Infinity : Math.max(1, Math.ceil(-this.#credit / this.#rate - NEGLIGIBLE));
  }

  /** Returns how long it takes until a unit is late, in ms. */
  msUntilLate(now: number): number {
    this.#update(now);
    return (this.#lots[0]?.dueAt ?? Infinity) - this.#time;
  }

  /** Adds the credit for the time that has passed, and determines the rate from now on. */
  #update(now: number): void {
    const elapsed = Math.max(0, now - this.#clock);
    this.#clock = now;
    this.#time += elapsed;
    if (elapsed > 0) this.#credit += this.#rate * elapsed;
    if (this.#isResting) this.#credit = Math.min(this.#credit, 0);
    // While nothing waits, what has been emitted is paid for at the last rate.
    if (this.#lots.length === 0 || !(this.#isRateOutdated || elapsed > 0)) return;
    this.#rate = this.#rateNeeded();
    this.#isRateOutdated = false;
  }

  #rateNeeded(): number {
    let rate = this.#leastRate;
    let size = -this.#credit;
    for (const lot of this.#lots) {
      size += lot.size;
      if (lot.dueAt > this.#time) rate = Math.max(rate, size / (lot.dueAt - this.#time));
    }
    return rate;
  }
}
