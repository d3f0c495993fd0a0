/** Reads docs/reference.md: from the name of an export, which is a heading, to the Markdown of its example. */
export function referenceExamples(text: string): ReadonlyMap<string, string> {
  const sections = text.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [name = '', ...lines] = section.split('\n');
      return [
        name.trim(),
        lines
          .join('\n')
          .replace(/^## [^]*/m, '')
          .trim(),
      ];
    }),
  );
}
