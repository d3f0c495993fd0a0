/** Reads the exports of the package: their docstrings and their types. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { parseDocstring, type Docstring } from '../docs/docstring.js';
import { namedTypes } from './namedTypes.js';

export interface ExportPage {
  readonly name: string;
  /** The module that it is imported from: `rxjs-anthropic/relay`. */
  readonly module: string;
  readonly kind: 'function' | 'class' | 'type' | 'value';
  /** The declaration as TypeScript, without bodies. */
  readonly signature: string;
  /** Declarations that the signature names: the options of a function, and types without a page of their own. */
  readonly types: readonly string[];
  /** The file that declares it, from the root of the repository. */
  readonly file: string;
  readonly docs: Docstring;
}

/** Returns a page for each export of each entry. */
export function exportPages(root: string): readonly ExportPage[] {
  const entries = entriesOf(root);
  const files = entries.map((entry) => join(root, 'src', entry, 'index.ts'));
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as { config: object };
  const program = ts.createProgram(files, ts.parseJsonConfigFileContent(config, ts.sys, root).options);
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry, index) => {
    const source = program.getSourceFile(files[index] ?? '');
    const symbol = source && checker.getSymbolAtLocation(source);
    if (symbol === undefined) throw new Error(`src/${entry} has no exports.`);
    const module = ['rxjs-anthropic', entry].filter((part) => part !== '').join('/');
    return checker.getExportsOfModule(symbol).map((each) => ({
      module,
      name: each.name,
      symbol: each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each,
    }));
  });
  const withPage = new Set(exported.map(({ symbol }) => symbol));
  const typesOf = (declaration: ts.Node) =>
    namedTypes(declaration, checker, (symbol) => withPage.has(symbol)).map(signatureOf);
  return exported.flatMap(({ name, module, symbol }) => pageOf(root, name, module, symbol, typesOf) ?? []);
}

/** The folders of `src` that package.json exports: `''` for the main entry, `'relay'` … */
function entriesOf(root: string): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, unknown>>;
  };
  return Object.keys(exports)
    .filter((name) => name !== './package.json')
    .map((name) => name.slice(2));
}

function pageOf(
  root: string,
  name: string,
  module: string,
  symbol: ts.Symbol,
  typesOf: (declaration: ts.Node) => readonly string[],
): ExportPage | undefined {
  const declarations = (symbol.declarations ?? []).map((declaration) =>
    ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration,
  );
  const [first] = declarations;
  if (first === undefined) return undefined;
  const overloads = declarations.filter((each) => !ts.isFunctionDeclaration(each) || each.body === undefined);
  const shown = overloads.length > 0 ? overloads : [first];
  return {
    name,
    module,
    kind: kindOf(first),
    signature: shown.map(signatureOf).join('\n\n'),
    types: [...new Set(shown.flatMap(typesOf))],
    file: relative(root, first.getSourceFile().fileName),
    docs: parseDocstring(declarations.map(commentOf).find((comment) => comment !== '') ?? ''),
  };
}

function kindOf(node: ts.Node): ExportPage['kind'] {
  if (ts.isFunctionDeclaration(node)) return 'function';
  if (ts.isClassDeclaration(node)) return 'class';
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ? 'type' : 'value';
}

function commentOf(node: ts.Node): string {
  const text = node.getSourceFile().text;
  const comment = (ts.getLeadingCommentRanges(text, node.pos) ?? []).at(-1);
  const content = comment === undefined ? '' : text.slice(comment.pos, comment.end);
  return content.startsWith('/**') ? content : '';
}

/** A declaration without its body, and without what is private. */
function signatureOf(node: ts.Node): string {
  const source = node.getSourceFile();
  if (ts.isFunctionDeclaration(node) && node.body !== undefined) {
    return `${source.text.slice(node.getStart(source), node.body.getStart(source)).trimEnd()};`;
  }
  if (ts.isClassDeclaration(node)) {
    const start = source.text.slice(node.getStart(source), node.members.pos);
    const members = node.members.filter(isShown).map((member) => `  ${memberOf(member)}`);
    return members.length === 0 ? `${start}}` : [start, ...members, '}'].join('\n');
  }
  return node.getText(source);
}

type Member = ts.PropertyDeclaration | ts.GetAccessorDeclaration | ts.MethodDeclaration;

const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Static | ts.ModifierFlags.Override;

/** Whether a member of a class is part of its page. */
function isShown(member: ts.ClassElement): member is Member {
  const isMember =
    ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member) || ts.isMethodDeclaration(member);
  return isMember && !ts.isPrivateIdentifier(member.name) && (ts.getCombinedModifierFlags(member) & HIDDEN) === 0;
}

/** The declaration of a member, with its docstring, and without its value or its body. */
function memberOf(member: Member): string {
  if (ts.isPropertyDeclaration(member))
    return member
      .getFullText()
      .trim()
      .replace(/\s*=\s*[^;]*;/, ';');
  const text = member.getSourceFile().text.slice(member.pos, member.body?.pos ?? member.end);
  return `${text.trim()};`;
}
