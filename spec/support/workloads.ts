/** The workloads of `growth.slow.spec.ts`: every operator of the package, on inputs of growing length. */
import {
  concat,
  defer,
  from,
  interval,
  map,
  NEVER,
  of,
  queueScheduler,
  Subject,
  take,
  throwError,
  VirtualTimeScheduler,
  type Observable,
} from 'rxjs';
import * as api from '../../src/index.js';
import type { AnyEvent, Message, MessageStreamEvent, StandardSchemaV1 } from '../../src/index.js';
import {
  citedEvents,
  eventsWith,
  fragmentsOf,
  itemsOf,
  jsonEvents,
  manyBlocks,
  mixedEvents,
  mixedMessage,
  numberedResponseOf,
  pingEvents,
  propertiesOf,
  proseOf,
  responseOf,
  unbrokenOf,
  interleavedEvents,
  usageEvents,
} from './growingInputs.js';
import { textBlock, toolUseBlock } from '../../src/testing/index.js';
import { NativeLike } from '../bridge/support/nativeLike.js';

/** Prepares the input for `n` events. Returns a function that does the work each time it is called, and may return a promise. */
export type Prepare = (n: number) => () => unknown;

export interface Workload {
  /** The number of events. Default {@link N}. */
  readonly n?: number;
  readonly prepare: Prepare;
  /** Why it does more than twice the work for twice the events, if that is known. */
  readonly superlinear?: string;
}

/** The number of events, approximately. It is large enough for arrays and objects to become wide. */
export const N = 1000;

/** The number of events that are sent in chunks. With fewer chunks, the first, which takes less work, would count too much. */
const N_CHUNKED = 2000;

/** The number of events that are sent byte by byte, which takes more work for each. */
const N_BYTES = 40;

type Events = Observable<MessageStreamEvent>;

const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const lost = new api.APIConnectionError('The connection was lost', { phase: 'mid-content' });
const retryNow = { scheduler: queueScheduler, initialDelayMs: 0, jitter: 0 };

const anything: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) },
};

const ignore = (): void => undefined;

/** Consumes a source. */
export function consume<T>(source: Observable<T>, next: (value: T) => void = ignore): Promise<void> {
  return source.forEach(next);
}

/** An operator on the events of a list. */
export function on(
  events: (n: number) => readonly MessageStreamEvent[],
  pipe: (source: Events) => Observable<unknown>,
): Prepare {
  return (n) => {
    const list = events(n);
    return () => consume(pipe(from(list)));
  };
}

export const onMixed = (pipe: (source: Events) => Observable<unknown>): Prepare => on(mixedEvents, pipe);

/** An operator on pieces of text. */
function onText(text: (n: number) => string, pipe: (source: Observable<string>) => Observable<unknown>): Prepare {
  return (n) => {
    const list = fragmentsOf(text(n));
    return () => consume(pipe(from(list)));
  };
}

/** `smoothText` on pieces of text, one in each interval of this time, in virtual time. */
function onSmooth(text: (n: number) => string, everyMs: number, options: api.SmoothTextOptions): Prepare {
  return (n) => {
    const list = fragmentsOf(text(n));
    return () => {
      const scheduler = new VirtualTimeScheduler();
      const arriving = interval(everyMs, scheduler).pipe(
        take(list.length),
        map((i) => list[i] ?? ''),
      );
      const source = everyMs === 0 ? from(list) : arriving;
      const done = consume(source.pipe(api.smoothText({ ...options, scheduler })));
      scheduler.flush();
      return done;
    };
  };
}

/** Reads a snapshot as a program that shows it does: the text of its last block, or the fields of its input. */
function read({ content }: Message): void {
  const last = content.at(-1);
  if (last?.type === 'tool_use') Object.keys(last.input as object);
  if (last?.type === 'text' && last.text.length < 0) throw new Error('a text has a length');
}

function readSnapshots(source: Events): Promise<void> {
  return consume(source.pipe(api.accumulateMessage()), read);
}

/** The first half of an answer, then a lost connection; the second half is another answer. */
function halves(n: number): { readonly first: Events; readonly second: Events } {
  const first = eventsWith(proseOf(n / 2)).slice(0, -3);
  return { first: concat(from(first), failing), second: from(eventsWith(proseOf(n / 2))) };
}

const failing = throwError(() => lost);

