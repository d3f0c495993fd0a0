/** The frame of a page: navigation, search and theme. */
import { escapeHtml } from './marbleSvg.js';
import type { Heading } from './markdown.js';

export interface NavGroup {
  readonly title: string;
  readonly pages: readonly { readonly title: string; readonly path: string; readonly isCode?: boolean }[];
}

export interface Page {
  /** The address, from the root of the site. */
  readonly path: string;
  readonly title: string;
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** The way from a page to the root of the site. */
function rootOf(path: string): string {
  return '../'.repeat(path.split('/').length - 1);
}

export function pageHtml({ path, title, html, headings }: Page, nav: readonly NavGroup[]): string {
  const root = rootOf(path);
  const contents = headings.filter(({ level }) => level === 2);
  const toc =
    contents.length < 3
      ? ''
      : `<nav class="toc" aria-label="On this page"><p>On this page</p>${contents
          .map(({ id, text }) => `<a href="#${id}">${escapeHtml(text)}</a>`)
          .join('')}</nav>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · rxjs-anthropic</title>
<link rel="stylesheet" href="${root}style.css">
<script>document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'auto'; document.documentElement.dataset.root = '${root}';</script>
</head>
<body>
<header>
<button class="menu" aria-label="Menu" aria-expanded="false">☰</button>
<a class="brand" href="${root}index.html"><svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true"><rect width="26" height="26" rx="7"/><path d="M5 10q4-4 8 0t8 0M5 17q4-4 8 0t8 0"/></svg>rxjs-anthropic</a>
<label class="search"><span class="hidden">Search</span><input type="search" placeholder="Search  ( / )" autocomplete="off"></label>
<button class="theme" aria-label="Light or dark">◐</button>
</header>
<div class="results" hidden></div>
<div class="frame">
<nav class="side" aria-label="Pages">${nav.map((group) => groupHtml(group, path, root)).join('')}</nav>
<main>${html}</main>
${toc}
</div>
<script src="${root}search-index.js"></script>
<script src="${root}client.js"></script>
</body>
</html>
`;
}

function groupHtml({ title, pages }: NavGroup, current: string, root: string): string {
  const isOpen = title === 'Start' || title === 'Guides' || pages.some(({ path }) => path === current);
  const links = pages.map(({ title: name, path, isCode }) => {
    const mark = path === current ? ' aria-current="page"' : '';
    return `<a href="${root}${path}"${mark}${isCode === true ? ' class="code-link"' : ''}>${escapeHtml(name)}</a>`;
  });
  return `<details${isOpen ? ' open' : ''}><summary>${escapeHtml(title)}</summary>${links.join('')}</details>`;
}
