/** A key, string, number or keyword, which may be split over several fragments. */
export interface Token {
  /** What the token consists of, worded to come after "expected" in an error message. */
  readonly description: string;
  /** Whether all of it has been read. */
  readonly hasEnded: boolean;
  /** Its value, once it has ended. */
  readonly value: unknown;

  /**
   * Continues to read the token at an offset of a fragment.
   *
   * @returns The offset of the first character that was not read. If there is one and the token has not ended, that
   * character makes the text invalid.
   */
  read(fragment: string, from: number): number;
}
