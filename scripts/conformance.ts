/**
 * Checks the package against recorded streams: `npm run conformance -- DIR [--seed N]`. With `--table`, reads the cases of
 * `spec/conformance` with this package and other clients instead, and writes `docs/conformance.md`.
 *
 * Each `NAME.sse` of the folder is decoded in one chunk, byte by byte, and in chunks of random sizes. Every time, the final
 * Message must equal `NAME.message.json`, or, without such a file, the Message of the official SDK's beta client. Where this
 * package promises something else than the SDK does, that is checked instead, and reported.
 */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { lastValueFrom, toArray } from 'rxjs';
import { accumulateMessage, fromResponse, InvalidEventError } from 'rxjs-anthropic';
import { writeTable } from './conformance/table.js';

/** The number of random ways to split each stream into chunks. */
const RANDOM_SPLITS = 20;

/** The result of a stream: its Messages, as plain JSON values, or the error that ended it. */
interface Outcome {
  readonly messages: readonly unknown[];
  readonly error?: unknown;
}

/** What is expected of a stream. */
interface Expectation {
  readonly description: string;
  /** Returns what is wrong with an outcome, or undefined. */
  findFault(outcome: Outcome): string | undefined;
}

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, table: { type: 'boolean', default: false } },
  allowPositionals: true,
});
process.exit(values.table ? Math.sign(await writeTable()) : await main(positionals[0], Number(values.seed)));

async function main(folder: string | undefined, seed: number): Promise<number> {
  const files = folder === undefined ? [] : readdirSync(folder).filter((file) => file.endsWith('.sse'));
  if (folder === undefined || files.length === 0) {
    console.error(
      folder === undefined ? 'Usage: npm run conformance -- DIR [--seed N], or --table' : `No *.sse in ${folder}.`,
    );
    return 1;
  }
  let agreed = 0;
  for (const file of files.sort()) {
    const bytes = readFileSync(join(folder, file));
    const expectation = await expectationOf(join(folder, file), bytes);
    let fault: string | undefined;
    for (const chunks of splitsOf(bytes, seed)) fault ??= expectation.findFault(await decode(chunks));
    if (fault === undefined) agreed += 1;
    console.log(`${fault === undefined ? 'ok  ' : 'FAIL'} ${file.padEnd(30)} ${fault ?? expectation.description}`);
  }
  console.log(`${agreed} of ${files.length} agree, each split in ${RANDOM_SPLITS + 2} ways (seed ${seed})`);
  return agreed === files.length ? 0 : 1;
}

async function expectationOf(path: string, bytes: Uint8Array): Promise<Expectation> {
  const json = path.replace(/\.sse$/, '.message.json');
  if (existsSync(json)) return expectMessages([JSON.parse(readFileSync(json, 'utf8'))], 'equals its message.json');

  const { parts, repeated, spliced } = splitMessages(new TextDecoder().decode(bytes));
  if (spliced) {
    return {
      description: 'refused as promised: a message_start inside another message (InvalidEventError)',
      findFault: ({ error }) =>
        error instanceof InvalidEventError
          ? undefined
          : `not refused: ${error instanceof Error ? error.message : 'no error'}`,
    };
  }
  const facts = ['equals the official SDK'];
  if (repeated) facts.push('the repeated message_start is ignored, as promised');
  if (parts.length > 1) facts.push(`for each of its ${parts.length} messages, as promised`);
  return expectMessages(await Promise.all(parts.map(readWithOfficialSdk)), facts.join(', '));
}

function expectMessages(expected: readonly unknown[], description: string): Expectation {
  return {
    description: expected.some(isTruncated)
      ? `${description}, and keeps the incomplete string that the SDK drops`
      : description,
    findFault({ messages, error }) {
      if (error !== undefined) return error instanceof Error ? error.message : 'no error';
      if (messages.length !== expected.length) return `${messages.length} messages, expected ${expected.length}`;
      const wrong = messages.findIndex((message, index) => !agrees(message, withoutParsed(expected[index])));
      if (wrong === -1) return undefined;
      return `got ${JSON.stringify(messages[wrong])}, expected ${JSON.stringify(withoutParsed(expected[wrong]))}`;
    },
  };
}

