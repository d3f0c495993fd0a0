/** The page that asks what you have and what you want, from the tables of docs/which-operator.md. */
import { escapeHtml } from './marbleSvg.js';
import { renderMarkdown, type Links, type Rendered } from './markdown.js';

interface Answer {
  readonly summary: string;
  readonly pictures: string;
}

export function decisionTree(text: string, links: Links, answerOf: (name: string) => Answer | undefined): Rendered {
  const [intro = '', ...sections] = text.split(/^## /m);
  const md = (part: string) => renderMarkdown(part, links).html;
  const branches = sections.map((section) => {
    const [title = '', ...lines] = section.split('\n');
    const rows = lines.filter((line) => line.startsWith('| ') && !line.startsWith('| I want'));
    const wants = rows.map((row) => {
      const [, want = '', use = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const name = /`(\w+)/.exec(use)?.[1] ?? '';
      const answer = answerOf(name);
      const body = answer === undefined ? '' : md(answer.summary) + answer.pictures;
      return `<details><summary>${inline(md(want))}</summary><div class="answer">${md(use)}${body}</div></details>`;
    });
    return `<details><summary>${escapeHtml(title)} …</summary>${wants.join('')}</details>`;
  });
  const { html, headings } = renderMarkdown(intro, links);
  return { html: `${html}<div class="tree">${branches.join('')}</div>`, headings };
}

/** Removes the paragraph around a line. */
function inline(html: string): string {
  return html.replace(/^<p>|<\/p>\s*$/g, '');
}
