/** What the blocks of the documentation use of packages that are not installed here. */
declare module 'marked' {
  interface MarkedToken {
    readonly raw: string;
  }
  export const marked: {
    lexer(markdown: string): MarkedToken[];
    parser(tokens: readonly MarkedToken[]): string;
  };
}
