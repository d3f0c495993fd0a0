/** What a consumer that may be behind tells the source that it reads from. */
export interface Demand {
  /**
   * Asked before each read.
   *
   * @returns What to wait for before reading on; undefined to read on at once. What it rejects with fails the source.
   */
  ready(): Promise<void> | undefined;
}
