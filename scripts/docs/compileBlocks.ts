/** Compiles the blocks of the documentation as one program, whose files are in memory. */
import { join } from 'node:path';
import ts from 'typescript';
import type { BlockModule, ImportTable } from './blockModules.js';

/** What blocks may use without importing it. The first module that exports a name wins. */
const MODULES = [
  'rxjs-anthropic',
  'rxjs-anthropic/relay',
  'rxjs-anthropic/redis',
  'rxjs-anthropic/angular',
  'rxjs-anthropic/node',
  'rxjs-anthropic/testing',
  'rxjs',
  '@angular/core',
  '@angular/core/rxjs-interop',
  '@angular/core/testing',
  '@angular/common/http',
  '@angular/common/http/testing',
  'rxjs-anthropic/core',
  'rxjs-anthropic/schemas',
  'rxjs-anthropic/core',
  'rxjs-anthropic/ai-sdk',
  'rxjs-anthropic/ag-ui',
  'rxjs-anthropic/bedrock',
  'rxjs-anthropic/mcp',
  'rxjs-anthropic/opentelemetry',
];

function optionsOf(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return {
    ...options,
    paths: { ...options.paths, 'rxjs-anthropic/*': ['./src/*/index.ts'] },
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noImplicitOverride: false,
    verbatimModuleSyntax: false,
    isolatedModules: false,
    declaration: false,
    types: ['node', 'jest'],
  };
}

let previous: ts.Program | undefined;

function programOf(root: string, files: ReadonlyMap<string, string>): ts.Program {
  const options = optionsOf(root);
  const host = ts.createCompilerHost(options, true);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, language, ...rest) => {
    const text = files.get(file);
    return text === undefined
      ? getSourceFile(file, language, ...rest)
      : ts.createSourceFile(file, text, language, true);
  };
  previous = ts.createProgram(
    [...files.keys(), preludeOf(root), join(root, 'scripts/docs/modules.d.ts')],
    options,
    host,
    previous,
  );
  return previous;
}

/** From the name of a module to what it exports. */
export type ModuleExports = ReadonlyMap<string, readonly string[]>;

/** Returns what the modules export that blocks may use. What the prelude declares is left out. */
export function exportsOfPackages(root: string): ModuleExports {
  const file = join(root, 'docs', 'all.ts');
  const program = programOf(root, new Map([[file, MODULES.map((name) => `import '${name}';`).join('\n')]]));
  const checker = program.getTypeChecker();
  const declared = namesOfPrelude(program.getSourceFile(preludeOf(root)));
  const exported = new Map([['zod', ['z']]]);
  for (const statement of program.getSourceFile(file)?.statements ?? []) {
    if (!ts.isImportDeclaration(statement)) continue;
    const symbol = checker.getSymbolAtLocation(statement.moduleSpecifier);
    if (symbol === undefined) throw new Error(`${statement.moduleSpecifier.getText()} is not a module.`);
    const names = checker.getExportsOfModule(symbol).map(({ name }) => name);
    exported.set(
      (statement.moduleSpecifier as ts.StringLiteral).text,
      names.filter((name) => !declared.includes(name)),
    );
  }
  return exported;
}

/** Returns the module that each name is imported from: `first`, if it exports the name. */
export function importTable(exported: ModuleExports, first = ''): ImportTable {
  const table = new Map<string, string>();
  for (const module of [first, ...exported.keys()]) {
    for (const name of exported.get(module) ?? []) {
      if (!table.has(name)) table.set(name, module);
    }
  }
  return table;
}

const preludeOf = (root: string) => join(root, 'scripts/docs/prelude.d.ts');

/** What the prelude declares. An export of the same name is not imported. */
function namesOfPrelude(source: ts.SourceFile | undefined): readonly string[] {
  return [...(source?.text.matchAll(/^ {2}(?:const|function|class|interface) (\w+\$?)/gm) ?? [])].map(
    ([, name = '']) => name,
  );
}

/** Compiles the modules, and returns one line per error, with the line of the page. */
export function compileBlocks(root: string, modules: readonly BlockModule[]): readonly string[] {
  const pathOf = (name: string) => join(root, 'docs', name);
  const program = programOf(root, new Map(modules.map(({ name, text }) => [pathOf(name), text])));
  return modules.flatMap(({ name, block, linesBefore }) => {
    const source = program.getSourceFile(pathOf(name));
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const { line } = ts.getLineAndCharacterOfPosition(
        diagnostic.file ?? ({} as ts.SourceFile),
        diagnostic.start ?? 0,
      );
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ');
      return `${block.file}:${block.line + line - linesBefore}: ${text}`;
    });
  });
}
