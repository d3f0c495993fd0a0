import { readFile } from 'node:fs/promises';
import ts from 'typescript';

/**
 * An esbuild plugin for the files of `src`. It marks the constants at module level as free of side effects, so that bundlers
 * leave out those that nothing uses.
 *
 * For a module in a file of its own, `sideEffects` in package.json says that. In a bundled file, a bundler leaves out only what
 * it knows to have no side effects, and a call such as `new Set(Object.keys(table))` might have some. It is therefore written
 * as a call of a function that is annotated as pure. Without this plugin, `textDeltas` alone takes 4.7 kB more, gzipped.
 */
export const pureInitializers = {
  name: 'pure-initializers',
  setup({ onLoad }) {
    onLoad({ filter: /\bsrc\/.*\.ts$/ }, async ({ path }) => ({
      contents: annotate(path, await readFile(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

function annotate(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022);
  return file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap(({ initializer }) => (initializer === undefined || isKnownToBePure(initializer) ? [] : [initializer]))
    .reduceRight((result, initializer) => {
      const start = initializer.getStart(file);
      const { end } = initializer;
      return `${result.slice(0, start)}/* @__PURE__ */ (() => (${text.slice(start, end)}))()${result.slice(end)}`;
    }, text);
}

/** Whether bundlers know without an annotation that an expression has no side effects. */
function isKnownToBePure(node) {
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isKnownToBePure);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every(
      (property) => ts.isPropertyAssignment(property) && isKnownToBePure(property.initializer),
    );
  }
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return isKnownToBePure(node.expression);
  if (ts.isBinaryExpression(node)) return isKnownToBePure(node.left) && isKnownToBePure(node.right);
  return (
    ts.isLiteralExpression(node) ||
    ts.isIdentifier(node) ||
    ts.isFunctionLike(node) ||
    [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind)
  );
}