/** Whether a Message is the expected one. If `max_tokens` truncated a tool's input, ours may include more of it. */
function agrees(message: unknown, expected: unknown): boolean {
  if (!isTruncated(expected)) return isDeepStrictEqual(message, expected);
  const [ours, theirs] = [inputs(message), inputs(expected)];
  return (
    isDeepStrictEqual(withoutInputs(message), withoutInputs(expected)) &&
    ours.length === theirs.length &&
    ours.every((input, index) => input.startsWith((theirs[index] ?? '').replace(/[\]}]+$/, '')))
  );
}

/** Whether a Message was truncated by `max_tokens`. */
function isTruncated(message: unknown): boolean {
  return fieldOf(message, 'stop_reason') === 'max_tokens';
}

function inputs(message: unknown): string[] {
  return contentOf(message).map((block) => JSON.stringify(fieldOf(block, 'input') ?? null));
}

function withoutInputs(message: unknown): unknown {
  const content = contentOf(message).map((block) => ({ ...entriesOf(block), input: undefined }));
  return { ...entriesOf(message), content };
}

function contentOf(message: unknown): unknown[] {
  const content = fieldOf(message, 'content');
  return Array.isArray(content) ? content : [];
}

/** Removes `parsed_output`, which the SDK adds. */
function withoutParsed(message: unknown): unknown {
  const fields = entriesOf(message);
  Reflect.deleteProperty(fields, 'parsed_output');
  return fields;
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Splits a stream into its messages, without using the package. */
function splitMessages(text: string): { parts: string[]; repeated: boolean; spliced: boolean } {
  const parts: string[] = [];
  let part = '';
  let open: unknown;
  let [repeated, spliced] = [false, false];
  for (const frame of text.split(/\r?\n\r?\n/)) {
    const data = /^data: ?(.*)$/m.exec(frame)?.[1];
    if (data === undefined) continue;
    const event: unknown = JSON.parse(data);
    const id = fieldOf(fieldOf(event, 'message'), 'id');
    if (id !== undefined && id === open) {
      repeated = true;
      continue;
    }
    if (id !== undefined && open !== undefined) spliced = true;
    if (id !== undefined) open = id;
    part += `${frame}\n\n`;
    if (fieldOf(event, 'type') !== 'message_stop') continue;
    parts.push(part);
    [part, open] = ['', undefined];
  }
  return { parts, repeated, spliced };
}

async function readWithOfficialSdk(text: string): Promise<unknown> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
  });
  const stream = client.beta.messages.stream({
    model: 'any',
    max_tokens: 1,
    messages: [{ role: 'user', content: '-' }],
  });
  return JSON.parse(JSON.stringify(await stream.finalMessage()));
}

async function decode(chunks: readonly Uint8Array[]): Promise<Outcome> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const message$ = fromResponse(new Response(body)).pipe(accumulateMessage({ emit: 'final' }), toArray());
  try {
    return {
      messages: (await lastValueFrom(message$)).map((message) => JSON.parse(JSON.stringify(message)) as unknown),
    };
  } catch (error) {
    return { messages: [], error };
  }
}

/** The bytes in one chunk, one by one, and in chunks of random sizes. */
function* splitsOf(bytes: Uint8Array, seed: number): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  const random = generator(seed);
  for (let cut = 0; cut < RANDOM_SPLITS; cut += 1) {
    const chunks: Uint8Array[] = [];
    const longest = 2 + Math.floor(random() * 2000);
    for (let start = 0; start < bytes.length;) {
      const end = start + 1 + Math.floor(random() * longest);
      chunks.push(bytes.subarray(start, end));
      start = end;
    }
    yield chunks;
  }
}

/** Random numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
