/** The syntax of Markdown's blocks: https://spec.commonmark.org/0.31.2/ and, for tables, https://github.github.com/gfm/ */

export const HEADING = /^#{1,6}(?:[ \t]|$)/;
export const SETEXT_UNDERLINE = /^(?:=+|-+)[ \t]*$/;
export const THEMATIC_BREAK = /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/;
export const FENCE = /^(?:`{3,}(?=[^`]*$)|~{3,})/;
export const BULLET = /^[-+*](?=[ \t]|$)/;
export const NUMBER = /^(\d{1,9})[.)](?=[ \t]|$)/;

/** The beginnings of lines that end a paragraph, whatever the rest of the line is. */
export const CERTAIN_INTERRUPTION = /^(?:>|#{1,6}[ \t]|~~~|(?:[-+*]|0{0,8}1[.)])[ \t]+[^ \t])/;

const HTML_TAGS =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|' +
  'fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|' +
  'menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|' +
  'track|ul';

const ATTRIBUTE = '[ \\t]+[a-zA-Z_:][\\w.:-]*(?:[ \\t]*=[ \\t]*(?:[^ \\t"\'=<>`]+|\'[^\']*\'|"[^"]*"))?';

export interface HtmlSyntax {
  readonly start: RegExp;
  /** What ends the block, in one of its lines. Without it, a blank line does. */
  readonly end?: RegExp;
  readonly canInterruptParagraph: boolean;
}

export const HTML_BLOCKS: readonly HtmlSyntax[] = [
  {
    start: /^<(?:script|pre|textarea|style)(?:[ \t>]|$)/i,
    end: /<\/(?:script|pre|textarea|style)>/i,
    canInterruptParagraph: true,
  },
  { start: /^<!--/, end: /-->/, canInterruptParagraph: true },
  { start: /^<\?/, end: /\?>/, canInterruptParagraph: true },
  { start: /^<![A-Za-z]/, end: />/, canInterruptParagraph: true },
  { start: /^<!\[CDATA\[/, end: /\]\]>/, canInterruptParagraph: true },
  { start: new RegExp(`^</?(?:${HTML_TAGS})(?:[ \\t]|/?>|$)`, 'i'), canInterruptParagraph: true },
  {
    start: new RegExp(`^(?:<[a-z][a-z0-9-]*(?:${ATTRIBUTE})*[ \\t]*/?>|</[a-z][a-z0-9-]*[ \\t]*>)[ \\t]*$`, 'i'),
    canInterruptParagraph: false,
  },
];
