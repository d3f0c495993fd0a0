/**
 * Live tool input: the value of a tool call's arguments at every delta, from the bytes of the stream, beside what others
 * do. The floor is the least that any client can do with the same bytes, without a live value: TextDecoder,
 * eventsource-parser, JSON.parse of each event, and of the whole input at the end.
 */
import Anthropic from '@anthropic-ai/sdk';
import { JSONParser } from '@streamparser/json';
import { createParser } from 'eventsource-parser';
import { parse } from 'partial-json';
import { lastValueFrom, map, toArray, type Observable } from 'rxjs';
import { accumulateMessage, fromResponse } from 'rxjs-anthropic';
import { buildMessage, eventsOf, sseOf, toolUseBlock } from 'rxjs-anthropic/testing';
import { heldBytes, measure, printTable, timeOf } from './measure.js';

const DELTA_LENGTH = 12;
const CHUNK_BYTES = 16_384;
const COUNTS = [1000, 10_000, 20_000, 40_000];
const ROUNDS = 7;
/** What would take longer than this for one run, in ms, is worked out from the smaller runs (n squared) and marked ~. */
const LONGEST_MS = 60_000;

const SHAPES: Readonly<Record<string, (length: number) => unknown>> = {
  'an array of small objects': (length) => ({
    items: Array.from({ length: Math.floor(length / 37) }, (_, id) => ({ id, name: `item ${id}`, ok: true })),
  }),
  'one long string': (length) => ({ code: 'lorem ipsum '.repeat(length / 12) }),
};

const OURS = 'rxjs-anthropic, snapshots';

const LINEAR: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  async floor(bytes) {
    const fragments: string[] = [];
    await readFragments(bytes, (fragment) => fragments.push(fragment));
    return JSON.parse(fragments.join('')) as unknown;
  },
  [OURS]: (bytes) => lastValueFrom(liveInputs(bytes)),
  '@streamparser/json, mutable': async (bytes) => {
    let value: unknown;
    const parser = new JSONParser({ emitPartialTokens: true, emitPartialValues: true });
    parser.onValue = (info) => {
      value = info.stack[1]?.value ?? info.value;
    };
    await readFragments(bytes, (fragment) => {
      parser.write(fragment);
    });
    return value;
  },
};

const QUADRATIC: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  async 'official SDK, inputJson'(bytes) {
    const client = new Anthropic({
      apiKey: 'none',
      maxRetries: 0,
      fetch: () => Promise.resolve(new Response(bodyOf(bytes), { headers: { 'content-type': 'text/event-stream' } })),
    });
    let value: unknown;
    const stream = client.messages.stream({ model: 'any', max_tokens: 1, messages: [{ role: 'user', content: '-' }] });
    await stream
      .on('inputJson', (_, snapshot) => {
        value = snapshot;
      })
      .finalMessage();
    return value;
  },
  async 'partial-json'(bytes) {
    let text = '';
    let value: unknown;
    await readFragments(bytes, (fragment) => {
      text += fragment;
      if (text !== '') value = parse(text);
    });
    return value;
  },
};

export async function json(): Promise<void> {
  for (const [shape, make] of Object.entries(SHAPES)) {
    const rows: string[][] = [];
    const ours = new Map<number, number>();
    const slow = new Map<string, { readonly count: number; readonly ms: number }>();
    for (const count of COUNTS) {
      const bytes = streamOf(make(count * DELTA_LENGTH));
      const times = await measure(
        Object.entries(LINEAR).map(([name, run]) => ({ name, run: () => run(bytes) })),
        ROUNDS,
      );
      for (const [name, run] of Object.entries(QUADRATIC)) {
        const before = slow.get(name);
        const expected = before === undefined ? 0 : before.ms * (count / before.count) ** 2;
        const ms = expected > LONGEST_MS ? expected : await timeOf(() => run(bytes));
        if (expected <= LONGEST_MS) slow.set(name, { count, ms });
        times.set(expected > LONGEST_MS ? `${name} ~` : name, ms);
      }
      const floor = times.get('floor') ?? NaN;
      ours.set(count, times.get(OURS) ?? NaN);
      for (const [name, ms] of times) rows.push([name, String(count), ms.toFixed(1), `${(ms / floor).toFixed(1)} x`]);
    }
    printTable(
      `json: the input is ${shape}, in deltas of ${DELTA_LENGTH} characters`,
      ['', 'deltas', 'ms', 'floor'],
      rows,
    );

    const held = async (count: number): Promise<number> => {
      const bytes = streamOf(make(count * DELTA_LENGTH));
      return heldBytes(() => lastValueFrom(liveInputs(bytes).pipe(toArray())));
    };
    printTable(
      'json: growth of ours when the deltas double',
      ['', 'growth'],
      [
        ['time, 10000 -> 20000', ratio(ours.get(20_000), ours.get(10_000))],
        ['time, 20000 -> 40000', ratio(ours.get(40_000), ours.get(20_000))],
        ['heap of all snapshots, held, 10000 -> 20000', ratio(await held(20_000), await held(10_000))],
      ],
    );
  }
}

/** The live input after every event that changed it, each of them looked at. */
function liveInputs(bytes: Uint8Array): Observable<unknown> {
  return fromResponse(new Response(bodyOf(bytes))).pipe(
    accumulateMessage(),
    map(({ content: [block] }) => (block?.type === 'tool_use' ? block.input : undefined)),
  );
}

async function readFragments(bytes: Uint8Array, onFragment: (fragment: string) => unknown): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      const event = JSON.parse(data) as { delta?: { partial_json?: string } };
      if (event.delta?.partial_json !== undefined) onFragment(event.delta.partial_json);
    },
  });
  for await (const chunk of bodyOf(bytes)) parser.feed(decoder.decode(chunk, { stream: true }));
}

function streamOf(input: unknown): Uint8Array {
  const message = buildMessage({ content: [toolUseBlock('make', input)] });
  return new TextEncoder().encode(sseOf(eventsOf(message, { deltaLength: DELTA_LENGTH })));
}

function bodyOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(start, start + CHUNK_BYTES));
      start += CHUNK_BYTES;
    },
  });
}

function ratio(after: number | undefined, before: number | undefined): string {
  return `${((after ?? NaN) / (before ?? NaN)).toFixed(2)} x`;
}
