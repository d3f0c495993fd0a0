import { bufferByLine } from '../../src/index.js';
import { marbles } from '../support/marbles.js';
import { itBuffersText, splitOpenText, splitText } from './support/buffers.js';
import { withSegmenter } from './support/segments.js';

describe('bufferByLine', () => {
  itBuffersText(bufferByLine, 'bufferByLine', ['one\n', 'two three\n', 'four']);

  it(
    'emits a line when its line feed arrives, and the rest on completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--b----c---|   ', { a: 'one', b: ' two\nthr', c: 'ee' });
      const subs = '        ^-------------!   ';
      const expected = '    -----x--------(y|)';

      expectObservable(source.pipe(bufferByLine())).toBe(expected, { x: 'one two\n', y: 'three' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it.each(['\n', '\r\n', '\r'])('ends a line with %j', (end) => {
    expect(splitText(bufferByLine(), `one${end}${end}two${end}`)).toEqual([`one${end}`, end, `two${end}`]);
  });

  it('counts a line feed and a carriage return in this order as two line ends', () => {
    expect(splitText(bufferByLine(), 'one\n\rtwo')).toEqual(['one\n', '\r', 'two']);
  });

  it('does not split a carriage return from its line feed', () => {
    expect(splitText(bufferByLine(), ['one\r', '\n', 'two\r', '', '\n\r', 'three'])).toEqual([
      'one\r\n',
      'two\r\n',
      '\r',
      'three',
    ]);
  });

  it('emits a line with a carriage return once the next character arrives', () => {
    expect(splitOpenText(bufferByLine(), 'one\r')).toEqual([]);
    expect(splitOpenText(bufferByLine(), 'one\r', 't')).toEqual(['one\r']);
    expect(splitText(bufferByLine(), 'one\r')).toEqual(['one\r']);
  });

  it('does not count other separators as line ends', () => {
    expect(splitText(bufferByLine(), 'a\u2028b\u0085c\vd')).toHaveLength(1);
  });

  describe('maxLength', () => {
    it('splits a longer line', () => {
      expect(splitText(bufferByLine({ maxLength: 4 }), 'abcdefghij\nkl\n')).toEqual(['abcd', 'efgh', 'ij\n', 'kl\n']);
    });

    it('emits the parts before the line ends', () => {
      expect(splitOpenText(bufferByLine({ maxLength: 4 }), 'abcdefghij')).toEqual(['abcd', 'efgh']);
    });

    it('splits no character that fits', () => {
      expect(splitText(bufferByLine({ maxLength: 4 }), 'abc😀e\u0301🇩🇪🇫🇷')).toEqual(['abc', '😀e\u0301', '🇩🇪', '🇫🇷']);
      expect(splitText(bufferByLine({ maxLength: 9 }), 'ab👩‍👩‍👧c')).toEqual(['ab', '👩‍👩‍👧c']);
    });

    it('splits no surrogate pair of a character that does not fit', () => {
      expect(splitText(bufferByLine({ maxLength: 4 }), '👩‍👩‍👧')).toEqual(['👩‍', '👩‍', '👧']);
    });

    it('is 1,048,576 by default', () => {
      expect(splitText(bufferByLine(), 'x'.repeat(2 ** 20 + 10)).map(({ length }) => length)).toEqual([2 ** 20, 10]);
    });
  });

  it('needs no Intl.Segmenter', () => {
    withSegmenter(undefined, () => {
      expect(splitText(bufferByLine({ maxLength: 3 }), 'ab😀c\n')).toEqual(['ab', '😀c', '\n']);
    });
  });
});
