import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Observable } from 'rxjs';
import { accumulateMessage, finalMessage, fromResponse, messageEvents, textDeltas } from 'rxjs-anthropic';
import { readFloor } from '../loops.js';
import type { Read } from '../compare.js';
import { ARRIVALS, chunksOf, eventsFor, responseOf } from '../fixtures.js';
import { race, scaled, type Race, type Summary } from '../measure.js';
import { OURS, type Row, type Section } from '../report.js';

const DELTAS = 20_000;
const LIMIT = 'JSON.parse of all events in one call';

/**
 * Ways to read a response, each with one step more than the one before: the cost of a step is the difference. `parse` is the
 * floor; `emit` is the floor inside an Observable, without validation. Each returns a number, so that its work is not optimized away.
 */
const STEPS = {
  async read(response) {
    let length = 0;
    await readChunks(response, (chunk) => (length += chunk.length));
    return length;
  },
  async decode(response) {
    let length = 0;
    const decoder = new TextDecoder();
    await readChunks(response, (chunk) => (length += decoder.decode(chunk, { stream: true }).length));
    return length;
  },
  async split(response) {
    let length = 0;
    await readServerEvents(response, ({ data }) => (length += data.length));
    return length;
  },
  async parse(response) {
    let count = 0;
    await readFloor(response, ({ index }) => (count += index ?? 1));
    return count;
  },
  emit: (response) => count(observe((onEvent) => readFloor(response, onEvent))),
  check: (response) => {
    const serverEvents = observe<EventSourceMessage>((onEvent) => readServerEvents(response, onEvent));
    return count(serverEvents.pipe(messageEvents()));
  },
  receive: (response) => count(fromResponse(response)),
  textDeltas: (response) => count(fromResponse(response).pipe(textDeltas())),
  finalMessage: (response) => count(fromResponse(response).pipe(finalMessage())),
  accumulateMessage: (response) => count(fromResponse(response).pipe(accumulateMessage())),
} satisfies Readonly<Record<string, Read>>;

type Step = keyof typeof STEPS;

/** Each step, and the step that it is compared with. */
const COSTS: readonly (readonly [what: string, step: Step, before?: Step])[] = [
  ['the chunk: ReadableStream and its promise', 'read'],
  ['TextDecoder', 'decode', 'read'],
  ['eventsource-parser', 'split', 'decode'],
  ['JSON.parse', 'parse', 'split'],
  ['Observable, to emit what was parsed', 'emit', 'parse'],
  [`${OURS}: parse, validate and emit, instead of these two`, 'check', 'split'],
  [`${OURS}: the response, its timeouts, faster decoding`, 'receive', 'check'],
  [`${OURS}: textDeltas()`, 'textDeltas', 'receive'],
  [`${OURS}: finalMessage()`, 'finalMessage', 'receive'],
  [`${OURS}: accumulateMessage()`, 'accumulateMessage', 'receive'],
  ['floor: the first four steps', 'parse'],
  [`${OURS}: everything, up to textDeltas()`, 'textDeltas'],
];

export const costs: Section = {
  title: 'where the time goes, per event',
  async run() {
    const events = eventsFor('text', DELTAS);
    const array = `[${events.map((event) => JSON.stringify(event)).join(',')}]`;
    const races: Race[] = [];
    for (const arrival of ARRIVALS) {
      const chunks = chunksOf(events, arrival);
      const steps = Object.entries<Read>(STEPS);
      const candidates = [
        ...steps.map(([name, read]) => ({ name, run: () => read(responseOf(chunks)) })),
        { name: LIMIT, run: () => (JSON.parse(array) as unknown[]).length },
      ];
      races.push(await race(candidates, { ms: 6000, isSame: false }));
    }
    const rowOf = (what: string, summaryIn: (of: Race) => Summary): Row => {
      const cells = races.map((of, i): [string, Summary] => [
        ARRIVALS[i] ?? '',
        scaled(summaryIn(of), 1e6 / events.length),
      ]);
      return { 'ns per event': what, ...Object.fromEntries(cells) };
    };
    const rows = [
      ...COSTS.map(([what, step, before]) =>
        rowOf(what, (of) => (before === undefined ? of.ms(step) : of.difference(step, before))),
      ),
      rowOf(LIMIT, (of) => of.ms(LIMIT)),
    ];
    return {
      tables: [{ title: 'what each step adds: text', rows, plot: { column: ARRIVALS[0], unit: 'ns per event' } }],
    };
  },
};

/** Counts the values of a source. */
async function count(source: Observable<unknown>): Promise<number> {
  let values = 0;
  await source.forEach(() => (values += 1));
  return values;
}

/** Emits what a reader reads, without validation, teardown or timeout. */
function observe<T>(read: (onValue: (value: T) => void) => Promise<void>): Observable<T> {
  return new Observable((subscriber) => {
    const reading = read((value) => {
      subscriber.next(value);
    });
    reading.then(
      () => {
        subscriber.complete();
      },
      (error: unknown) => {
        subscriber.error(error);
      },
    );
  });
}

async function readServerEvents(response: Response, onEvent: (event: EventSourceMessage) => void): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent });
  await readChunks(response, (chunk) => {
    parser.feed(decoder.decode(chunk, { stream: true }));
  });
}

async function readChunks({ body }: Response, onChunk: (chunk: Uint8Array) => unknown): Promise<void> {
  const reader = body?.getReader();
  for (;;) {
    const result = await reader?.read();
    if (result?.done !== false) return;
    onChunk(result.value);
  }
}
