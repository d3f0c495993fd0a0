import type { Page } from './template.js';

/** An entry of the search index: a page, or a section of it. */
export interface SearchEntry {
  readonly path: string;
  readonly title: string;
  readonly section: string;
  readonly text: string;
  readonly excerpt: string;
}

/** Returns an entry for each section of a page that has an id, and one for what comes before. */
export function searchEntries({ path, title, html }: Page): readonly SearchEntry[] {
  return html.split(/(?=<h[23] id=")/).flatMap((part) => {
    const [, id, heading = ''] = /^<h[23] id="([^"]*)">(.*?)<\/h[23]>/s.exec(part) ?? [];
    const text = plain(part.replace(/^<h\d[^]*?<\/h\d>/, ''));
    const section = plain(heading).replace(/ #$/, '');
    const isPageOfExport = /^(api|types)\//.test(path);
    if (id !== undefined && isPageOfExport) return [];
    return [{ path: id === undefined ? path : `${path}#${id}`, title, section, text, excerpt: text.slice(0, 110) }];
  });
}

function plain(html: string): string {
  return html
    .replace(/<svg[^]*?<\/svg>|<p class="kind">[^]*?<\/p>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}
