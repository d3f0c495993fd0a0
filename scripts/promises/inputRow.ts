/** The row of the table about time: the value of a tool's input is read after every delta, of n and of 2n deltas. */
import { parsePartialJson } from 'ai';
import { fromResponse, toolInput } from 'rxjs-anthropic';
import { buildMessage, sseOf, eventsOf, toolUseBlock } from 'rxjs-anthropic/testing';
import { officialSdk, PARAMS, TOOL } from './clients.js';

const DELTAS = 2000;
const DELTA_LENGTH = 12;

type Read = (bytes: string) => Promise<unknown>;

/** A stream with this number of deltas, of an input that is a list of small objects. */
function streamOf(deltas: number): string {
  const items = Array.from({ length: (deltas * DELTA_LENGTH) / 40 }, (_, id) => ({
    id: 1000 + id,
    name: 'a small object',
  }));
  return sseOf(eventsOf(buildMessage({ content: [toolUseBlock(TOOL, { items })] }), { deltaLength: DELTA_LENGTH }));
}

const readOurs: Read = async (bytes) => {
  let value: unknown;
  await fromResponse(new Response(bytes, SSE))
    .pipe(toolInput(TOOL))
    .forEach((input) => (value = input.value));
  return value;
};

const readSdk: Read = async (bytes) => {
  let value: unknown;
  const client = officialSdk('http://none').withOptions({ fetch: () => Promise.resolve(new Response(bytes, SSE)) });
  await client.messages
    .stream(PARAMS)
    .on('inputJson', (_, snapshot) => (value = snapshot))
    .done();
  return value;
};

/** What the hooks of the AI SDK do with each part of a tool's input. */
const readAi: Read = async (bytes) => {
  let [text, value]: [string, unknown] = ['', undefined];
  for (const line of bytes.split('\n')) {
    if (!line.includes('input_json_delta')) continue;
    text += (JSON.parse(line.slice('data: '.length)) as { delta: { partial_json: string } }).delta.partial_json;
    value = (await parsePartialJson(text)).value;
  }
  return value;
};

const SSE = { headers: { 'content-type': 'text/event-stream' } };

export async function inputRow(): Promise<readonly string[]> {
  const row = [
    `a tool’s input is read at each of ${(2 * DELTAS).toLocaleString('en')} deltas: the time, compared with half of them`,
  ];
  for (const read of [readOurs, readSdk, readAi]) {
    await read(streamOf(DELTAS)); // warms up
    const ratios: number[] = [];
    let ms = 0;
    for (let round = 0; round < 5; round++) {
      const short = await timeOf(read, streamOf(DELTAS));
      ms = await timeOf(read, streamOf(2 * DELTAS));
      ratios.push(ms / short);
    }
    const ratio = ratios.sort((a, b) => a - b)[2] ?? NaN;
    row.push(`${ratio.toFixed(1)} x (${ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`})`);
  }
  return row;
}

async function timeOf(read: Read, bytes: string): Promise<number> {
  const startedAt = performance.now();
  if ((await read(bytes)) === undefined) throw new Error('Nothing was read.');
  return performance.now() - startedAt;
}
