import { catchError, filter, from, lastValueFrom, map, of, share, Subject, tap, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import * as api from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { restart } from '../support/events.js';
import { Answers, params } from '../tools/support/turns.js';
import { anySchema } from './support/anySchema.js';
import { vandalize } from './support/vandal.js';

const CITATION: api.TextCitation = {
  type: 'char_location',
  cited_text: 'The tide turned.',
  document_index: 0,
  document_title: null,
  start_char_index: 0,
  end_char_index: 16,
};
const WIDE = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key${i}`, { text: `value ${i}`, tags: [i] }]));

const anyObject = z.object({}).loose();

const createEvents = (): readonly api.MessageStreamEvent[] => [
  ...eventsOf(
    buildMessage({
      content: [
        thinkingBlock('Let me see.'),
        textBlock('The tide turned at noon.', { citations: [CITATION, CITATION] }),
        toolUseBlock('list', { rows: [{ id: 1 }, { id: 2 }], wide: WIDE }),
        toolUseBlock('wide', WIDE),
      ],
      usage: {
        input_tokens: 3,
        output_tokens: 9,
        cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 0 },
      },
    }),
    { deltaLength: 7 },
  ),
];
const createJson = (): readonly api.MessageStreamEvent[] =>
  eventsOf(buildMessage({ content: JSON.stringify({ rows: [{ id: 1 }, { id: 2 }], ...WIDE }) }), { deltaLength: 7 });
const lost = (events: readonly api.MessageStreamEvent[]): readonly api.MessageStreamEvent[] => events.slice(0, -20);

type Operator = (source: Observable<api.MessageStreamEvent>) => Observable<unknown>;
const operators: Readonly<Record<string, { readonly operator: Operator; readonly events?: typeof createJson }>> = {
  accumulateMessage: { operator: (source) => source.pipe(api.accumulateMessage()) },
  finalMessage: { operator: (source) => source.pipe(api.finalMessage()) },
  messageState: { operator: (source) => source.pipe(api.messageState()) },
  contentBlocks: { operator: (source) => source.pipe(api.contentBlocks()) },
  toolUses: { operator: (source) => source.pipe(api.toolUses()) },
  citations: { operator: (source) => source.pipe(api.citations()) },
  inputJsonDeltas: { operator: (source) => source.pipe(api.inputJsonDeltas()) },
  usage: { operator: (source) => source.pipe(api.usage()) },
  toolInput: { operator: (source) => source.pipe(api.toolInput('list')) },
  'toolInput, wide': { operator: (source) => source.pipe(api.toolInput('wide')) },
  structuredOutput: {
    operator: (source) =>
      source.pipe(
        api.structuredOutput(anySchema),
        filter(({ done }) => !done), // the last value is what the schema returned
      ),
    events: createJson,
  },
  partialJson: { operator: (source) => source.pipe(api.textDeltas(), api.partialJson()), events: createJson },
  'partial of an error': {
    operator: (source) =>
      source.pipe(
        api.accumulateMessage(),
        catchError((error: unknown) => of(error instanceof api.AnthropicError ? error.partial : error)),
      ),
    events: () => lost(createEvents()),
  },
};

/** What a consumer receives, as JSON at the moment of its arrival. */
function record(values: Observable<unknown>): string[] {
  const received: string[] = [];
  values.subscribe((value) => received.push(JSON.stringify(value)));
  return received;
}

describe.each(Object.entries(operators))('writes to what %s emits', (_, { operator, events = createEvents }) => {
  it('do not reach later values', () => {
    const expected = record(from(events()).pipe(operator));
    const received: string[] = [];
    from(events())
      .pipe(operator)
      .subscribe((value) => {
        received.push(JSON.stringify(value));
        vandalize(value);
      });

    expect(expected.length).toBeGreaterThan(0);
    expect(received).toEqual(expected);
  });

  it('do not reach other consumers of the values', () => {
    const expected = record(from(events()).pipe(operator));
    const source = new Subject<api.MessageStreamEvent>();
    const shared = source.pipe(operator, share());
    shared.subscribe(vandalize);
    const received = record(shared);
    from(events()).subscribe(source);

    expect(received.length).toBeGreaterThan(0);
    expect(received).toEqual(expected.slice(-received.length)); // without the state on subscription
  });
});

describe('writes to the events of shareMessage', () => {
  it('do not reach the other subscribers, nor a late one', () => {
    const source = new Subject<api.MessageStreamEvent>();
    const shared = source.pipe(api.shareMessage());
    shared.subscribe(vandalize);
    const received = record(shared);
    let late: readonly string[] = [];
    createEvents().forEach((event, index) => {
      source.next(event);
      if (index === 40) {
        shared.subscribe(vandalize);
        late = record(shared.pipe(api.finalMessage()));
      }
    });
    source.complete();

    expect(received).toEqual(record(from(createEvents())));
    expect(late).toEqual(record(from(createEvents()).pipe(api.finalMessage())));
    expect(record(shared.pipe(api.finalMessage()))).toEqual(late);
  });
});

describe('writes to the other events of shareMessage', () => {
  const others: readonly api.AnyEvent[] = [
    { type: 'ping' },
    restart({ error: new api.APIConnectionError('lost') }),
    { ...restart(), type: 'message_reconnect' },
    { type: 'tool_progress', value: 1 } as api.AnyEvent,
    { type: 'of_a_newer_api', value: 1 } as api.AnyEvent,
  ];

  it.each(others)('do not reach the other subscribers: $type', (event) => {
    const source = new Subject<api.AnyEvent>();
    const shared = source.pipe(api.shareMessage());
    shared.subscribe(vandalize);
    const received = record(shared);
    const expected = JSON.stringify(event);
    source.next({ ...event });

    expect(received).toEqual([expected]);
  });
});

describe('writes to received events', () => {
  it('do not reach what is emitted later', () => {
    const expected = record(from(createEvents()).pipe(api.accumulateMessage()));
    const source = new Subject<api.MessageStreamEvent>();
    const received = record(source.pipe(api.accumulateMessage()));
    for (const event of createEvents()) {
      source.next(event);
      vandalize(event);
    }

    expect(received).toEqual(expected);
  });
});

describe('writes to what observers receive', () => {
  it('do not reach the final message', () => {
    const expected = record(from(createEvents()).pipe(api.finalMessage()));
    const received = record(
      from(createEvents()).pipe(
        api.trackUsage(vandalize),
        api.tapMessage({ citation: vandalize, contentBlock: vandalize, usage: vandalize, message: vandalize }),
        api.finalMessage(),
      ),
    );

    expect(received).toEqual(expected);
  });
});

describe('writes to what runTools passes on', () => {
  it('do not reach the next requests, nor the conversation', async () => {
    const content = [{ type: 'text', text: 'Sunny' }];
    const run = (write: (value: unknown) => void): Promise<readonly unknown[]> => {
      const answers = new Answers(
        { content: ['Let me see.', toolUseBlock('get', { list: [1] })] },
        { content: [toolUseBlock('get', { list: [2] })] },
        { content: 'Well.' },
      );
      const tool = api.defineTool({ name: 'get', input: anyObject, run: () => content });
      const options: api.RunToolsOptions = {
        tools: [tool],
        request: (asked) => {
          const events = answers.request(asked);
          write(asked.messages);
          return events;
        },
        onTurn: (turn) => {
          write(turn);
          return { append: [{ role: 'user', content: [{ type: 'text', text: 'And?' }] }] };
        },
        onToolResult: (result, messages) => {
          write(result);
          write(messages);
        },
      };
      const events$ = api.runTools({ ...params, messages: [{ role: 'user', content: [...content] }] }, options);
      return lastValueFrom(
        events$.pipe(
          filter(({ type }) => type === 'tool_result' || type === 'run_end'),
          tap(write),
          toArray(),
          map(() => answers.asked.map(({ messages }) => JSON.stringify(messages))),
        ),
      );
    };

    expect(await run(vandalize)).toEqual(await run(() => undefined));
    expect(content).toEqual([{ type: 'text', text: 'Sunny' }]);
    expect(Object.isFrozen(content[0])).toBe(false);
  });
});
