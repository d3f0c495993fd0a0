import { setTimeout } from 'node:timers/promises';
import type { Observable } from 'rxjs';
import { accumulateMessage, finalMessage, fromResponse } from 'rxjs-anthropic';
import type { Read } from '../compare.js';
import { groupedChunks, repeatableText, responseFrom } from '../fixtures.js';
import { heapUsed, isQuick } from '../measure.js';
import { inDigits, OURS, type Row, type Section, type Table } from '../report.js';
import { FEW_TEXT_CLIENTS, OURS_TEXT, SDK_RAW, TEXT_CLIENTS } from '../textClients.js';

const MB = 1_000_000;
const GIGABYTE = (isQuick ? 200 : 1000) * MB;
/** How many bytes the other clients read. It is less, because some keep all that they read. */
const PEER_BYTES = GIGABYTE / 10;
/** How often the heap is measured while a stream is read. */
const LOOKS = 5;
const BUDGET_MB = 32;
const STREAMS = 1000;

const LONG: Readonly<Record<string, Read>> = {
  ...FEW_TEXT_CLIENTS,
  [`${OURS}, finalMessage()`]: (response) => drain(fromResponse(response).pipe(finalMessage())),
};

const IDLE: Readonly<Record<string, Read>> = {
  ...TEXT_CLIENTS,
  [`${OURS}, accumulateMessage()`]: (response) => drain(fromResponse(response).pipe(accumulateMessage())),
};

export const memory: Section = {
  title: 'heap while a long stream is read, and of waiting streams',
  async run() {
    const long: Row[] = [];
    const grown = new Map<string, number>();
    for (const [client, read] of Object.entries(LONG)) {
      await readLong(read, 5 * MB); // warms up
      const bytes = client === OURS_TEXT ? GIGABYTE : PEER_BYTES;
      const growth = await readLong(read, bytes);
      grown.set(client, growth / MB);
      long.push({ client, 'stream, MB': bytes / MB, 'heap growth, MB': growth / MB });
    }
    const [ours = NaN, sdk = NaN] = [grown.get(OURS_TEXT), grown.get(SDK_RAW)];
    const idle: Row[] = [];
    for (const [client, read] of Object.entries(IDLE)) {
      await heldIdle(read, STREAMS / 10); // warms up
      idle.push({ client, 'heap per stream, kB': (await heldIdle(read, STREAMS)) / STREAMS / 1000 });
    }
    const waiting: Table = {
      title: `heap of a waiting stream: average of ${STREAMS}, after the first delta, without sockets`,
      rows: idle,
      plot: { column: 'heap per stream, kB', unit: 'kB' },
    };
    return {
      tables: [{ title: 'heap growth while a stream is read, after garbage collection', rows: long }, waiting],
      checks: [{ what: 'heap growth of textDeltas() over 1 GB', figure: ours, budget: BUDGET_MB, unit: ' MB' }],
      headlines: [
        {
          what: 'heap growth of `textDeltas()` over 1 GB of stream',
          ours: `${inDigits(ours)} MB`,
          budget: `< ${BUDGET_MB} MB`,
          peer: `${SDK_RAW} ${inDigits(sdk)} MB over ${PEER_BYTES / MB} MB`,
        },
      ],
    };
  },
};

/** Measures the largest growth of the heap while a stream of that many bytes is read. */
async function readLong(read: Read, bytes: number): Promise<number> {
  const heaps: number[] = [];
  const chunks = longStream(bytes);
  let sent = 0;
  const response = responseFrom(async (controller) => {
    if (sent >= (heaps.length * bytes) / LOOKS) heaps.push(await heapUsed());
    const { value } = chunks.next();
    sent += value?.length ?? 0;
    if (value === undefined) controller.close();
    else controller.enqueue(value);
  });
  await read(response);
  const [before = NaN, ...during] = heaps;
  return Math.max(...during) - before;
}

/** A text of at least that many bytes, whose chunks share the memory of its first deltas. */
function* longStream(bytes: number): Generator<Uint8Array, undefined> {
  const { head, body, tail } = repeatableText();
  yield head;
  for (let sent = 0; sent < bytes;) {
    for (const chunk of body) {
      yield chunk;
      sent += chunk.length;
    }
  }
  yield tail;
  return undefined;
}

/** Measures the heap of streams that have started and wait for more events. */
async function heldIdle(read: Read, count: number): Promise<number> {
  const [head = new Uint8Array(), delta = new Uint8Array()] = groupedChunks('text', 1, 1);
  const open = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const before = await heapUsed();
  const reading = Array.from(
    { length: count },
    () =>
      read(
        responseFrom((controller) => {
          if (open.has(controller)) return;
          open.add(controller);
          controller.enqueue(head);
          controller.enqueue(delta);
        }),
      ).catch(() => 0), // the streams end early, below
  );
  await setTimeout(100);
  const held = (await heapUsed()) - before;
  for (const controller of open) controller.close();
  await Promise.all(reading);
  return held;
}

async function drain(source: Observable<unknown>): Promise<number> {
  let count = 0;
  await source.forEach(() => (count += 1));
  return count;
}
