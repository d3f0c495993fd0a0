/** A link reference definition at the start of a text: `[label]: destination "title"`, on one or more lines. */
const DEFINITION = new RegExp(
  [
    /^\[(?=\s*[^\s\]])(?:[^\\[\]]|\\[^]){1,999}\]:[ \t]*\n?[ \t]*/, // label
    /(?:<(?:[^<>\n\\]|\\.)*>|(?!<)([^\s\p{Cc}]+))/u, // destination
    /(?:(?:[ \t]+|[ \t]*\n[ \t]*)(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|\((?:[^()\\]|\\[^])*\)))?/, // title
    /[ \t]*(?:\n|$)/,
  ]
    .map(({ source }) => source)
    .join(''),
  'u',
);

/** Whether a text consists only of link reference definitions. */
export function hasOnlyDefinitions(text: string): boolean {
  let rest = text;
  while (rest !== '') {
    const [definition, destination = ''] = DEFINITION.exec(rest) ?? [];
    if (definition === undefined || !hasBalancedParentheses(destination)) return false;
    rest = rest.slice(definition.length);
  }
  return true;
}

function hasBalancedParentheses(destination: string): boolean {
  let depth = 0;
  for (const [character] of destination.matchAll(/\\.|[()]/gu)) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
