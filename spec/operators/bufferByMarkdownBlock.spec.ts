import { connect, from, map, merge, scan } from 'rxjs';
import { bufferByMarkdownBlock } from '../../src/index.js';
import { marbles } from '../support/marbles.js';
import { itBuffersText, splitOpenText, splitText } from './support/buffers.js';

describe('bufferByMarkdownBlock', () => {
  itBuffersText(bufferByMarkdownBlock, 'bufferByMarkdownBlock', ['# One\n\n', '- two\n\n\n', 'three']);

  it(
    'emits a block when another one begins, and the rest on completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a---b-----c-----d---|   ', {
        a: '# Ti',
        b: 'tle\n\n- o',
        c: 'ne\n\n  more\n- two\n\n`',
        d: '``\ncode\n```\nEnd',
      });
      const subs = '        ^---------------------!   ';
      const expected = '    ------x-----y-----z---(r|)';

      expectObservable(source.pipe(bufferByMarkdownBlock())).toBe(expected, {
        x: '# Title\n\n',
        y: '- one\n\n  more\n- two\n\n',
        z: '```\ncode\n```\n',
        r: 'End',
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('adds blank lines at the start of the text to the first block', () => {
    expect(splitText(bufferByMarkdownBlock(), '\n  \n\tone\n\ntwo')).toEqual(['\n  \n\tone\n\n', 'two']);
    expect(splitText(bufferByMarkdownBlock(), '\n \n')).toEqual(['\n \n']);
  });

  it.each(['\r\n', '\r'])('accepts %j as line end', (end) => {
    const blocks = ['# One\n', 'two\nthree\n\n', '```\n\n```\n', '| a |\n|---|\n'].map((block) =>
      block.replaceAll('\n', end),
    );
    const text = blocks.join('');

    expect(splitText(bufferByMarkdownBlock(), text)).toEqual(blocks);
    expect(splitText(bufferByMarkdownBlock(), Array.from(text))).toEqual(blocks);
  });

  describe('emits a block as soon as it is certain that another one begins', () => {
    it.each<[string, string, string]>([
      ['a heading', '# One\n', 'T'],
      ['a heading, at a line that may become a table', '# One\n', '|'],
      ['a paragraph and a blank line', 'One\n\n', ' -'],
      ['a paragraph, at a heading', 'One\n', '## '],
      ['a paragraph, at a list', 'One\n', '- t'],
      ['a paragraph, at a numbered list', 'One:\n', '1. t'],
      ['a paragraph, at a quotation', 'One\n', '  >'],
      ['a paragraph, at a code block with tildes', 'One\n', '~~~'],
      ['a table, at a list', '| a |\n|---|\n| b |\n', '* t'],
      ['a thematic break', '***\n', 'T'],
      ['a code block', '```\none\n```\n', 'T'],
      ['indented code', '    one\n\n', 'T'],
      ['a quotation and a blank line', '> one\n\n', '>'],
      ['an HTML block and a blank line', '<div>\n\n', '<'],
      ['a list and a blank line', '- one\n\n', 'T'],
      ['a list and a blank line, at bold text', '* one\n\n', '**'],
      ['a list and a blank line, at one with another bullet', '- one\n\n', '*'],
      ['a list and a blank line, at indented code', '100. one\n\n\n', '    T'],
      ['a numbered list and a blank line, at a number in text', '1. one\n\n', '12 '],
      ['a numbered list and a blank line, at a list', '1. one\n\n', '-'],
      ['a numbered list and a blank line, at one with parentheses', '1. one\n\n', '2)'],
      ['a list that ends with code, at less indented text', '- ```\n', 'T'],
    ])('%s', (_, block, next) => {
      const operator = bufferByMarkdownBlock();

      expect(splitOpenText(operator, block, ...Array.from(next.slice(0, -1)))).toEqual([]);
      expect(splitOpenText(operator, block, ...Array.from(next))).toEqual([block]);
      expect(splitText(operator, `${block}${next}x\n`)[0]).toBe(block);
    });
  });

  describe('holds a block back while it may continue', () => {
    it.each<[string, string, string]>([
      ['a paragraph, at another line of it', 'One\n', 'two'],
      ['a paragraph, at what may be its underline', 'One\n', '---'],
      ['a paragraph, at what may be the second line of a table', '| a |\n', '|---|'],
      ['a paragraph, at a word that starts with a mark', 'One\n', '#two *three -four'],
      ['a paragraph, at a number that starts no list', 'One\n', '1986. A'],
      ['a paragraph, at indented text', 'One\n', '      > two'],
      ['a list, at what may be another item', '- one\n\n', '-'],
      ['a list, at another item', '- one\n\n', '- two'],
      ['a list, at the text of an item', '- one\n\n', '  two'],
      ['a list, at what may be another line of its paragraph', '- one\n', 'two'],
      ['a numbered list, at what may be another item', '1. one\n\n', '2'],
      ['a numbered list, at another item', '9. one\n\n', '10. two'],
      ['a quotation, at what may be another line of its paragraph', '> one\n', 'two'],
      ['indented code, at more of it', '    one\n\n', '    two'],
      ['a code block, at anything', '```\none\n\n', '# two\n\n- three\n~~~\n``\n`````x\n'],
      ['a list with an open code block, at indented text', '- ```\n\n', '  two\n\n  ~~~\n\n  - three'],
      ['an HTML comment, at anything', '<!-- one\n\n', '# two\n\n> three\n'],
    ])('%s', (_, block, next) => {
      expect(splitOpenText(bufferByMarkdownBlock(), block, ...Array.from(next))).toEqual([]);
    });
  });

  it('holds back a code block of any length', () => {
    const block = `\`\`\`ts\n${'const x = 1;\n\n'.repeat(5000)}\`\`\`\n`;

    expect(splitOpenText(bufferByMarkdownBlock(), block.slice(0, -2))).toEqual([]);
    expect(splitOpenText(bufferByMarkdownBlock(), `${block}x`)).toEqual([block]);
  });

  it('can be combined with the text of the block that is still open', () => {
    interface View {
      readonly blocks: readonly string[];
      readonly open: string;
    }
    const views: View[] = [];
    from(['# One\n\n', 'Two', ' three\n', '\n', 'Four'])
      .pipe(
        connect((text$) =>
          merge(
            text$.pipe(map((text) => (view: View): View => ({ ...view, open: view.open + text }))),
            text$.pipe(
              bufferByMarkdownBlock(),
              map((block) => (view: View): View => ({
                blocks: [...view.blocks, block],
                open: view.open.slice(block.length),
              })),
            ),
          ),
        ),
        scan((view, change) => change(view), { blocks: [], open: '' } as View),
      )
      .subscribe((view) => views.push(view));

    expect(views.map(({ blocks, open }) => [...blocks, open].join(''))).toEqual([
      ...['# One\n\n', '# One\n\nTwo', '# One\n\nTwo', '# One\n\nTwo three\n', '# One\n\nTwo three\n\n'],
      ...['# One\n\nTwo three\n\nFour', '# One\n\nTwo three\n\nFour', '# One\n\nTwo three\n\nFour'],
    ]);
    expect(views.at(-1)).toEqual({ blocks: ['# One\n\n', 'Two three\n\n', 'Four'], open: '' });
  });

  describe('maxLength', () => {
    it('splits a longer block where a line ends', () => {
      const operator = bufferByMarkdownBlock({ maxLength: 10 });

      expect(splitText(operator, '```\none\ntwo\nthree\n```\n\n# A\n')).toEqual([
        '```\none\n',
        'two\nthree\n',
        '```\n\n',
        '# A\n',
      ]);
    });

    it('emits the lines that are complete', () => {
      expect(splitOpenText(bufferByMarkdownBlock({ maxLength: 10 }), '```\none\ntw')).toEqual([]);
      expect(splitOpenText(bufferByMarkdownBlock({ maxLength: 10 }), '```\none\ntwo')).toEqual(['```\none\n']);
    });

    it('splits a longer line where a character ends', () => {
      const operator = bufferByMarkdownBlock({ maxLength: 4 });

      expect(splitText(operator, 'abc😀def\n\n# A\n')).toEqual(['abc', '😀de', 'f\n\n', '# A\n']);
    });

    it('does not take what follows in a long line or block for the start of another one', () => {
      const operator = bufferByMarkdownBlock({ maxLength: 6 });

      expect(splitText(operator, 'abcd  # ef\n').join('|')).toBe('abcd  |# ef\n');
      expect(splitText(operator, '```\n# a\n- b\n```\nc').join('|')).toBe('```\n|# a\n|- b\n|```\n|c');
    });

    it('is 1,048,576 by default', () => {
      expect(splitText(bufferByMarkdownBlock(), 'x'.repeat(2 ** 20 + 10)).map(({ length }) => length)).toEqual([
        2 ** 20,
        10,
      ]);
    });
  });
});
