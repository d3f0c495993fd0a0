import MarkdownIt from 'markdown-it';
import { readFileSync } from 'node:fs';

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  readonly file: string;
  /** The line of the file on which the code begins, counted from 1. */
  readonly line: number;
  /** The first word of the info string: `ts`, `text` … */
  readonly language: string;
  /** The words after it: `output`, `class-body`, `function-body`. */
  readonly flags: readonly string[];
  readonly code: string;
  /** What a comment before the block says: `<!-- replies: [...] -->`. Undefined if there is none. */
  readonly replies: unknown;
  /** A declaration in a comment before the block: `<!-- declare const app: Express -->`. Otherwise `''`. */
  readonly declaration: string;
}

const markdown = new MarkdownIt({ html: true });

/** Returns the fenced blocks of a Markdown file. */
export function codeBlocksOf(file: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let comment = '';
  for (const token of markdown.parse(readFileSync(file, 'utf8'), {})) {
    if (token.type === 'html_block') comment = token.content;
    if (token.type === 'paragraph_open' || token.type === 'heading_open') comment = '';
    if (token.type !== 'fence') continue;
    const [language = '', ...flags] = token.info.trim().split(/\s+/);
    const replies = /<!-- replies: (.*) -->/s.exec(comment)?.[1];
    const line = (token.map?.[0] ?? 0) + 2;
    const declaration = /<!-- (declare .*) -->/s.exec(comment)?.[1] ?? '';
    blocks.push({
      file,
      line,
      language,
      flags,
      code: token.content,
      replies: replies && JSON.parse(replies),
      declaration,
    });
    comment = '';
  }
  return blocks;
}
