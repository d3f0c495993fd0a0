/** Renders Markdown for the site: highlighted code, links between pages, and links from code to the page of an export. */
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import json from 'highlight.js/lib/languages/json';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import MarkdownIt from 'markdown-it';
import { Slugs } from '../docs/links.js';
import { escapeHtml } from './marbleSvg.js';

hljs.registerLanguage('ts', typescript);
hljs.registerLanguage('json', json);
hljs.registerLanguage('sh', bash);
hljs.registerLanguage('html', xml);

/** Where the pages of a site are. */
export interface Links {
  /** The address of a file of the repository, relative to the page; undefined if the site does not have it. */
  readonly file: (path: string) => string | undefined;
  /** The address of the page of an export. */
  readonly api: (name: string) => string | undefined;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

function highlight(code: string, language: string): string {
  return hljs.getLanguage(language) === undefined ? escapeHtml(code) : hljs.highlight(code, { language }).value;
}

/** A block of code, with a button that copies it. */
export function codeHtml(code: string, language: string, kind = ''): string {
  return `<div class="code ${kind}"><pre tabindex="0"><code>${highlight(code.trimEnd(), language)}</code></pre></div>`;
}

export function renderMarkdown(text: string, links: Links): Rendered {
  const headings: Heading[] = [];
  const slugs = new Slugs();
  const md = new MarkdownIt({ html: true, linkify: false });
  const { rules } = md.renderer;
  rules.fence = (tokens, index) => {
    const { info = '', content = '' } = tokens[index] ?? {};
    const [language = '', ...flags] = info.split(/\s+/);
    return codeHtml(content, language, flags.includes('output') ? 'output' : '');
  };
  rules.code_inline = (tokens, index) => {
    const { content = '' } = tokens[index] ?? {};
    const html = `<code>${escapeHtml(content)}</code>`;
    const href = isInLink(tokens.slice(0, index))
      ? undefined
      : links.api(/^[A-Za-z]\w*(?=$|\()/.exec(content)?.[0] ?? '');
    return href === undefined ? html : `<a class="api" href="${href}">${html}</a>`;
  };
  rules.table_open = () => '<div class="table"><table>';
  rules.table_close = () => '</table></div>';
  rules.heading_open = (tokens, index) => {
    const text = (tokens[index + 1]?.children ?? []).map(({ content }) => content).join('');
    const level = Number(tokens[index]?.tag.slice(1));
    const id = slugs.next(text);
    headings.push({ level, id, text });
    return `<h${level} id="${id}">`;
  };
  rules.heading_close = (tokens, index) => {
    const { id = '' } = headings.at(-1) ?? {};
    return ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></${tokens[index]?.tag ?? ''}>\n`;
  };
  const stack: boolean[] = [];
  rules.link_open = (tokens, index) => {
    const href = String(tokens[index]?.attrGet('href') ?? '');
    const [path = '', anchor] = href.split('#');
    const isOutside = /^[a-z]+:/.test(href);
    const target = isOutside || path === '' ? path : links.file(path);
    stack.push(target !== undefined);
    if (target === undefined) return '<span>';
    const address = anchor === undefined ? target : `${target}#${anchor}`;
    return isOutside ? `<a href="${escapeHtml(href)}" rel="noreferrer">` : `<a href="${address}">`;
  };
  rules.link_close = () => (stack.pop() === true ? '</a>' : '</span>');
  rules.image = (tokens, index) => {
    const token = tokens[index];
    const src = String(token?.attrGet('src') ?? '');
    return `<img src="${links.file(src) ?? src}" alt="${escapeHtml(token?.content ?? '')}" loading="lazy">`;
  };
  const html = md
    .render(text.replace(/<!--[^]*?-->/g, ''))
    .replace(
      /(src|srcset)="(docs\/[^"]+)"/g,
      (_, name: string, path: string) => `${name}="${links.file(path) ?? path}"`,
    );
  return { html, headings };
}

function isInLink(tokens: readonly { readonly type: string }[]): boolean {
  const types = tokens.map(({ type }) => type);
  return types.lastIndexOf('link_open') > types.lastIndexOf('link_close');
}
