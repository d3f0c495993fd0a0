/** The Markdown that a page renders while it arrives, as a model writes it. */
const SECTION = `
## The tide at noon, part NUMBER

The tide turned at noon, and *everyone* on the pier knew it. Nobody said a word; the boats, **fourteen** of them, lay
still for now. The ferry leaves at 13:30, see [the timetable](https://example.com/ferry), and \`low water\` is at 14:05.

- The first boat has a red sail.
- The second boat has none:
  1. its mast is broken,
  2. its anchor is lost.
- The third boat is *not* for sale.

| boat | length, m | for sale |
|---|--:|---|
| Alma | 7.5 | yes |
| Berta | 9.2 | no |

\`\`\`ts
const tide = boats.filter(({ length }) => length > 8).map(({ name }) => name);
console.log(\`\${tide.length} boats wait for the tide.\`);
\`\`\`

> The sea, once it casts its spell, holds one in its net of wonder forever.

The harbour master counts the boats once more, closes the book, and walks home along the quay, where the lamps are lit
one after the other. Behind the church, the road to the village is dry again.
`;

/** Markdown of this length, in UTF-16 code units. */
export function markdownOf(length: number): string {
  const sections = Array.from({ length: Math.ceil(length / SECTION.length) }, (_, i) =>
    SECTION.replace('NUMBER', `${i + 1}`),
  );
  return sections.join('').trimStart().padEnd(length, '.').slice(0, length);
}
