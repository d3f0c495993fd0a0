/** What clients of the AI SDK show of streams with every kind of fault at every event: the complete answer, or an error. */
import type { Message } from 'rxjs-anthropic';
import { faultyStreams, type FaultyStream } from '../resilience/support/faultyStreams.js';
import type { UIMessageChunk } from 'rxjs-anthropic/ai-sdk';
import { chunksOf, partText, read, readWithAi7, type Read } from './support/aiReader.js';

const { stackTraceLimit } = Error;

beforeAll(() => {
  Error.stackTraceLimit = 0; // thousands of errors, whose stacks nobody reads
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const ends = (chunks: readonly UIMessageChunk[]): readonly string[] =>
  chunks.map(({ type }) => type).filter((type) => ['finish', 'error', 'abort'].includes(type));

function thinkingOf({ content }: Message): string {
  return content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('');
}

/** Returns what is wrong with what a client shows; undefined if nothing is. */
function faultOf(
  { name, answer, mode }: FaultyStream,
  chunks: readonly UIMessageChunk[],
  seen: Omit<Read, 'chunks'>,
): string | undefined {
  const [end, ...others] = ends(chunks);
  const parts = seen.message?.parts ?? [];
  const wrong: string[] = [];
  if (others.length > 0 || chunks.at(-1)?.type !== end) wrong.push(`it ends with ${ends(chunks).join()}`);
  if (end === 'finish') {
    if (seen.error !== undefined) wrong.push(`the client reports ${seen.error}`);
    if (partText(seen.message, 'text') !== answer.text) wrong.push('the text is not that of the answer');
    if (!mode.startsWith('continue') && partText(seen.message, 'reasoning') !== thinkingOf(answer.message)) {
      wrong.push('the thinking is not that of the answer');
    }
    if (parts.some((part) => 'state' in part && /streaming/.test(part.state ?? ''))) wrong.push('a part still streams');
  } else {
    if (seen.error === undefined) wrong.push('the client reports no error');
    if (seen.message?.metadata !== undefined) wrong.push('it has the metadata of a finished message');
    if (!answer.text.startsWith(partText(seen.message, 'text')))
      wrong.push('the text is not the beginning of the answer');
  }
  return wrong.length === 0 ? undefined : `${name}: ${wrong.join(', ')}`;
}

it('AI SDK 6 shows the complete answer or an error, and accepts every chunk', async () => {
  const wrong: (string | undefined)[] = [];
  const seenEnds = new Set<string | undefined>();
  for (const faulty of faultyStreams('none', 'continue')) {
    const seen = await read(faulty.stream$);
    seenEnds.add(ends(seen.chunks)[0]);
    wrong.push(faultOf(faulty, seen.chunks, seen));
  }

  expect(wrong.filter((fault) => fault !== undefined).slice(0, 5)).toEqual([]);
  expect(wrong.length).toBeGreaterThan(400);
  expect([...seenEnds].sort()).toEqual(['error', 'finish']);
});

it('AI SDK 7 shows the complete answer or an error, also after a restart, and accepts every chunk', async () => {
  const faulty = [...faultyStreams('restart', 'continue or restart')];
  const streams: (readonly UIMessageChunk[])[] = [];
  for (const { stream$ } of faulty) streams.push(await chunksOf(stream$));
  const seen = await readWithAi7(streams);
  const wrong = faulty.map((each, i) =>
    faultOf(each, streams[i] ?? [], seen[i] ?? { message: undefined, error: undefined }),
  );

  expect(wrong.filter((fault) => fault !== undefined).slice(0, 5)).toEqual([]);
  expect(streams.filter((chunks) => chunks.some(({ type }) => type === 'reset-step')).length).toBeGreaterThan(50);
});
