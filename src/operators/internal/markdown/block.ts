/** The blocks of a Markdown document, and how a line continues them. */
import type { LineCursor } from './lineCursor.js';

/** The longest text that is examined for definitions, in UTF-16 code units. Longer text counts as a paragraph. */
const MAX_DEFINITIONS = 10_000;

/** A block that may continue with the next line. Headings and thematic breaks are complete with their line. */
export type Block =
  | { readonly type: 'quote' }
  | { readonly type: 'list'; readonly marker: string }
  | { readonly type: 'item'; readonly indent: number; isEmpty: boolean }
  | Paragraph
  | { readonly type: 'table' }
  | { readonly type: 'indented-code' }
  | { readonly type: 'fenced-code'; readonly end: RegExp }
  | { readonly type: 'html'; readonly end: RegExp | undefined };

export interface Paragraph {
  readonly type: 'paragraph';
  /** The text so far, if it may consist of link reference definitions. */
  definitions: string | undefined;
  lastLine: string;
  lineCount: number;
}

/** Whether a block continues with a line, or ends with it. */
type Continuation = 'no' | 'yes' | 'ends';

/** Whether a block can contain an item of a list, or another block. */
export function canContain(parent: Block | undefined, child: 'item' | 'leaf'): boolean {
  return parent?.type === 'quote' || parent?.type === 'item' || (parent?.type === 'list' && child === 'item');
}

/** Matches a line with an open block, and skips what belongs to the block: its indentation, or the marker of a quotation. */
export function continueBlock(block: Block, line: LineCursor): Continuation {
  switch (block.type) {
    case 'quote':
      if (line.isIndented || !line.text.startsWith('>')) return 'no';
      line.skipText(1);
      line.skipColumns(1);
      return 'yes';
    case 'list':
      return 'yes';
    case 'item':
      if (line.isBlank) return block.isEmpty ? 'no' : 'yes';
      if (line.indent < block.indent) return 'no';
      line.skipColumns(block.indent);
      return 'yes';
    case 'paragraph':
    case 'table':
      return line.isBlank ? 'no' : 'yes';
    case 'indented-code':
      return line.isIndented || line.isBlank ? 'yes' : 'no';
    case 'fenced-code':
      return !line.isIndented && block.end.test(line.text) ? 'ends' : 'yes';
    case 'html':
      return line.isBlank && block.end === undefined ? 'no' : 'yes';
  }
}

export function addToParagraph(paragraph: Paragraph, text: string): void {
  paragraph.lastLine = text;
  paragraph.lineCount += 1;
  if (paragraph.definitions === undefined) return;
  const isShort = paragraph.definitions.length + text.length <= MAX_DEFINITIONS;
  paragraph.definitions = isShort ? `${paragraph.definitions}${text}\n` : undefined;
}
