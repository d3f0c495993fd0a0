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
  previous = ts.createProgram([...files.keys(), preludeOf(root)], options, host, previous);
  return previous;
}

/** Returns the module that each name of the packages is imported from. */
export function exportsOfPackages(root: string): ImportTable {
  const file = join(root, 'docs', 'all.ts');
  const program = programOf(root, new Map([[file, MODULES.map((name) => `import '${name}';`).join('\n')]]));
  const checker = program.getTypeChecker();
  const table = new Map<string, string>();
  for (const statement of program.getSourceFile(file)?.statements ?? []) {
    if (!ts.isImportDeclaration(statement)) continue;
    const symbol = checker.getSymbolAtLocation(statement.moduleSpecifier);
    if (symbol === undefined) throw new Error(`${statement.moduleSpecifier.getText()} is not a module.`);
    for (const { name } of checker.getExportsOfModule(symbol)) {
      if (!table.has(name)) table.set(name, (statement.moduleSpecifier as ts.StringLiteral).text);
    }
  }
  for (const name of namesOfPrelude(program.getSourceFile(preludeOf(root)))) table.delete(name);
  return table.set('z', 'zod');
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