/** Reads values that have all arrived before the first of them is read. */
async function readLate<T>(iterable: AsyncIterable<T>): Promise<void> {
  for await (const value of iterable) if (value === undefined) throw new Error('a value was lost');
}

async function* sent(events: readonly AnyEvent[]): AsyncGenerator<AnyEvent> {
  for (const event of events) {
    await Promise.resolve();
    yield event;
  }
}

/** Subscribes when all but the end of a message has arrived. Returns the number of events that rebuild it. */
export function subscribeLate(events: readonly MessageStreamEvent[]): number {
  const source = new Subject<MessageStreamEvent>();
  const shared = source.pipe(api.shareMessage());
  const first = shared.subscribe();
  for (const event of events.slice(0, -1)) source.next(event);
  let rebuilt = 0;
  shared.subscribe(() => (rebuilt += 1)).unsubscribe();
  first.unsubscribe();
  return rebuilt;
}

/** A wide container is copied when it is read. The values of `partialJson` are the outermost container itself. */
const ROOT_COPIED = 'values never change, so the outermost container is copied for each that is read';
const LIST_COPIED = 'snapshots never change, so each has its own list';

const TURNS_COPIED = 'states never change, so each has its own list of turns, and each request sends all of them';

/** Asks and shows one answer after the other, reading every state. */
function converse(
  answers: readonly (readonly MessageStreamEvent[])[],
  history: readonly api.MessageParam[] = [],
): void {
  let next = 0;
  const chat = api.conversation({ history, request: () => from(answers[next++] ?? []) });
  chat.state$.subscribe(({ current }) => {
    if (current !== undefined) read(current.message);
  });
  for (const answer of answers) chat.send(`What are these ${answer.length} events?`);
}

/** An event of another message. */
function renamed(event: MessageStreamEvent, i: number): MessageStreamEvent {
  return event.type === 'message_start' ? { ...event, message: { ...event.message, id: `msg_${i}` } } : event;
}

/** A workload that is known to grow faster than its events, which a small number of events shows. */
function copying(superlinear: string, prepare: Prepare): Workload {
  return { n: 300, prepare, superlinear };
}

