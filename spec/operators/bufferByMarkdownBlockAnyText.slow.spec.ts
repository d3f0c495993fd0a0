import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { bufferByMarkdownBlock } from '../../src/index.js';
import { itSplitsAnyText, splitText } from './support/buffers.js';
import {
  blockLinesOf,
  documents,
  linesOf,
  linesWithDefinitions,
  renderCommonMark,
  renderWithTables,
  structureOf,
} from './support/markdown.js';

const ROOT = join(__dirname, '../..');

const UNITS = [
  ...['a', 'b ', ' ', '  ', '    ', '\t', '\n', '\n', '\n', '\n\n', '\r\n', '\r', '- ', '* ', '1. ', '> ', '# ', '#'],
  ...[
    '```',
    '~~~',
    '`',
    '---',
    '===',
    '-',
    '|',
    '| a |',
    '|---|',
    '<div>',
    '<!--',
    '-->',
    '[a]: /b',
    '\\',
    '😀',
    '\ud83d',
  ],
];

/** Splits a text, each character in a fragment of its own. */
const split = (text: string): string[] => splitText(bufferByMarkdownBlock(), Array.from(text));

/** Where blocks start, in lines. */
function linesOfBlocks(blocks: readonly string[]): number[] {
  return blocks.map((_, i) => blocks.slice(0, i).join('').split('\n').length);
}

describe('bufferByMarkdownBlock: any text', () => {
  itSplitsAnyText(bufferByMarkdownBlock, UNITS, 1);

  describe('the blocks of random lines', () => {
    it('start where those of the reference implementation of CommonMark start', () => {
      fc.assert(
        fc.property(linesOf(), (text) => {
          const [first = 1, ...others] = blockLinesOf(text);

          expect(linesOfBlocks(split(text)).slice(1)).toEqual(others);
          expect(linesOfBlocks(split(text))[0]).toBeLessThanOrEqual(first);
        }),
        { seed: 1, numRuns: 3000 },
      );
    });

    it('render to the same HTML one by one as together', () => {
      fc.assert(
        fc.property(linesOf(), (text) => {
          expect(split(text).map(renderCommonMark).join('')).toBe(renderCommonMark(text));
        }),
        { seed: 2, numRuns: 2000 },
      );
    });

    it('have the same structure with link definitions', () => {
      fc.assert(
        fc.property(linesWithDefinitions(), (text) => {
          // After a definition that an underline follows, the reference implementation leaves an empty paragraph.
          fc.pre(!/\n[ >]*-{2,}[ \t]*(?:\n|$)/.test(text));

          expect(split(text).flatMap(structureOf)).toEqual(structureOf(text));
        }),
        { seed: 3, numRuns: 3000 },
      );
    });
  });

  it.each(['README.md', 'CHANGELOG.md', 'docs/architecture.md', 'docs/servers.md', 'docs/network-failures.md'])(
    'the blocks of %s render to the same HTML one by one as together',
    (file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const blocks = split(text);

      expect(blocks.length).toBeGreaterThan(1);
      expect(blocks.map(renderWithTables).join('')).toBe(renderWithTables(text));
    },
  );

  describe('the blocks of a document with tables, lists and code', () => {
    it('render to the same HTML one by one as together', () => {
      fc.assert(
        fc.property(documents(), (text) => {
          expect(split(text).map(renderWithTables).join('')).toBe(renderWithTables(text));
        }),
        { seed: 4, numRuns: 2000 },
      );
    });

    it('are complete wherever the text is interrupted', () => {
      fc.assert(
        fc.property(documents(), fc.nat(), (text, place) => {
          const complete = split(text);
          const blocks = split(text.slice(0, place % (text.length + 1)));

          expect(complete.slice(0, Math.max(0, blocks.length - 1))).toEqual(blocks.slice(0, -1));
        }),
        { seed: 5, numRuns: 1000 },
      );
    });
  });
});
