/** Finds the examples in docstrings. */
import { readFileSync } from 'node:fs';
import type { CodeBlock } from './codeBlocks.js';
import { parseDocstring } from './docstring.js';

/**
 * Returns the `@example` blocks of a TypeScript file as blocks of a page. An example that begins with a member of a class, or that
 * returns, is completed as a part of a class, or of a function.
 */
export function exampleBlocksOf(file: string): readonly CodeBlock[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/\/\*\*[^]*?\*\//g)].flatMap(({ 0: comment, index: start }) => {
    const tags = [...comment.matchAll(/^\s*\* @example\s*/gm)];
    return parseDocstring(comment).examples.map((code, index): CodeBlock => {
      const before = source.slice(0, start + (tags[index]?.index ?? 0) + (tags[index]?.[0].length ?? 0));
      return {
        file,
        line: before.split('\n').length,
        language: 'ts',
        flags: flagsOf(code),
        code: `${code}\n`,
        replies: undefined,
        declaration: '',
      };
    });
  });
}

function flagsOf(code: string): readonly string[] {
  if (/^(?:\/\/.*\n|import .*\n|\n)*(?:readonly |@)/.test(code)) return ['class-body'];
  return /^return /m.test(code) ? ['function-body'] : [];
}
