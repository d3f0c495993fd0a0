import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->` of a file.
 *
 * @throws {Error} If the file does not have both markers.
 */
export function replaceSection(file: URL, name: string, text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const content = readFileSync(file, 'utf8');
  const [from, to] = [content.indexOf(begin), content.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${file.pathname} has no markers for ${name}.`);
  writeFileSync(file, `${content.slice(0, from + begin.length)}\n\n${text}\n\n${content.slice(to)}`);
}
