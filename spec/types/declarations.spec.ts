import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '../..');
const file = join(root, 'spec/types/support/exported.ts');

/** Compiles a program that exports what it has inferred. Returns the errors, and the declarations. */
function declarationsOf(source: string) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: false, sourceMap: false, emitDeclarationOnly: true, types: [] },
    root,
  );
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => (path === file ? source : readFile(path));
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, version) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([file], options, host);
  const compiled = program.getSourceFile(file);
  let declarations = '';
  program.emit(compiled, (_, text) => (declarations += text), undefined, true);
  const errors = [...program.getSemanticDiagnostics(compiled), ...program.getDeclarationDiagnostics(compiled)];
  return { errors: errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), declarations };
}

describe('declarations of a program', () => {
  it('can name what is inferred from the exports', () => {
    const { errors, declarations } = declarationsOf(`
      import { Subject } from 'rxjs';
      import * as library from 'rxjs-anthropic';
      import { httpFetch, injectConversation, messageResource } from 'rxjs-anthropic/angular';
      import * as z from 'zod';

      const input = z.object({ city: z.string() });
      export const weather = library.defineTool({ name: 'get_weather', description: 'The weather.', input, run: ({ city }) => city });
      export const browser = library.defineToolset({ type: 'browser_toolset_20260801', run: () => 'done' });
      const params = { model: 'claude-opus-5-5', max_tokens: 1, messages: [] };
      const { runTools } = library;
      const request = () => library.streamMessage(params);

      export class Screen {
        readonly plain = library.conversation({ request });
        readonly chat = library.conversation({ request, runTools, tools: [weather] });
        readonly mixed = library.conversation({ request, runTools, tools: [weather, browser] });
        readonly turns = this.chat.state.turns;
        readonly calls = this.mixed.state.tools;
        readonly injected = injectConversation({ request });
        readonly injectedChat = injectConversation({ request, runTools, tools: [weather, browser] });
        readonly resource = messageResource({ params: () => 1, stream: request });
        readonly fetch = httpFetch();
        readonly run$ = runTools(params, { tools: [weather] });
        readonly stop$ = new Subject<void>();
        readonly operators = {
          abortOn: library.abortOn(this.stop$),
          accumulateMessage: library.accumulateMessage(),
          auditFrame: library.auditFrame(),
          bufferByLine: library.bufferByLine(),
          bufferByMarkdownBlock: library.bufferByMarkdownBlock(),
          bufferByPunctuation: library.bufferByPunctuation(),
          bufferBySentence: library.bufferBySentence(),
          bufferByWord: library.bufferByWord(),
          citations: library.citations(),
          coalesceDeltas: library.coalesceDeltas(),
          coalesceText: library.coalesceText(),
          contentBlocks: library.contentBlocks(),
          continueOnConnectionError: library.continueOnConnectionError({ continueWith: request }),
          finalMessage: library.finalMessage(),
          finalText: library.finalText(),
          idleTimeout: library.idleTimeout({ idleMs: 1 }),
          inputJsonDeltas: library.inputJsonDeltas(),
          messageEvents: library.messageEvents(),
          messageState: library.messageState(),
          ofType: library.ofType('run_end'),
          outputElements: library.outputElements(input),
          partialJson: library.partialJson(),
          resumeOnConnectionError: library.resumeOnConnectionError(),
          retryOnConnectionError: library.retryOnConnectionError(),
          shareMessage: library.shareMessage(),
          smoothText: library.smoothText(),
          structuredOutput: library.structuredOutput(input),
          tapMessage: library.tapMessage({}),
          tapResponse: library.tapResponse(() => undefined),
          textDeltas: library.textDeltas(),
          thinkingDeltas: library.thinkingDeltas(),
          toolInput: library.toolInput('get_weather', input),
          toolUses: library.toolUses(),
          totalUsage: library.totalUsage(),
          trackUsage: library.trackUsage(() => undefined),
          usage: library.usage(),
        };
        readonly uses$ = request().pipe(library.toolUses());
        readonly blocks$ = request().pipe(library.contentBlocks());
        readonly input$ = request().pipe(library.toolInput('get_weather', input));
        readonly format = library.outputFormat(input);
      }
    `);

    expect(errors).toEqual([]);
    expect(declarations).toContain('class Screen');
    expect(declarations).not.toContain('/src/'); // a type that only a private file exports
  });
});
