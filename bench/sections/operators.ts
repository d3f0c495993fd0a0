import { from, map, NEVER, type Observable } from 'rxjs';
import * as library from 'rxjs-anthropic';
import type { MessageStreamEvent, ServerSentEvent, StandardSchemaV1 } from 'rxjs-anthropic';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';
import { DELTA_LENGTH, eventsFor, fragmentsOf, listOf, proseOf } from '../fixtures.js';
import { race, scaled } from '../measure.js';
import { OURS, type Growth, type Row, type Section, type Table } from '../report.js';

/**
 * The number of events, which is compared with twice as many. With fewer, a run can end before the garbage collector has run
 * once, while the run of twice as many does not: the figure would then show the collector and not the growth of the work.
 */
const COUNT = 50_000;
const SOURCE = 'from(array)';
const IDENTITY = 'map((value) => value)';
const COLUMN = 'ns per event, without the source';

/** Operators that take the same values, each used as a user would write it. */
interface Group<T> {
  readonly name: string;
  readonly ms: number;
  /** About that number of values, which are emitted one after the other in the same turn. */
  readonly values: (count: number) => readonly T[];
  readonly operators: Readonly<Record<string, (source: Observable<T>) => Observable<unknown>>>;
}

const anything: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) },
};

const ignore = (): void => {
  // a callback that costs nothing
};

const ON_EVENTS: Group<MessageStreamEvent> = {
  name: 'events: alternating thinking, text and tool calls',
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
    totalUsage: (events) => events.pipe(library.totalUsage()),
    toolInput: (events) => events.pipe(library.toolInput('list')),
    tapMessage: (events) => events.pipe(library.tapMessage({ text: ignore, thinking: ignore, inputJson: ignore })),
    trackUsage: (events) => events.pipe(library.trackUsage(ignore)),
    messageState: (events) => events.pipe(library.messageState()),
    shareMessage: (events) => events.pipe(library.shareMessage()),
    coalesceDeltas: (events) => events.pipe(library.coalesceDeltas()),
    auditFrame: (events) => events.pipe(library.auditFrame()),
    abortOn: (events) => events.pipe(library.abortOn(NEVER)),
    tapResponse: (events) => events.pipe(library.tapResponse(ignore)),
    idleTimeout: (events) => events.pipe(library.idleTimeout()),
    retryOnConnectionError: (events) => events.pipe(library.retryOnConnectionError()),
    continueOnConnectionError: (events) =>
      events.pipe(library.continueOnConnectionError({ continueWith: () => events })),
  },
};

const ON_ANSWERS: Group<MessageStreamEvent> = {
  name: 'the events of a JSON answer',
  ms: 10_000,
  values: (count) => eventsOf(buildMessage({ content: jsonOf(count) }), { deltaLength: DELTA_LENGTH }),
  operators: {
    structuredOutput: (events) => events.pipe(library.structuredOutput(anything)),
    outputElements: (events) => events.pipe(library.outputElements(anything, 'items')),
  },
};

const ON_FRAGMENTS: Group<string> = {
  name: 'JSON fragments',
  ms: 3000,
  values: (count) => fragmentsOf(jsonOf(count)),
  operators: { partialJson: (fragments) => fragments.pipe(library.partialJson()) },
};

const ON_TEXTS: Group<string> = {
  name: 'text fragments',
  ms: 3000,
  values: (count) => fragmentsOf(proseOf(count * DELTA_LENGTH)),
  operators: {
    bufferByPunctuation: (texts) => texts.pipe(library.bufferByPunctuation()),
    bufferByLine: (texts) => texts.pipe(library.bufferByLine()),
    bufferByWord: (texts) => texts.pipe(library.bufferByWord({ locale: 'en' })),
    bufferBySentence: (texts) => texts.pipe(library.bufferBySentence({ locale: 'en' })),
    bufferByMarkdownBlock: (texts) => texts.pipe(library.bufferByMarkdownBlock()),
    coalesceText: (texts) => texts.pipe(library.coalesceText()),
    // Nothing waits, so that the time that passes is not measured.
    smoothText: (texts) => texts.pipe(library.smoothText({ maxLagMs: 0 })),
  },
};

const ON_SERVER_EVENTS: Group<ServerSentEvent> = {
  name: 'server-sent events, including JSON.parse',
  ms: 3000,
  values: (count) => eventsFor('mixed', count).map((event) => ({ event: event.type, data: JSON.stringify(event) })),
  operators: { messageEvents: (serverEvents) => serverEvents.pipe(library.messageEvents()) },
};

/** Exports that are not operators: other sections measure them, or there is nothing to measure. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['streamMessage', 'fromResponse', 'fromSdkStream', 'serverSentEvents', 'runTools', 'defineTool', 'outputFormat'],
  ...['defineToolset', 'addUsage', 'resumeOnConnectionError'],
  ...['toolInputStatus', 'isRetryable', 'toMessageParam', 'continuationParams', 'toAsyncIterable'],
  ...['fromNativeObservable', 'toNativeObservable'],
]);

interface Measured {
  readonly names: readonly string[];
  readonly table: Table;
  readonly growth: readonly Growth[];
}

export const operators: Section = {
  title: 'what each operator costs per event',
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
      'x identity map, including the source': times.ratio(operator, IDENTITY),
      'growth for twice the events': times.ratio(twiceOf(operator), operator).median,
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

/** A JSON text of that number of deltas. */
function jsonOf(count: number): string {
  return JSON.stringify(listOf(count * DELTA_LENGTH));
}

/** Consumes a source. Returns the number of its values. */
async function consume(source: Observable<unknown>): Promise<number> {
  let count = 0;
  await source.forEach(() => (count += 1));
  return count;
}

function twiceOf(operator: string): string {
  return `${operator}, twice the events`;
}
