import { Marked, type Token, type Tokens } from 'marked';
import { closeOpenMarks } from './close-open-marks';

/** A heading, a paragraph, a list, a table … of a Markdown text. */
export interface Block {
  /** The block's text, as it was written. */
  readonly raw: string;
  readonly token: Token;
}

export interface Document {
  readonly text: string;
  readonly blocks: readonly Block[];
}

const marked = new Marked({
  gfm: true,
  renderer: {
    // The page itself has headings of levels 1 and 2.
    heading({ depth, tokens }) {
      const level = Math.max(3, depth);
      return `<h${level} class="depth-${depth}">${this.parser.parseInline(tokens)}</h${level}>`;
    },
    // What a model writes is never HTML of the page, and loads nothing from elsewhere.
    html: ({ text }) => escapeHtml(text),
    image: ({ href, text }) => linkTo(href, escapeHtml(text || href)),
    link({ href, tokens }) {
      return linkTo(href, this.parser.parseInline(tokens));
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    table(token) {
      const rows = token.rows.map((cells) => `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`);
      const head = token.header.map((cell) => this.tablecell(cell)).join('');
      const table = `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
      return `<div class="table" role="group" aria-label="Table" tabindex="0">${table}</div>`;
    },
    tablecell({ header, align, tokens }) {
      const name = header ? 'th' : 'td';
      return `<${name}${align ? ` align="${align}"` : ''}>${this.parser.parseInline(tokens)}</${name}>`;
    },
  },
});

/**
 * Returns the blocks of a text that grows. Those that were finished before are the same objects, so that nothing of them is
 * parsed or rendered again: only the last block can still change.
 */
export function growDocument(previous: Document | undefined, text: string): Document {
  if (previous === undefined || !text.startsWith(previous.text)) return { text, blocks: parse(text) };
  const finished = previous.blocks.slice(0, -1);
  const length = finished.reduce((sum, { raw }) => sum + raw.length, 0);
  return { text, blocks: [...finished, ...parse(text.slice(length))] };
}

/** Splits a text into blocks. The blank lines after a block belong to it. */
function parse(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const token of marked.lexer(text)) {
    const last = blocks.at(-1);
    if (token.type === 'space' && last !== undefined)
      blocks[blocks.length - 1] = { ...last, raw: last.raw + token.raw };
    else blocks.push({ raw: token.raw, token });
  }
  return blocks;
}

/** @param isOpen - Whether the block can still grow. Marks that are open, such as `**`, are then shown as if they were closed. */
export function renderBlock({ raw, token }: Block, isOpen: boolean): string {
  if (!isOpen) return marked.parser([token]);
  // The marks of a heading arrive before its text.
  if (token.type === 'heading' && token.text === '') return '';
  // A table is a paragraph until its second line is complete.
  if (token.type === 'paragraph' && raw.startsWith('|')) return '';
  return marked.parser(marked.lexer(closeOpenMarks(raw)));
}

export function isCode(token: Token): token is Tokens.Code {
  return token.type === 'code';
}

function linkTo(href: string, html: string): string {
  if (!/^(https?:|mailto:)/i.test(href)) return html;
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${html}</a>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
