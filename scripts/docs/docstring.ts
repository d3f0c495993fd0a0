/** A docstring, taken apart. The texts are Markdown. */
export interface Docstring {
  readonly text: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
  readonly see: readonly string[];
}

/** Reads the text of a comment, with its stars. */
export function parseDocstring(comment: string): Docstring {
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''));
  const [head = '', ...tags] = lines.join('\n').split(/^(?=@\w+)/m);
  const read = tags.map((tag) => {
    const [, name = '', text = ''] = /^@(\w+)\s*([^]*)$/.exec(tag) ?? [];
    return { name, text: text.trim() };
  });
  const textsOf = (wanted: string) => read.filter(({ name }) => name === wanted).map(({ text }) => text);
  return {
    text: head.trim(),
    params: textsOf('param').map((text) => {
      const [, name = '', rest = text] = /^([\w.$]+)\s+-?\s*([^]*)$/.exec(text) ?? [];
      return { name, text: rest };
    }),
    returns: textsOf('returns').join('\n\n'),
    throws: textsOf('throws').map((text) => text.replace(/^\{([^}]*)\}/, (_, type: string) => `\`${type}\`:`)),
    examples: textsOf('example').map((code) => code.replace(/^\\@/gm, '@')),
    see: textsOf('see'),
  };
}

/** The drawings of a docstring: its indented blocks. */
export function drawingsOf({ text }: Docstring): readonly string[] {
  return [...text.matchAll(/(?:^ {4}.*\n?)+/gm)].map(([block]) => block.replace(/^ {4}/gm, '').trimEnd());
}
