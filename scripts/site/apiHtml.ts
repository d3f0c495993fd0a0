/** The page of an export, from its docstring. */
import { parseDiagram } from '../docs/diagram.js';
import { DRAWN } from '../docs/drawn.js';
import type { ExportPage } from './exportPages.js';
import { escapeHtml, marbleSvg } from './marbleSvg.js';
import { codeHtml, renderMarkdown, type Links, type Rendered } from './markdown.js';

/** What a page shows that is not in the docstring. */
export interface Additions {
  /** An example that was run, with its output, as Markdown; undefined if there is none. */
  readonly example: string | undefined;
  /** The examples of the repository that use the export. */
  readonly uses: readonly { readonly title: string; readonly href: string }[];
}

export function apiHtml(
  { name, module, kind, signature, types, file, docs }: ExportPage,
  links: Links,
  additions: Additions,
): Rendered {
  const md = (text: string) => renderMarkdown(linked(text), links).html;
  const section = (title: string, html: string) =>
    html === '' ? '' : `<h2 id="${title.toLowerCase().replace(' ', '-')}">${title}</h2>${html}`;
  const params = docs.params.map(
    ({ name: param, text }) => `| \`${param}\` | ${text.replace(/\n/g, ' ').replace(/\|/g, '\\|')} |`,
  );
  const parts = [
    `<h1>${name.replace(/(?<=[a-z])(?=[A-Z])/g, '<wbr>')}</h1><p class="kind">${kind} · <code>import ${kind === 'type' ? 'type ' : ''}{ ${name} } from '${module}'</code></p>`,
    splitDrawings(docs.text)
      .map((part) => (part.isDrawing ? drawing(part.text, name) : md(part.text)))
      .join(''),
    section(
      'Example',
      additions.example === undefined ? docs.examples.map(exampleHtml).join('') : md(additions.example),
    ),
    section('Parameters', params.length === 0 ? '' : md(`| | |\n|---|---|\n${params.join('\n')}`)),
    section('Returns', md(docs.returns)),
    section('Throws', md(docs.throws.map((text) => `- ${text.replace(/\n/g, '\n  ')}`).join('\n'))),
    section('Type', [signature, ...types].map((code) => declarationHtml(code, links)).join('')),
    section(
      'Used in',
      additions.uses.length === 0
        ? ''
        : `<p>${additions.uses.map(({ title, href }) => `<a href="${href}">${title}</a>`).join(', ')}</p>`,
    ),
    section('See also', md(docs.see.map((text) => (text.startsWith('http') ? `- <${text}>` : `- ${text}`)).join('\n'))),
    `<p class="kind">Declared in <code>${file}</code></p>`,
  ];
  return { html: parts.join('\n'), headings: [] };
}

/** A declaration, in which the names of types are links to their pages. */
function declarationHtml(code: string, links: Links): string {
  const html = codeHtml(linked(code), 'ts', 'declaration');
  return html.replace(/<span class="hljs-title class_">(\w+)<\/span>/g, (text, name: string) => {
    const href = links.api(name);
    return href === undefined ? text : `<a class="api" href="${href}">${text}</a>`;
  });
}

function exampleHtml(example: string): string {
  return codeHtml(example, 'ts');
}

/** The first sentence of a docstring. */
export function summaryOf({ docs }: ExportPage): string {
  const [paragraph = ''] = linked(docs.text).split('\n\n');
  return paragraph.replace(/\n/g, ' ');
}

/** The pictures of an export, for other pages. */
export function picturesOf({ name, docs }: ExportPage): string {
  return splitDrawings(docs.text)
    .filter(({ isDrawing }) => isDrawing)
    .map(({ text }) => drawing(text, name))
    .join('');
}

function drawing(text: string, name: string): string {
  const diagram = (DRAWN as readonly string[]).includes(name) ? parseDiagram(text) : undefined;
  if (diagram === undefined) return codeHtml(text, 'text');
  const legend = diagram.legend.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  return `<div class="picture">${marbleSvg(diagram)}${legend === '' ? '' : `<ul class="legend">${legend}</ul>`}</div>`;
}

interface Part {
  readonly isDrawing: boolean;
  readonly text: string;
}

/** Takes a docstring apart at its indented blocks. */
function splitDrawings(text: string): readonly Part[] {
  return text
    .split(/((?:^ {4}.*(?:\n|$))+)/m)
    .filter((part) => part.trim() !== '')
    .map((part) => ({ isDrawing: part.startsWith('    '), text: part.replace(/^ {4}/gm, '').trimEnd() }))
    .map(({ isDrawing, text: content }) => ({ isDrawing, text: content }));
}

/** Turns `{@link name}` into code, which becomes a link. */
function linked(text: string): string {
  return text.replace(/\{@link (\w+)\}/g, '`$1`');
}
