/** Lets a consumer that may fall behind pause the source that it reads from. */
export interface Demand {
  /**
   * Called by the source before each read.
   *
   * @returns A promise to wait for before the read, or undefined to read at once. If it rejects, the source fails with
   * the same error.
   */
  ready(): Promise<void> | undefined;
}
