import { join } from 'node:path';
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
  /** Whether `rxjs-anthropic` is the package that is installed in `root`. Default false: the sources in `src`. */
  readonly isInstalled?: boolean;
  /** What stays outside the bundle. Default: `rxjs`, Angular and the other peers, which applications that use them have. */
  readonly external?: readonly string[];
}

/**
 * Bundles a program for browsers, as an application's build would, with esbuild's default conditions.
 *
 * @param program - Its source text. `./schema`, the schema of a tool, stays outside.
 */
export async function bundle(
  program: string,
  { root, isInstalled = false, external = ['rxjs', '@angular/*', '@opentelemetry/*', '@smithy/*'] }: BundleOptions,
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: [...external, './schema'],
    // The `paths` of the project's tsconfig.json lead to `src`.
    ...(isInstalled ? { tsconfigRaw: {} } : { tsconfig: join(root, 'tsconfig.json') }),
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
