import { from, map, type Observable } from 'rxjs';
import * as library from 'rxjs-anthropic';
import type { MessageStreamEvent, ServerSentEvent, StandardSchemaV1 } from 'rxjs-anthropic';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';
import { DELTA_LENGTH, eventsFor, fragmentsOf, listOf, proseOf } from '../fixtures.js';
import { race, scaled } from '../measure.js';
import { OURS, type Growth, type Row, type Section, type Table } from '../report.js';

/**
 * So many events, and twice as many. With fewer, a run can be over before the collector has run once, while one of twice as
 * many is not: what would be told then is where that happens, and not how the work grows.
 */
const COUNT = 50_000;
const SOURCE = 'from(array)';
const IDENTITY = 'map((value) => value)';
const COLUMN = 'ns an event, without the source';

/** Operators that take the same, each written as a user would. */
interface Group<T> {
  readonly name: string;
  readonly ms: number;
  /** So many values, about, to be emitted one after the other in the same turn. */
  readonly values: (count: number) => readonly T[];
  readonly operators: Readonly<Record<string, (source: Observable<T>) => Observable<unknown>>>;
}

const anything: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) },
};

const ignore = (): void => {
  // what is called costs nothing of its own
};

const ON_EVENTS: Group<MessageStreamEvent> = {
  name: 'events: thinking, text and tool calls by turns',
  ms: 12_000,
  values: (count) => eventsFor('mixed', count),
  operators: {
    textDeltas: (events) => events.pipe(library.textDeltas()),
    thinkingDeltas: (events) => events.pipe(library.thinkingDeltas()),
    inputJsonDeltas: (events) => events.pipe(library.inputJsonDeltas()),
    citations: (events) => events.pipe(library.citations()),
    contentBlocks: (events) => events.pipe(library.contentBlocks()),
    toolUses: (events) => events.pipe(library.toolUses()),
    ofType: (events) => events.pipe(library.ofType('content_block_delta')),
    accumulateMessage: (events) => events.pipe(library.accumulateMessage()),
    finalMessage: (events) => events.pipe(library.finalMessage()),
    finalText: (events) => events.pipe(library.finalText()),
    usage: (events) => events.pipe(library.usage()),
    toolInput: (events) => events.pipe(library.toolInput('list')),
    tapMessage: (events) => events.pipe(library.tapMessage({ text: ignore, thinking: ignore, inputJson: ignore })),
    trackUsage: (events) => events.pipe(library.trackUsage(ignore)),
    messageState: (events) => events.pipe(library.messageState()),
    shareMessage: (events) => events.pipe(library.shareMessage()),
    idleTimeout: (events) => events.pipe(library.idleTimeout()),
    retryOnConnectionError: (events) => events.pipe(library.retryOnConnectionError()),
    continueOnConnectionError: (events) =>
      events.pipe(library.continueOnConnectionError({ continueWith: () => events })),
  },
};

const ON_ANSWERS: Group<MessageStreamEvent> = {
  name: 'events of an answer that is JSON',
  ms: 10_000,
  values: (count) => eventsOf(buildMessage({ content: jsonOf(count) }), { deltaLength: DELTA_LENGTH }),
  operators: {
    structuredOutput: (events) => events.pipe(library.structuredOutput(anything)),
    outputElements: (events) => events.pipe(library.outputElements(anything, 'items')),
  },
};

const ON_FRAGMENTS: Group<string> = {
  name: 'fragments of JSON',
  ms: 3000,
  values: (count) => fragmentsOf(jsonOf(count)),
  operators: { partialJson: (fragments) => fragments.pipe(library.partialJson()) },
};

const ON_TEXTS: Group<string> = {
  name: 'pieces of text',
  ms: 3000,
  values: (count) => fragmentsOf(proseOf(count * DELTA_LENGTH)),
  operators: { bufferByPunctuation: (texts) => texts.pipe(library.bufferByPunctuation()) },
};

const ON_SERVER_EVENTS: Group<ServerSentEvent> = {
  name: 'server-sent events, with JSON.parse of each',
  ms: 3000,
  values: (count) => eventsFor('mixed', count).map((event) => ({ event: event.type, data: JSON.stringify(event) })),
  operators: { messageEvents: (serverEvents) => serverEvents.pipe(library.messageEvents()) },
};

/** Exports that are no operators: they are measured in other sections, or there is nothing to measure. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['streamMessage', 'fromResponse', 'fromSdkStream', 'serverSentEvents', 'runTools', 'defineTool', 'outputFormat'],
  ...['toolInputStatus', 'isRetryable', 'toMessageParam', 'continuationParams', 'toAsyncIterable'],
]);

interface Measured {
  readonly names: readonly string[];
  readonly table: Table;
  readonly growth: readonly Growth[];
}

export const operators: Section = {
  title: 'what each operator costs an event',
  async run() {
    const found = [
      await measureGroup(ON_EVENTS),
      await measureGroup(ON_ANSWERS),
      await measureGroup(ON_FRAGMENTS),
      await measureGroup(ON_TEXTS),
      await measureGroup(ON_SERVER_EVENTS),
    ];
    const measured = new Set(found.flatMap(({ names }) => names));
    const missing = Object.entries<unknown>(library).filter(
      ([name, value]) => typeof value === 'function' && /^[a-z]/.test(name) && !measured.has(name) && !OTHERS.has(name),
    );
    const what = ['functions that are not measured', ...missing.map(([name]) => name)].join(' ');
    return {
      tables: found.map(({ table }) => table),
      growth: found.flatMap(({ growth }) => growth),
      checks: [{ what, figure: missing.length, budget: 0, unit: '' }],
    };
  },
};

async function measureGroup<T>({ name, ms, values, operators: own }: Group<T>): Promise<Measured> {
  const [once, twice] = [values(COUNT), values(2 * COUNT)];
  const pipes: Group<T>['operators'] = {
    [SOURCE]: (source) => source,
    [IDENTITY]: (source) => source.pipe(map((value) => value)),
    ...own,
  };
  const candidates = Object.entries(pipes).flatMap(([operator, pipe]) => [
    { name: operator, run: () => consume(pipe(from(once))) },
    { name: twiceOf(operator), run: () => consume(pipe(from(twice))) },
  ]);
  const times = await race(candidates, { ms, isSame: false });
  const rows = Object.keys(pipes).map((operator): Row => {
    const time = operator === SOURCE ? times.ms(SOURCE) : times.difference(operator, SOURCE);
    return {
      operator: Object.hasOwn(own, operator) ? `${OURS}, ${operator}` : operator,
      [COLUMN]: scaled(time, 1e6 / once.length),
      'x identity map, with the source': times.ratio(operator, IDENTITY),
      'growth, twice the events': times.ratio(twiceOf(operator), operator).median,
    };
  });
  const growth = Object.keys(own).map((operator) => ({
    what: `${operator}(), ${COUNT / 1000}k → ${(2 * COUNT) / 1000}k`,
    figure: times.ratio(twiceOf(operator), operator).median,
  }));
  return {
    names: Object.keys(own),
    growth,
    table: { title: `operators on ${name}`, rows, plot: { column: COLUMN, unit: COLUMN } },
  };
}

/** A text of so many deltas that is JSON. */
function jsonOf(count: number): string {
  return JSON.stringify(listOf(count * DELTA_LENGTH));
}

/** Takes all that comes; returns how much that was. */
async function consume(source: Observable<unknown>): Promise<number> {
  let count = 0;
  await source.forEach(() => (count += 1));
  return count;
}

function twiceOf(operator: string): string {
  return `${operator}, twice the events`;
}
