import { addToParagraph, canContain, continueBlock, type Block, type Paragraph } from './block.js';
import { CERTAIN_INTERRUPTION, FENCE, HEADING, HTML_BLOCKS, SETEXT_UNDERLINE, THEMATIC_BREAK } from './blockSyntax.js';
import { LineCursor } from './lineCursor.js';
import { hasOnlyDefinitions } from './linkDefinitions.js';
import { mayStartItem, readListMarker, type ListMarker } from './listMarker.js';
import { startsTable } from './tableSyntax.js';

/**
 * Where a block of the document starts: not with this line, with this line, or with the line before it, if this line is
 * the second one of a table.
 */
export type BlockStart = 'none' | 'this-line' | 'previous-line';

/** How deeply blocks can be nested. Markers of deeper blocks are text, so that a line takes bounded time. */
const MAX_DEPTH = 100;

/** The most columns between a list marker and the text of its item. */
const MAX_MARKER_SPACES = 4;

/**
 * Finds where the blocks of a Markdown document start: those that are not in a list or in a quotation. It is the first
 * phase of CommonMark's parsing strategy (https://spec.commonmark.org/0.31.2/#appendix-a-parsing-strategy), with the
 * tables of GFM: each line is matched with the open blocks, may then start others, and has text for the innermost one.
 */
export class BlockParser {
  /** The block of the document that may continue, its last child, and so on. */
  readonly #open: Block[] = [];
  /** How many of them continue with this line. The others are closed when a block starts. */
  #matched = 0;
  #start: BlockStart = 'none';

  /** Reads a line, without its line end. Returns where a block of the document starts. */
  addLine(text: string): BlockStart {
    const line = new LineCursor(text);
    this.#start = 'none';
    this.#matched = 0;
    if (this.#endsFence(line)) return 'none';
    const isComplete = !this.#isInVerbatim && this.#startBlocks(line);
    if (!isComplete && !this.#isInVerbatim) this.#addText(line);
    this.#endHtml(line);
    return this.#start;
  }

  /** Whether a line that has this beginning starts a block, however it continues. */
  startsWith(beginning: string): boolean {
    const line = new LineCursor(beginning);
    if (line.isBlank) return false;
    const [block, item] = this.#open;
    switch (block?.type) {
      case undefined:
        return true;
      case 'paragraph':
      case 'table':
        return !line.isIndented && CERTAIN_INTERRUPTION.test(line.text);
      case 'indented-code':
        return !line.isIndented;
      case 'list':
        if (this.#open.at(-1)?.type === 'paragraph') return false; // perhaps a lazy continuation
        if (item?.type === 'item' && line.indent >= item.indent) return false;
        return line.isIndented || !mayStartItem(line.text, block.marker);
      default:
        return false;
    }
  }

  /** Matches the line with the open blocks. Returns whether the line ends fenced code. */
  #endsFence(line: LineCursor): boolean {
    for (const block of this.#open) {
      const continuation = continueBlock(block, line);
      if (continuation === 'no') return false;
      if (continuation === 'ends') {
        this.#open.length = this.#matched;
        return true;
      }
      this.#matched += 1;
    }
    return false;
  }

  /** The innermost block that continues with this line. */
  get #container(): Block | undefined {
    return this.#matched > 0 ? this.#open[this.#matched - 1] : undefined;
  }

  /** Whether the line is in a block in which no other block can start. */
  get #isInVerbatim(): boolean {
    const type = this.#container?.type;
    return type === 'fenced-code' || type === 'html' || type === 'indented-code';
  }

