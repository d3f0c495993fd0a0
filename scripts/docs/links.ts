/** Checks the links between the files of the repository. */
import MarkdownIt from 'markdown-it';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const markdown = new MarkdownIt({ html: true });

/** The ids that GitHub gives to the headings of a page. A repeated heading gets a number. */
export class Slugs {
  readonly #used = new Map<string, number>();

  next(heading: string): string {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const count = this.#used.get(slug) ?? 0;
    this.#used.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  }
}

/** Returns one problem for each link of a page to a file or a heading that does not exist. Paths are relative to the root. */
export function linkProblems(root: string, page: string): readonly string[] {
  return linksOf(join(root, page))
    .filter((href) => !/^[a-z]+:/.test(href))
    .flatMap((href) => {
      const [path = '', anchor] = href.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, file))) return [`${page}: ${href} does not exist`];
      if (anchor === undefined || !file.endsWith('.md')) return [];
      return headingsOf(join(root, file)).includes(anchor) ? [] : [`${page}: ${href} is not a heading`];
    });
}

function linksOf(file: string): readonly string[] {
  const tokens = markdown.parse(readFileSync(file, 'utf8'), {}).flatMap((token) => token.children ?? []);
  return tokens.flatMap((token) => token.attrGet('href') ?? token.attrGet('src') ?? []).map(String);
}

function headingsOf(file: string): readonly string[] {
  const tokens = markdown.parse(readFileSync(file, 'utf8'), {});
  const slugs = new Slugs();
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return [];
    const parts = tokens[index + 1]?.children ?? [];
    return [slugs.next(parts.map(({ content }) => content).join(''))];
  });
}