/** The workloads of each operator, by its name and by a description of the input. */
export const workloads: Readonly<Record<string, Readonly<Record<string, Prepare | Workload>>>> = {
  streamMessage: {
    '16 KB chunks': {
      n: N_CHUNKED,
      prepare(n) {
        const response = responseOf(mixedEvents(n));
        const fetch = (): Promise<Response> => Promise.resolve(response());
        const scheduler = new VirtualTimeScheduler();
        return () => consume(api.streamMessage(params, { apiKey: 'sk-test', fetch, scheduler }));
      },
    },
  },
  fromResponse: {
    '16 KB chunks': {
      n: N_CHUNKED,
      prepare(n) {
        const response = responseOf(mixedEvents(n));
        return () => consume(api.fromResponse(response, { scheduler: new VirtualTimeScheduler() }));
      },
    },
    '1-byte chunks': {
      n: N_BYTES,
      prepare(n) {
        const response = responseOf(mixedEvents(n), 1);
        return () => consume(api.fromResponse(response, { scheduler: new VirtualTimeScheduler() }));
      },
    },
    'an event of many chunks': (n) => {
      const response = responseOf(
        eventsWith(textBlock('', { citations: null }), { type: 'new', data: proseOf(n) }),
        50,
      );
      return () => consume(api.fromResponse(response, { scheduler: new VirtualTimeScheduler() }));
    },
  },
  resumeOnConnectionError: {
    'a lost response, and one that repeats its events': {
      n: N_CHUNKED,
      prepare(n) {
        const list = mixedEvents(n);
        const responses = [numberedResponseOf(list.slice(0, -1)), numberedResponseOf(list)];
        return () => {
          let next = 0;
          const request = (): Response => responses[next++]?.() ?? Response.error();
          return consume(
            api.fromResponse(request, { resume: api.resumeOnConnectionError(), scheduler: queueScheduler }),
          );
        };
      },
    },
  },
  fromSdkStream: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => consume(api.fromSdkStream(() => sent(list)));
    },
  },
  serverSentEvents: {
    '16 KB chunks': {
      n: N_CHUNKED,
      prepare(n) {
        const response = responseOf(mixedEvents(n));
        return () => consume(api.serverSentEvents(response, { scheduler: new VirtualTimeScheduler() }));
      },
    },
  },
  messageEvents: {
    'mixed events': (n) => {
      const list = mixedEvents(n).map((event) => ({ event: event.type, data: JSON.stringify(event) }));
      return () => consume(from(list).pipe(api.messageEvents()));
    },
  },

  textDeltas: { 'mixed events': onMixed((events) => events.pipe(api.textDeltas())) },
  thinkingDeltas: { 'mixed events': onMixed((events) => events.pipe(api.thinkingDeltas())) },
  inputJsonDeltas: { 'mixed events': onMixed((events) => events.pipe(api.inputJsonDeltas())) },
  citations: {
    'mixed events': onMixed((events) => events.pipe(api.citations())),
    citations: on(citedEvents, (events) => events.pipe(api.citations())),
  },
  contentBlocks: { 'mixed events': onMixed((events) => events.pipe(api.contentBlocks())) },
  toolUses: { 'mixed events': onMixed((events) => events.pipe(api.toolUses())) },
  ofType: { 'mixed events': onMixed((events) => events.pipe(api.ofType('content_block_delta'))) },

  accumulateMessage: {
    'mixed events, reading every snapshot': (n) => {
      const list = mixedEvents(n);
      return () => readSnapshots(from(list));
    },
    'a text, reading every snapshot': (n) => {
      const list = eventsWith(proseOf(n));
      return () => readSnapshots(from(list));
    },
    'an input of many items, reading every snapshot': (n) => {
      const list = eventsWith(toolUseBlock('list', { items: itemsOf(n) }));
      return () => readSnapshots(from(list));
    },
    'an input with a long string, reading every snapshot': (n) => {
      const list = eventsWith(toolUseBlock('write', { text: proseOf(n) }));
      return () => readSnapshots(from(list));
    },
    'emit: block': onMixed((events) => events.pipe(api.accumulateMessage({ emit: 'block' }))),
    'emit: final': onMixed((events) => events.pipe(api.accumulateMessage({ emit: 'final' }))),
    pings: on(pingEvents, (events) => events.pipe(api.accumulateMessage())),
    usage: on(usageEvents, (events) => events.pipe(api.accumulateMessage())),
    'an input of many properties': on(
      (n) => eventsWith(toolUseBlock('list', propertiesOf(n))),
      (events) => events.pipe(api.accumulateMessage()),
    ),
    'an input of many properties, reading every snapshot': copying(ROOT_COPIED, (n) => {
      const list = eventsWith(toolUseBlock('list', propertiesOf(n)));
      return () => readSnapshots(from(list));
    }),
    'interleaved text blocks, reading every snapshot': (n) => {
      const list = interleavedEvents(n);
      return () => readSnapshots(from(list));
    },
    'many blocks': copying(
      LIST_COPIED,
      on(manyBlocks, (events) => events.pipe(api.accumulateMessage())),
    ),
    'many citations': copying(
      LIST_COPIED,
      on(citedEvents, (events) => events.pipe(api.accumulateMessage())),
    ),
  },
  finalMessage: {
    'mixed events': onMixed((events) => events.pipe(api.finalMessage())),
    citations: on(citedEvents, (events) => events.pipe(api.finalMessage())),
  },
  finalText: { 'mixed events': onMixed((events) => events.pipe(api.finalText())) },
  totalUsage: {
    'mixed events': onMixed((events) => events.pipe(api.totalUsage())),
    usage: on(usageEvents, (events) => events.pipe(api.totalUsage())),
  },
  usage: {
    'mixed events': onMixed((events) => events.pipe(api.usage())),
    usage: on(usageEvents, (events) => events.pipe(api.usage())),
  },
  toolInputStatus: {
    'of every snapshot': (n) => {
      const list = eventsWith(toolUseBlock('list', { items: itemsOf(n) }));
      return () =>
        consume(from(list).pipe(api.accumulateMessage()), ({ content: [block] }) => {
          if (block?.type === 'tool_use') api.toolInputStatus(block);
        });
    },
  },

  partialJson: {
    'many items': onText(
      (n) => JSON.stringify({ items: itemsOf(n) }),
      (texts) => texts.pipe(api.partialJson()),
    ),
    'many properties': onText(
      (n) => JSON.stringify({ object: propertiesOf(n) }),
      (texts) => texts.pipe(api.partialJson()),
    ),
    'repeated keys': onText(
      (n) => JSON.stringify({ object: propertiesOf(n / 2) }).slice(0, -2) + ',"key1000003":1'.repeat(n / 2) + '}}',
      (texts) => texts.pipe(api.partialJson()),
    ),
    'many items of the root': copying(
      ROOT_COPIED,
      onText(
        (n) => JSON.stringify(itemsOf(n)),
        (texts) => texts.pipe(api.partialJson()),
      ),
    ),
    'many properties of the root': copying(
      ROOT_COPIED,
      onText(
        (n) => JSON.stringify(propertiesOf(n)),
        (texts) => texts.pipe(api.partialJson()),
      ),
    ),
    'a long string': onText(
      (n) => JSON.stringify({ text: proseOf(n) }),
      (texts) => texts.pipe(api.partialJson()),
    ),
  },
  toolInput: {
    'mixed events': onMixed((events) => events.pipe(api.toolInput('list', anything))),
    'a long string': on(
      (n) => eventsWith(toolUseBlock('write', { text: proseOf(n) })),
      (events) => events.pipe(api.toolInput('write')),
    ),
    'many properties': on(
      (n) => eventsWith(toolUseBlock('write', propertiesOf(n))),
      (events) => events.pipe(api.toolInput('write')),
    ),
  },
  structuredOutput: {
    'many items': on(
      (n) => jsonEvents({ items: itemsOf(n) }),
      (events) => events.pipe(api.structuredOutput(anything)),
    ),
    'many properties': on(
      (n) => jsonEvents(propertiesOf(n)),
      (events) => events.pipe(api.structuredOutput(anything)),
    ),
    'a long string': on(
      (n) => jsonEvents({ text: proseOf(n) }),
      (events) => events.pipe(api.structuredOutput(anything)),
    ),
  },
  outputElements: {
    'items of a property': on(
      (n) => jsonEvents({ items: itemsOf(n), more: itemsOf(n) }),
      (events) => events.pipe(api.outputElements(anything, 'items')),
    ),
    'items of the root': on(
      (n) => jsonEvents(itemsOf(n)),
      (events) => events.pipe(api.outputElements(anything)),
    ),
  },

  runTools: {
    'a message of calls': (n) => {
      const list = eventsWith(...Array.from({ length: n / 4 }, () => toolUseBlock('list')));
      const last = eventsWith('Done.');
      const tools = [
        api.defineTool({ name: 'list', input: anything, inputSchema: { type: 'object' }, run: () => 'done' }),
      ];
      return () => {
        const answers = [list, last];
        return consume(api.runTools(params, { tools, request: () => from(answers.shift() ?? []) }));
      };
    },
    'mixed events': (n) => {
      const list = mixedEvents(n);
      const last = eventsWith('Done.');
      const tools = ['list', 'write'].map((name) =>
        api.defineTool({ name, input: anything, inputSchema: { type: 'object' }, run: () => 'done' }),
      );
      return () => {
        const answers = [list, last];
        return consume(api.runTools(params, { tools, request: () => from(answers.shift() ?? []) }));
      };
    },
  },

  resumeRun: {
    'many decisions': (n) => {
      const calls = Array.from({ length: n / 4 }, (_, i) => toolUseBlock('list', {}, { id: `toolu_${i}` }));
      const last = eventsWith('Done.');
      const tools = [
        api.defineTool({ name: 'list', input: anything, inputSchema: { type: 'object' }, run: () => 'done' }),
      ];
      const state: api.RunState = {
        ...{ version: 1, runId: 'run', revision: 1, turns: 1, started: [], withdrawn: [] },
        messages: [...params.messages, { role: 'assistant', content: calls }],
        pending: calls.map(({ id, name, input }) => ({ id, name, input })),
        usage: { input_tokens: 1, output_tokens: 1 },
      };
      const decisions = Object.fromEntries(calls.map(({ id }) => [id, true]));
      return () => consume(api.resumeRun(state, decisions, params, { tools, request: () => from(last) }));
    },
  },

  conversation: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => {
        converse([list]);
      };
    },
    'a live input with a long string': (n) => {
      const list = eventsWith(toolUseBlock('write', { text: proseOf(n) }));
      return () => {
        converse([list]);
      };
    },
    'after a conversation of 100 turns': (n) => {
      const list = mixedEvents(n);
      const history = Array.from({ length: 50 }, () => [
        ...params.messages,
        { role: 'assistant' as const, content: 'Yes.' },
      ]);
      return () => {
        converse([list], history.flat());
      };
    },
    'many turns': copying(TURNS_COPIED, (n) => {
      const answers = Array.from({ length: n / 10 }, (_, i) => eventsWith('Yes.').map((event) => renamed(event, i)));
      return () => {
        converse(answers);
      };
    }),
  },

  tapMessage: {
    'mixed events': onMixed((events) =>
      events.pipe(
        api.tapMessage({
          ...{ text: ignore, thinking: ignore, thinkingTokens: ignore, inputJson: ignore, citation: ignore },
          ...{ contentBlock: ignore, usage: ignore, message: ignore, restart: ignore },
        }),
      ),
    ),
  },
  tapResponse: { 'mixed events': onMixed((events) => events.pipe(api.tapResponse(ignore))) },
  trackUsage: {
    'mixed events': onMixed((events) => events.pipe(api.trackUsage(ignore))),
    usage: on(usageEvents, (events) => events.pipe(api.trackUsage(ignore))),
  },

  bufferByPunctuation: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferByPunctuation())),
    'text without a mark': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByPunctuation())),
    'one long piece': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByPunctuation({ maxLength: Infinity }))),
  },
  bufferByLine: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferByLine())),
    'one long line': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByLine({ maxLength: Infinity }))),
    'a long line in parts': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByLine({ maxLength: 80 }))),
  },
  bufferByWord: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferByWord({ locale: 'en' }))),
    'one fragment': (n) => {
      const text = proseOf(n);
      return () => consume(of(text).pipe(api.bufferByWord({ locale: 'en' })));
    },
    'one long word': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByWord({ maxLength: Infinity }))),
    'a long word in parts': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByWord({ maxLength: 80 }))),
    'words without spaces': onText(
      (n) => '我们今天去北京大学学习中文'.repeat(n),
      (texts) => texts.pipe(api.bufferByWord({ locale: 'zh' })),
    ),
    'one long word of a script without spaces': {
      n: 200,
      prepare: onText(
        (n) => 'ー'.repeat(12 * n),
        (texts) => texts.pipe(api.bufferByWord({ locale: 'ja', maxLength: Infinity })),
      ),
    },
  },
  bufferBySentence: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferBySentence({ locale: 'en' }))),
    'one fragment': (n) => {
      const text = proseOf(n);
      return () => consume(of(text).pipe(api.bufferBySentence({ locale: 'en' })));
    },
    'one long sentence': onText(unbrokenOf, (texts) => texts.pipe(api.bufferBySentence({ maxLength: Infinity }))),
    'marks that end no sentence': onText(
      (n) => '3.14, e.g. a'.repeat(n),
      (texts) => texts.pipe(api.bufferBySentence({ maxLength: Infinity })),
    ),
    'a mark that nothing decides': onText(
      (n) => `End. ${'1 2 3 – '.repeat(n)}`,
      (texts) => texts.pipe(api.bufferBySentence({ maxLength: Infinity })),
    ),
  },
  bufferByMarkdownBlock: {
    'mixed blocks': onText(
      (n) => '# Tides\n\nNoon *is*\nnow.\n\n- one\n\n  more\n- two\n\n| a |\n|---|\n| b |\n\n'.repeat(n / 5),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'one fragment': (n) => {
      const text = 'Noon is now.\n\n'.repeat(n);
      return () => consume(of(text).pipe(api.bufferByMarkdownBlock()));
    },
    'one code block': onText(
      (n) => `\`\`\`\n${'const a = 1;\n'.repeat(n)}`,
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'one paragraph of many lines': onText(
      (n) => '[a tide] line\n'.repeat(n),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'one long line': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByMarkdownBlock())),
    'a long line of spaces': onText(
      (n) => ' '.repeat(12 * n),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'deeply nested quotations': onText(
      (n) => `${'>'.repeat(200)}\n`.repeat(n / 10),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'link definitions, each followed by what may be an underline': onText(
      (n) => '[a]: /b "c"\n===\n'.repeat(n),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
  },

  coalesceDeltas: {
    'mixed events': onMixed((events) =>
      events.pipe(api.coalesceDeltas({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'one text, merged into one delta': on(
      (n) => eventsWith(proseOf(n)),
      (events) => events.pipe(api.coalesceDeltas({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'alternating blocks': on(interleavedEvents, (events) =>
      events.pipe(api.coalesceDeltas({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'one delta per turn': onMixed((events) => events.pipe(api.coalesceDeltas({ scheduler: queueScheduler }))),
  },
  coalesceText: {
    'one text': onText(proseOf, (texts) =>
      texts.pipe(api.coalesceText({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'one fragment per turn': onText(proseOf, (texts) => texts.pipe(api.coalesceText({ scheduler: queueScheduler }))),
  },
  auditFrame: {
    'mixed events': onMixed((events) =>
      events.pipe(api.messageState(), api.auditFrame({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
  },
  smoothText: {
    'a text that arrives at once': onSmooth(proseOf, 0, {}),
    'a text without a space': onSmooth(unbrokenOf, 0, {}),
    emoji: onSmooth((n) => '👩‍👩‍👧‍👦'.repeat(n), 0, {}),
    'a text that arrives over time': onSmooth(proseOf, 5, {}),
    'a text that waits for long': onSmooth(proseOf, 1, { charactersPerSecond: 1000, maxLagMs: Infinity }),
    fragments: onSmooth(proseOf, 5, { delayMs: 20 }),
    'fragments that wait for long': onSmooth(proseOf, 1, { delayMs: 20, maxLagMs: Infinity }),
  },

  retryOnConnectionError: {
    'mixed events': onMixed((events) => events.pipe(api.retryOnConnectionError())),
    'a failed attempt and a successful one': (n) => {
      const list = mixedEvents(n);
      return () => {
        const attempts = [concat(from(list.slice(0, -1)), failing), from(list)];
        const source = defer(() => attempts.shift() ?? failing);
        return readSnapshots(source.pipe(api.retryOnConnectionError({ ...retryNow, whenStarted: 'restart' })));
      };
    },
  },
  continueOnConnectionError: {
    'mixed events': onMixed((events) =>
      events.pipe(api.continueOnConnectionError({ ...retryNow, continueWith: () => failing })),
    ),
    'an answer and its continuation': (n) => {
      const { first, second } = halves(n);
      return () =>
        readSnapshots(first.pipe(api.continueOnConnectionError({ ...retryNow, continueWith: () => second })));
    },
  },
  abortOn: {
    'mixed events': onMixed((events) => events.pipe(api.abortOn(NEVER))),
  },
  idleTimeout: {
    'mixed events': onMixed((events) => events.pipe(api.idleTimeout({ scheduler: new VirtualTimeScheduler() }))),
    pings: on(pingEvents, (events) => events.pipe(api.idleTimeout({ scheduler: new VirtualTimeScheduler() }))),
  },

  messageState: {
    'mixed events, reading every state': (n) => {
      const list = mixedEvents(n);
      return () =>
        consume(from(list).pipe(api.messageState()), ({ message, text }) => {
          if (message !== undefined && text.length >= 0) read(message);
        });
    },
  },
  shareMessage: {
    'mixed events': onMixed((events) => events.pipe(api.shareMessage())),
    'a late subscriber': (n) => {
      const list = mixedEvents(n);
      return () => subscribeLate(list);
    },
  },

  toAsyncIterable: {
    'a slow loop, with text joined': (n) => {
      const list = mixedEvents(n);
      return () => readLate(api.toAsyncIterable(from(list), { highWaterMark: 16 }));
    },
    'a slow loop, with every value queued': (n) => {
      const list = mixedEvents(n);
      return () => readLate(api.toAsyncIterable(from(list), { highWaterMark: Infinity }));
    },
    'a source that is paused': (n) => {
      const response = responseOf(mixedEvents(n), 64);
      const scheduler = new VirtualTimeScheduler();
      return () =>
        readLate(
          api.toAsyncIterable((demand) => api.fromResponse(response, { demand, scheduler }), {
            ...{ whenFull: 'pause', highWaterMark: 16 },
          }),
        );
    },
  },

  fromNativeObservable: {
    'mixed events': onMixed((events) => api.fromNativeObservable(api.toNativeObservable(events, NativeLike))),
  },
  toNativeObservable: {
    'mixed events': onMixed((events) => api.fromNativeObservable(api.toNativeObservable(events, NativeLike))),
  },
  toMessageParam: {
    'a mixed message': (n) => {
      const message = mixedMessage(n);
      return () => {
        api.toMessageParam(message);
      };
    },
  },
  continuationParams: {
    'a text': (n) => {
      const partial = { ...mixedMessage(n), content: [textBlock(proseOf(n))], stop_reason: null };
      return () => {
        api.continuationParams(params, partial, { style: 'user' });
        api.continuationParams(params, partial, { style: 'prefill' });
      };
    },
  },
};
