/** The cases in spec/conformance/cases, which are data: README.md beside them describes the format. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

/** What a client makes of a response. */
export type Outcome =
  | { readonly complete: Answer }
  /** The class or name of the error that it reported. */
  | { readonly error: string };

/** A complete answer, as every client can report it. */
interface Answer {
  /** The text of all blocks. */
  readonly text: string;
  /** The calls that are to be run. */
  readonly tools: readonly { readonly name: string; readonly input: unknown }[];
  /** Null if the client says that it is not known. */
  readonly stopReason: string | null;
}

/** An outcome that is right: any error, or an answer with these fields. */
type Expected = { readonly error: true } | { readonly complete: Partial<Answer> };

export interface ConformanceCase {
  readonly name: string;
  readonly group: string;
  readonly title: string;
  /** Why the expected outcomes are right. */
  readonly why: string;
  readonly response: CaseResponse;
  /** The outcomes that are right. */
  readonly expect: readonly Expected[];
  /** What this package promises: `complete`, or the class of the error. */
  readonly ours: string;
}

export interface CaseResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Encoded as UTF-8. */
  readonly body: string;
  /** How many bytes of the body arrive. Default: all. */
  readonly length?: number;
  /** The size of a chunk, in bytes. Default: one chunk. */
  readonly chunkBytes?: number;
}

/** Returns the cases of a folder, in the order of their names. */
export function readCases(folder: string): readonly ConformanceCase[] {
  return readdirSync(folder)
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<ConformanceCase, 'name'>),
      name: file.replace(/\.json$/, ''),
    }));
}

/** Creates the response of a case. */
export function responseOf({ status, headers, body, length, chunkBytes }: CaseResponse): Response {
  const bytes = new TextEncoder().encode(body).subarray(0, length);
  const size = chunkBytes ?? Math.max(bytes.length, 1);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let from = 0; from < bytes.length; from += size) controller.enqueue(bytes.slice(from, from + size));
      controller.close();
    },
  });
  return new Response(stream, { status, headers });
}

/** Whether an outcome is one of those that are right. */
export function isRight(outcome: Outcome, { expect }: ConformanceCase): boolean {
  return expect.some((expected) => {
    if ('error' in expected || 'error' in outcome) return 'error' in expected && 'error' in outcome;
    return Object.entries(expected.complete).every(([field, value]) =>
      isDeepStrictEqual(Reflect.get(outcome.complete, field), value),
    );
  });
}
