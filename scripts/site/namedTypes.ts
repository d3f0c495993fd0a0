/** Finds the types that a declaration names, so that its page can show them. */
import ts from 'typescript';

/**
 * Returns the declarations that belong on the page of `declaration`, in the order in which they are named: types that
 * no entry exports, because they have no page of their own, and the options of a function. Those that they name follow.
 */
export function namedTypes(
  declaration: ts.Node,
  checker: ts.TypeChecker,
  isExported: (symbol: ts.Symbol) => boolean,
): readonly ts.Declaration[] {
  const shown = new Set<ts.Declaration>();
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) return; // the body of a function
    const named = nameOf(node);
    const symbol = named && checker.getSymbolAtLocation(named);
    if (symbol !== undefined) add(symbol);
    ts.forEachChild(node, visit);
  };
  const add = (symbol: ts.Symbol): void => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const isOptions = ts.isFunctionDeclaration(declaration) && target.name.endsWith('Options');
    if (isExported(target) && !isOptions) return;
    for (const each of target.declarations ?? []) {
      if (each === declaration || shown.has(each) || !isOwnType(each)) continue;
      shown.add(each);
      ts.forEachChild(each, visit);
    }
  };
  visit(declaration);
  return [...shown];
}

/** The name of a type in a type, or after `extends`. */
function nameOf(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  return ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
}

function isOwnType(node: ts.Node): boolean {
  const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
  return isType && !node.getSourceFile().fileName.includes('/node_modules/');
}
