/** Turns the TypeScript blocks of a page into modules: what a block uses without importing it is imported for it. */
import ts from 'typescript';
import type { CodeBlock } from './codeBlocks.js';

/** A block as a module. */
export interface BlockModule {
  readonly block: CodeBlock;
  /** The name of its file, without a folder: `servers-3.ts`. */
  readonly name: string;
  readonly text: string;
  /** The number of lines before those of the block. */
  readonly linesBefore: number;
}

/** From the name of an export to the module that it is imported from. */
export type ImportTable = ReadonlyMap<string, string>;

/**
 * Creates the modules of one page. A name that a block does not declare is imported from the nearest earlier block that
 * does, or from the module that exports it.
 */
export function modulesOf(page: string, blocks: readonly CodeBlock[], table: ImportTable): readonly BlockModule[] {
  const declaredIn = new Map<string, string>();
  return blocks.map((block, index) => {
    const name = `${page}-${index + 1}`;
    const source = ts.createSourceFile(
      `${name}.ts`,
      `${block.declaration}\n${wrap(block)}`,
      ts.ScriptTarget.ES2022,
      true,
    );
    const names = namesOf(source);
    const imports = [...names.undeclared].flatMap((used) => {
      const from = declaredIn.get(used) ?? table.get(used);
      return from === undefined ? [] : [`import { ${used} } from '${from}';`];
    });
    const exported = names.topLevel.filter((each) => !names.exported.has(each));
    const declarations = block.declaration === '' ? [] : [block.declaration.replaceAll('\n', ' ')];
    const before = [...imports, ...declarations];
    const code = resolveFiles(wrap(block), declaredIn);
    for (const each of names.topLevel) declaredIn.set(each, `./${name}.js`);
    return {
      block,
      name: `${name}.ts`,
      text: [...before, code, `export { ${exported.join(', ')} };`].join('\n'),
      linesBefore: before.length,
    };
  });
}

/** Lets an import from a file, such as `./chat-api`, refer to the earlier block that declares the name. */
function resolveFiles(code: string, declaredIn: ReadonlyMap<string, string>): string {
  return code.replace(/^import \{ (\w+) \} from '\.\/[\w-]+';/gm, (line, name: string) => {
    const file = declaredIn.get(name);
    return file === undefined ? line : `import { ${name} } from '${file}';`;
  });
}

/** Completes a part of a class or a function, without adding a line before the end. */
function wrap({ flags, code }: CodeBlock): string {
  const opening = flags.includes('class-body')
    ? 'class Component extends ComponentOfTheDocs {'
    : flags.includes('function-body')
      ? 'async function handle(): Promise<unknown> {'
      : undefined;
  if (opening === undefined) return code;
  const afterImports = /^(?:import .*\n)*\n?/.exec(code)?.[0].length ?? 0;
  return `${code.slice(0, afterImports)}${opening} ${code.slice(afterImports)}\n}`;
}

interface Names {
  /** Those that are used where the block does not declare them. */
  readonly undeclared: ReadonlySet<string>;
  /** Those that are declared at the top level, and that a later block can import. */
  readonly topLevel: readonly string[];
  readonly exported: ReadonlySet<string>;
}

function namesOf(source: ts.SourceFile): Names {
  const references: ts.Identifier[] = [];
  const scopes = new Map<string, ts.Node[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (isDeclaredName(node)) scopes.set(node.text, [...(scopes.get(node.text) ?? []), scopeOf(node)]);
      else if (isReference(node)) references.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const isDeclared = (node: ts.Identifier) =>
    scopes.get(node.text)?.some((scope) => ts.findAncestor(node, (ancestor) => ancestor === scope)) === true;
  const undeclared = new Set(references.filter((node) => !isDeclared(node)).map(({ text }) => text));

  const exported = new Set<string>();
  const topLevel = new Set<string>();
  for (const statement of source.statements) {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []).map(({ kind }) => kind) : [];
    if (modifiers.includes(ts.SyntaxKind.DeclareKeyword)) continue;
    for (const name of topLevelNames(statement)) {
      topLevel.add(name);
      if (modifiers.includes(ts.SyntaxKind.ExportKeyword)) exported.add(name);
    }
  }
  return { undeclared, topLevel: [...topLevel], exported };
}

/** Where a declared name is known: the nearest block or function around its declaration. */
function scopeOf(name: ts.Identifier): ts.Node {
  const { parent } = name;
  const isNameOfOuterScope =
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent);
  const scope = ts.findAncestor(
    isNameOfOuterScope ? parent.parent : parent,
    (node) =>
      ts.isBlock(node) ||
      ts.isFunctionLike(node) ||
      ts.isIterationStatement(node, false) ||
      ts.isClassLike(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node),
  );
  return scope ?? name.getSourceFile();
}

function topLevelNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => bindingNames(name));
  const isDeclaration =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isDeclaration && statement.name !== undefined ? [statement.name.text] : [];
}

function bindingNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingNames(element.name) : []));
}

/** Whether an identifier is the name of what its parent declares. */
function isDeclaredName(node: ts.Identifier): boolean {
  const { parent } = node;
  const declares =
    ts.isVariableDeclaration(parent) ||
    ts.isBindingElement(parent) ||
    ts.isParameter(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isTypeParameterDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent);
  return declares && parent.name === node;
}

/** Whether an identifier refers to a variable or a type, and is not the name of a property. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.propertyName !== node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(
    ts.isMethodDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isLabeledStatement(parent) ||
    (ts.isPropertyDeclaration(parent) && parent.name === node)
  );
}
