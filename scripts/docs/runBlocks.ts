/** Runs the blocks of the documentation that have their output next to them, and compares. */
import { build, type Plugin } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { filter, from, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { buildMessage, startMessagesServer, type BuildMessageOptions, type Reply } from 'rxjs-anthropic/testing';
import type { BlockModule } from './blockModules.js';
import type { CodeBlock } from './codeBlocks.js';

/** The number of blocks that run at the same time. */
const AT_ONCE = 2;

/** A reply of the server, as a comment before the block has it: the fields of a message, or those of a reply. */
type BlockReply = BuildMessageOptions & Omit<Reply, 'message'>;

interface Run {
  readonly module: BlockModule;
  readonly expected: string;
}

/** Runs the blocks with an output, and returns one problem for each that prints something else. */
export async function outputProblems(
  root: string,
  modules: readonly BlockModule[],
  blocks: readonly CodeBlock[],
): Promise<readonly string[]> {
  const runs = blocks.flatMap((output, index): readonly Run[] => {
    if (!output.flags.includes('output')) return [];
    const module = modules.find(({ block }) => block === blocks[index - 1]);
    if (module === undefined) throw new Error(`${output.file}:${output.line}: no ts block comes before this output.`);
    return [{ module, expected: output.code }];
  });
  if (runs.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  try {
    await bundle(root, folder, modules, runs);
    const problem$ = from(runs).pipe(
      mergeMap((run) => problemOf(folder, run), AT_ONCE),
      filter((problem) => problem !== undefined),
      toArray(),
    );
    return await lastValueFrom(problem$);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Bundles each block with everything that it imports. */
async function bundle(
  root: string,
  outdir: string,
  modules: readonly BlockModule[],
  runs: readonly Run[],
): Promise<void> {
  const texts = new Map(modules.map(({ name, text }) => [name, text]));
  const blocks: Plugin = {
    name: 'blocks',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(\.\/)?[\w-]+-\d+\.[jt]s$/ }, ({ path }) => ({
        path: basename(path).replace(/\.js$/, '.ts'),
        namespace: 'block',
      }));
      onLoad({ filter: /./, namespace: 'block' }, ({ path }) => {
        return { contents: texts.get(path) ?? '', loader: 'ts', resolveDir: join(root, 'docs') };
      });
    },
  };
  await build({
    entryPoints: runs.map(({ module }) => module.name),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    tsconfig: join(root, 'tsconfig.json'),
    plugins: [blocks],
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
}

async function problemOf(folder: string, { module, expected }: Run): Promise<string | undefined> {
  const { block, name } = module;
  const server = await startMessagesServer(repliesOf(block.replies));
  const printed = await new Promise<string>((resolve) => {
    const env = { ...process.env, ANTHROPIC_API_KEY: 'docs', ANTHROPIC_BASE_URL: server.url, NO_COLOR: '1' };
    const file = join(folder, name.replace(/\.ts$/, '.mjs'));
    execFile(process.execPath, [file], { env, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve(error === null ? stdout + stderr : `${stdout}${stderr}\n${error.message}`);
    });
  });
  await server.close();
  if (printed.trimEnd() === expected.trimEnd()) return undefined;
  return `${block.file}:${block.line}: prints\n${printed.trimEnd()}\ninstead of\n${expected.trimEnd()}`;
}

function repliesOf(replies: unknown): readonly Reply[] {
  return ((replies ?? []) as readonly BlockReply[]).map((reply) =>
    reply.content === undefined ? reply : { ...reply, message: buildMessage(reply) },
  );
}
