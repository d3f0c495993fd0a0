import { expectAtLeast } from '../utils/options.js';
import { bufferText, type BufferOperator } from './internal/bufferText.js';
import { MarkdownBuffer } from './internal/markdown/markdownBuffer.js';
import { createGraphemeCutter } from './internal/segments/graphemes.js';

export interface BufferByMarkdownBlockOptions {
  /** Longest text held back, in UTF-16 code units. A longer block is emitted in parts. Default 1,048,576. */
  readonly maxLength?: number | undefined;
}

/**
 * Splits the text of events, or any text, into complete blocks of Markdown, each with the blank lines after it. Use it
 * to render each block once, instead of the entire text again and again.
 *
 *     source                     --a---b-----c-----d---|
 *     bufferByMarkdownBlock()
 *     result                     ------x-----y-----z---(r|)
 *
 *     a = '# Ti'   b = 'tle\n\n- o'    c = 'ne\n\n  more\n- two\n\n`'      d = '``\ncode\n```\nEnd'
 *                  x = '# Title\n\n'   y = '- one\n\n  more\n- two\n\n'   z = '```\ncode\n```\n'   r = 'End'
 *
 * The joined blocks are the complete text. They do not depend on how the text was split into fragments. A block is a
 * paragraph, heading, list, table, code block, quotation, HTML block, thematic break, or group of link definitions that
 * is not in another one: a list with everything in it is one block, however long it is. So no fence, table row, list
 * marker or link is ever incomplete. The rules are those of CommonMark, with the tables of GFM. Blank lines at the start
 * of the text belong to the first block.
 *
 * A block is emitted as soon as the text after it is certain to start another one. For most blocks, the first character
 * after the blank line shows it. After a list, that character may be the start of another item, and after a paragraph
 * without a blank line, the next line may make it a heading or a table, so more characters may be needed. While a block
 * is open, nothing of it is emitted, not even of a code block with thousands of lines. To show the open block too,
 * render the part of the text that has not been emitted as a block yet: see docs/pacing.md#buffers.
 *
 * If each block is rendered on its own, the result is that of the entire text, except for what refers to other blocks:
 * reference links (`[text][label]`) whose definition is in another block, and footnotes, which are not part of GFM's
 * specification. HTML that spans several blocks, such as `<details>` with blank lines in it, is split at the blank lines,
 * as CommonMark does: it has to be joined as text, not element by element.
 *
 * Emits the remaining text before completing, and before an error. Events of a message are accepted directly: their
 * text is that of {@link textDeltas}, and a piece also ends where the text does, at the end of a message and before a
 * block of another type. A `message_restart` drops the text held back. It is emitted between blocks if the source has
 * emitted strings (see `textDeltas({ restarts: true })`).
 *
 * @param options.maxLength - Longest text held back, in UTF-16 code units. A longer block is emitted in parts of at most
 * that length, which end where a line ends, or where a character ends if the line is longer too. Default 1,048,576,
 * which is longer than messages are.
 * @returns An operator from events or text fragments to blocks. Each block is emitted synchronously with the event or
 * fragment that shows its end.
 * @throws {RangeError} At call time, if `maxLength` is below 2 or not a number.
 * @example
 * events$.pipe(bufferByMarkdownBlock()).subscribe((block) => render(block)); // '# Title\n\n', then '- one\n- two\n\n'
 * @see https://spec.commonmark.org/0.31.2/
 */
export function bufferByMarkdownBlock(options: BufferByMarkdownBlockOptions = {}): BufferOperator {
  const { maxLength = 2 ** 20 } = options;
  expectAtLeast(2, 'bufferByMarkdownBlock', { maxLength });
  const cut = createGraphemeCutter();
  return bufferText(
    (output) =>
      new MarkdownBuffer(maxLength, cut, (block) => {
        output.next(block);
      }),
  );
}
