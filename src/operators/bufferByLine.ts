import { expectAtLeast } from '../utils/options.js';
import { bufferText, type BufferOperator } from './internal/bufferText.js';
import { LineBuffer } from './internal/lineBuffer.js';
import { createGraphemeCutter } from './internal/segments/graphemes.js';

export interface BufferByLineOptions {
  /** Longest text held back, in UTF-16 code units. A longer line is emitted in parts. Default 1,048,576. */
  readonly maxLength?: number | undefined;
}

/**
 * Splits the text of events, or any text, into lines, each with its line end. Use it for logs and for formats with one
 * record per line.
 *
 *     source            --a--b----c---|      a = 'one'  b = ' two\nthr'  c = 'ee'
 *     bufferByLine()
 *     result            -----x--------(y|)   x = 'one two\n'  y = 'three'
 *
 * The joined lines are the complete text. They do not depend on how the text was split into fragments. A line ends with
 * a line feed, a carriage return, or both, as in Markdown and in server-sent events. An empty line is its line end. To
 * drop the line ends, use `map((line) => line.replace(/[\r\n]+$/, ''))`.
 *
 * A line is emitted when its line feed arrives. After a carriage return, it is held back until the next character
 * arrives, which may be the line feed.
 *
 * Emits the remaining text before completing, and before an error. Events of a message are accepted directly: their
 * text is that of {@link textDeltas}, and a piece also ends where the text does, at the end of a message and before a
 * block of another type. A `message_restart` drops the text held back. It is emitted between lines if the source has
 * emitted strings (see `textDeltas({ restarts: true })`).
 *
 * @param options.maxLength - Longest text held back, in UTF-16 code units. A longer line is emitted in parts of at most
 * that length, which end where a character ends. Default 1,048,576.
 * @returns An operator from events or text fragments to lines. Each line is emitted synchronously with the event or
 * fragment that shows its end.
 * @throws {RangeError} At call time, if `maxLength` is below 2 or not a number.
 * @example
 * of('{"id":1}\n{"i', 'd":2}\n').pipe(bufferByLine(), map((line) => JSON.parse(line))).subscribe(console.log);
 * // { id: 1 }
 * // { id: 2 }
 */
export function bufferByLine(options: BufferByLineOptions = {}): BufferOperator {
  const { maxLength = 2 ** 20 } = options;
  expectAtLeast(2, 'bufferByLine', { maxLength });
  const cut = createGraphemeCutter();
  return bufferText(
    (output) =>
      new LineBuffer(maxLength, cut, (line) => {
        output.next(line);
      }),
  );
}
