/** Random Markdown, and parsers to compare with, for the specs of `bufferByMarkdownBlock`. */
import { HtmlRenderer, Parser, type Node } from 'commonmark';
import * as fc from 'fast-check';
import MarkdownIt from 'markdown-it';

const parser = new Parser();
const renderer = new HtmlRenderer();

/** The HTML of CommonMark's reference implementation, which has no tables. */
export function renderCommonMark(text: string): string {
  return renderer.render(parser.parse(text));
}

/** Where the blocks of a document start, in lines. Link definitions are missing. */
export function blockLinesOf(text: string): number[] {
  const lines: number[] = [];
  for (let node = parser.parse(text).firstChild; node !== null; node = node.next) lines.push(node.sourcepos[0][0]);
  return lines;
}

/** The structure of a document: its blocks, without their text, which may refer to other blocks. */
export function structureOf(text: string): string[] {
  return childrenOf(parser.parse(text)).map(describe);
}

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.next) children.push(child);
  return children;
}

function describe(node: Node): string {
  const hasText = node.type === 'paragraph' || node.type === 'heading';
  const content = hasText ? '' : (node.literal ?? childrenOf(node).map(describe).join());
  return `${node.type}${node.level || ''}(${content})`;
}

const markdownIt = new MarkdownIt({ html: true });

/** The HTML of a parser that has tables. */
export function renderWithTables(text: string): string {
  return markdownIt.render(text);
}

const MARKERS = [
  ...['', '', '', '', '', '', ' ', '  ', '   ', '    ', '     ', '        ', '\t', ' \t'],
  ...['> ', '>', '>  ', '>\t', '- ', '* ', '+ ', '-   ', '-\t', '-     ', '1. ', '2. ', '1) ', '10. ', '> - ', '- > '],
];

const TEXTS = [
  ...['a', 'b c', '*d* `e`', '', '', '', 'f  ', 'g\\', '&amp;', '`h', '**i', 'j**', '- [ ] k', '\u00a0'],
  ...['# a', '## b ##', '#c', '===', '==', '---', '--', '-', '=', '***', '___', '- - -', '* * *', '*', '+', '1.'],
  ...['```', '````', '~~~', '~~~~', '``` js', '~~~ a`b', '``` a`b', '``'],
  ...['<div>', '</div>', '<b>', '<b> a', '</b>', '<a href="b">', '<details>', '<summary>a</summary>', '<!-- a', '-->'],
  ...['<!-- b -->', '<script>', '</script>', '<?a', '?>', '<!A', '>', '<![CDATA[', ']]>', '<pre>', '</pre>'],
];

const DEFINITIONS = [
  ...[
    '[a]: /b',
    '[a]: <b> "c"',
    "[a]: /b 'c",
    "d'",
    '[a]',
    '[a]:',
    '/b',
    '[a] b',
    '[a]: /b (c)',
    '[a]: /b c',
    '[a]: b(',
  ],
];

/** Any lines. */
export function linesOf(texts: readonly string[] = TEXTS): fc.Arbitrary<string> {
  const line = fc
    .tuple(
      fc.constantFrom(...MARKERS),
      fc.constantFrom(...MARKERS, ...Array.from(MARKERS, () => '')),
      fc.constantFrom(...texts),
    )
    .map((parts) => parts.join(''));
  return fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 10 }), fc.constantFrom('', '\n'))
    .map(([lines, end]) => lines.join('\n') + end);
}

/** Any lines, with link definitions. */
export function linesWithDefinitions(): fc.Arbitrary<string> {
  return linesOf([...TEXTS, ...DEFINITIONS, ...DEFINITIONS, ...DEFINITIONS]);
}

const inline = fc
  .array(
    fc.constantFrom('tide', '**noon**', '`a | b`', '[link](https://a.b)', '*it*', '1.5', 'a-b', '<b>x</b>', '🚢'),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((words) => words.join(' '));

const code = fc
  .tuple(
    fc.constantFrom('```', '~~~', '````'),
    fc.array(fc.constantFrom('const a = 1;', '', '# b', '- c', '``', '| d |')),
  )
  .map(([fence, lines]) => [`${fence}ts`, ...lines, fence].join('\n'));

const cells = fc.array(
  inline.map((text) => text.replaceAll('|', '\\|')),
  { minLength: 2, maxLength: 2 },
);
const table = fc
  .array(cells, { minLength: 1, maxLength: 4 })
  .map(([head = [], ...rows]) => [head, ['---', ':-:'], ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n'));

const indent = (text: string, by: string): string => text.replace(/\n(?=.)/g, `\n${by}`);

const item = fc.oneof(
  { weight: 4, arbitrary: inline },
  { weight: 1, arbitrary: fc.tuple(inline, fc.oneof(code, inline, table)).map((parts) => parts.join('\n\n')) },
  { weight: 1, arbitrary: fc.tuple(inline, inline, inline).map(([a, b, c]) => `${a}\n- ${b}\n- ${c}`) },
);
const list = fc
  .tuple(
    fc.constantFrom('- ', '* ', '1. '),
    fc.constantFrom('\n', '\n\n'),
    fc.array(item, { minLength: 1, maxLength: 4 }),
  )
  .map(([marker, between, items]) =>
    items.map((text) => marker + indent(text, ' '.repeat(marker.length))).join(between),
  );

const block = fc.oneof(
  inline,
  fc.array(inline, { minLength: 2, maxLength: 3 }).map((lines) => lines.join('\n')),
  inline.map((text) => `## ${text}`),
  inline.map((text) => `${text}\n===`),
  fc.constant('***'),
  code,
  table,
  list,
  list.map((text) => `> ${indent(text, '> ')}`),
  inline.map((text) => `<details>\n${text}\n</details>`),
);

/** A document as a model writes it. */
export function documents(): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(block, fc.constantFrom('\n\n', '\n\n', '\n\n', '\n\n\n')), { maxLength: 6 })
    .map((blocks) => blocks.flat().join(''));
}
