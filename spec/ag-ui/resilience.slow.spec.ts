/** What clients of AG-UI show of streams with every kind of fault at every event: the complete answer, or an error. */
import { faultyStreams, type FaultyStream } from '../resilience/support/faultyStreams.js';
import { read, textOf, type Read } from './support/agUiReader.js';

/** Returns what is wrong with what a client shows; undefined if nothing is. */
function faultOf({ name, answer }: FaultyStream, { events, messages, refusal }: Read): string | undefined {
  const end = events.at(-1)?.type;
  if (refusal !== undefined) return `${name}: ${refusal}`;
  if (end === 'RUN_FINISHED')
    return textOf(messages) === answer.text ? undefined : `${name}: the text is not that of the answer`;
  if (end !== 'RUN_ERROR' || events.some(({ type }) => type === 'RUN_FINISHED'))
    return `${name}: it ends with ${String(end)}`;
  return answer.text.startsWith(textOf(messages)) ? undefined : `${name}: the text is not the beginning of the answer`;
}

it('the verifier and the reducer accept every stream with a fault, and show the complete answer or an error', async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const wrong: (string | undefined)[] = [];
  for (const faulty of faultyStreams('none', 'restart', 'continue or restart'))
    wrong.push(faultOf(faulty, await read(faulty.stream$)));
  Error.stackTraceLimit = stackTraceLimit;

  expect(wrong.filter((fault) => fault !== undefined).slice(0, 5)).toEqual([]);
  expect(wrong.length).toBeGreaterThan(500);
});
