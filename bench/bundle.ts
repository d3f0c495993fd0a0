import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Bundle {
  /** Minified and gzipped. */
  readonly bytes: number;
  /** The bytes that each file contributes to it, minified but not gzipped. Files that contribute nothing are left out. */
  readonly files: ReadonlyMap<string, number>;
}

export interface BundleOptions {
  /** The project's folder, in which imports are resolved. */
  readonly root: string;
  /** Modules that the program imports by another name. Default: none, so that `rxjs-anthropic` is what was built. */
  readonly alias?: Readonly<Record<string, string>>;
}

/**
 * Bundles a program for browsers, as an application's build would, with esbuild's default conditions.
 *
 * @param program - Its source text. `rxjs` and Angular, which applications that use this package already have, and `./schema`,
 * the schema of a tool, stay outside.
 */
export async function bundle(program: string, { root, alias = {} }: BundleOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    alias,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['rxjs', '@angular/*', './schema'],
    tsconfigRaw: {}, // without the `paths` of the project's tsconfig.json, which lead to src
    logLevel: 'error',
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return {
    bytes: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length,
    files: new Map(
      inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const).filter(([, bytes]) => bytes > 0),
    ),
  };
}