  /** The innermost paragraph, if the line lacks the markers of the blocks around it. It may still continue there. */
  get #lazyParagraph(): Paragraph | undefined {
    const innermost = this.#open.at(-1);
    return this.#matched < this.#open.length && innermost?.type === 'paragraph' ? innermost : undefined;
  }

  /** Starts the blocks that start with the line. Returns whether the line is complete, so that it has no text. */
  #startBlocks(line: LineCursor): boolean {
    while (this.#open.length < MAX_DEPTH && this.#startContainer(line)) {
      // An item or a quotation may start with another block.
    }
    if (line.isBlank) return false;
    if (!line.isIndented) return this.#startLeaf(line.text);
    const isInParagraph = this.#container?.type === 'paragraph' || this.#lazyParagraph !== undefined;
    if (!isInParagraph) this.#push({ type: 'indented-code' });
    return false;
  }

  #startContainer(line: LineCursor): boolean {
    if (line.isIndented) return false;
    const { text } = line;
    if (text.startsWith('>')) {
      line.skipText(1);
      line.skipColumns(1);
      this.#push({ type: 'quote' });
      return true;
    }
    const isInParagraph = this.#container?.type === 'paragraph';
    if (THEMATIC_BREAK.test(text) || (isInParagraph && SETEXT_UNDERLINE.test(text))) return false;
    const marker = readListMarker(text);
    if (marker === undefined || (isInParagraph && !marker.canInterruptParagraph)) return false;
    this.#startItem(line, marker);
    return true;
  }

  #startItem(line: LineCursor, { type, length }: ListMarker): void {
    const { indent } = line;
    line.skipText(length);
    // With five columns or more, the item starts with indented code.
    const spaces = line.isBlank || line.indent > MAX_MARKER_SPACES ? 1 : line.indent;
    line.skipColumns(spaces);
    const list = this.#container;
    if (list?.type !== 'list' || list.marker !== type) this.#push({ type: 'list', marker: type });
    this.#push({ type: 'item', indent: indent + length + spaces, isEmpty: true });
  }

  /** Starts a block without children. Returns whether it is complete with this line, or continues after it. */
  #startLeaf(text: string): boolean {
    if (HEADING.test(text)) {
      this.#makeRoom('leaf');
      return true;
    }
    const fence = FENCE.exec(text)?.[0];
    if (fence !== undefined) {
      this.#push({ type: 'fenced-code', end: new RegExp(`^${fence.charAt(0)}{${fence.length},}[ \\t]*$`) });
      return false;
    }
    const isInParagraph = this.#container?.type === 'paragraph' || this.#lazyParagraph !== undefined;
    const html = text.startsWith('<') ? HTML_BLOCKS.find(({ start }) => start.test(text)) : undefined;
    if (html !== undefined && (html.canInterruptParagraph || !isInParagraph)) {
      this.#push({ type: 'html', end: html.end });
      return false;
    }
    if (this.#container?.type === 'paragraph' && this.#endsParagraph(this.#container, text)) return true;
    if (!THEMATIC_BREAK.test(text)) return false;
    this.#makeRoom('leaf');
    return true;
  }

  /** Ends a paragraph with the line that makes it a heading, or makes its last line the first one of a table. */
  #endsParagraph(paragraph: Paragraph, text: string): boolean {
    if (SETEXT_UNDERLINE.test(text)) {
      const isText = paragraph.definitions === undefined || !hasOnlyDefinitions(paragraph.definitions);
      paragraph.definitions = undefined;
      if (isText) this.#open.pop();
      return isText;
    }
    if (!startsTable(paragraph.lastLine, text)) return false;
    this.#open.pop();
    this.#open.push({ type: 'table' });
    // Some parsers need a pipe. Without one, the table stays with the paragraph before it.
    const isCertain = paragraph.lastLine.includes('|');
    if (this.#open.length === 1 && paragraph.lineCount > 1 && isCertain) this.#start = 'previous-line';
    return true;
  }

  /** Adds the line to a paragraph, or starts one. */
  #addText(line: LineCursor): void {
    const paragraph = line.isBlank ? undefined : this.#lazyParagraph;
    if (paragraph !== undefined) {
      addToParagraph(paragraph, line.text);
      return;
    }
    this.#open.length = this.#matched;
    if (line.isBlank) return;
    const container = this.#container;
    if (container?.type === 'paragraph') {
      addToParagraph(container, line.text);
    } else if (container?.type !== 'table') {
      const { text } = line;
      const definitions = text.startsWith('[') ? `${text}\n` : undefined;
      this.#push({ type: 'paragraph', definitions, lastLine: text, lineCount: 1 });
    }
  }

  #endHtml(line: LineCursor): void {
    const container = this.#container;
    if (container?.type === 'html' && container.end?.test(line.text) === true) this.#open.pop();
  }

  #push(block: Block): void {
    this.#makeRoom(block.type === 'item' ? 'item' : 'leaf');
    this.#open.push(block);
    this.#matched = this.#open.length;
  }

  /** Closes the blocks that cannot contain the one that starts. */
  #makeRoom(child: 'item' | 'leaf'): void {
    this.#open.length = this.#matched;
    while (this.#open.length > 0 && !canContain(this.#open.at(-1), child)) this.#open.pop();
    const parent = this.#open.at(-1);
    if (parent?.type === 'item') parent.isEmpty = false;
    if (parent === undefined) this.#start = 'this-line';
    this.#matched = this.#open.length;
  }
}
